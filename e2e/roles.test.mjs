// Every role sees its own product: today's page, each entry of its menu, a record and a form, on a phone and on a
// desk, light and dark, in three languages, with nothing that axe objects to and nothing that sticks out.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accounts, checkAccess, checkCalm, checkWidth, go, menu, reader, said, serverUrl, startBrowser, switchTheme, themes, widths } from './lib.mjs'

const roles = ['bureau', 'director', 'school', 'principal', 'teacher', 'guard', 'inspector', 'department', 'township', 'sysadmin', 'secadmin', 'auditor']

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

test('the sample county has exactly these accounts', async () => {
  assert.deepEqual(Object.keys(await accounts()).sort(), roles.toSorted())
})

/** What was found for a role at the first width. */
const found = new Map()

/** The first record that the role's lists lead to, hazards first, and the form to make one or to change a password; the lists are read, not drawn. */
async function recordAndForm(page, role, entries) {
  if (found.has(role)) return found.get(role)
  const lists = entries.filter((path) => !['/', '/figures', '/reports', '/audit'].includes(path))
  lists.sort((one, other) => Number(other === '/hazards') - Number(one === '/hazards'))
  let pages = ['/password']
  for (const path of lists) {
    const [record, form] = await said(page, path, ['tbody a.ax-row-link', '.ax-head a[href$="/new"]'])
    if (!record) continue
    pages = [record.href, form?.href ?? '/password']
    break
  }
  found.set(role, pages)
  return pages
}

/** The languages of the product, as its cookie names them, with what the page then says of itself. */
const languages = { zh: 'zh-CN', tw: 'zh-TW', en: 'en' }

/** Pages that were already seen at a width. */
const seen = new Set()

/** The page in a language: it says so, has a heading, and does not stick out. */
async function look(page, path, lang, name) {
  await page.context().addCookies([{ name: 'lang', value: lang, url: serverUrl() }])
  await go(page, path)
  const [says, heading] = await page.evaluate(() => [document.documentElement.lang, document.querySelector('h1').innerText])
  assert.equal(says, languages[lang], name)
  assert.ok(heading.trim(), name)
  await checkWidth(page, name)
}

/**
 * In Chinese; when it is new or the role's own, in another language and the other theme too, both languages and themes by turns. Axe is asked once at each
 * width, of one theme on the phone and of the other on the desk: what it says of colours depends on the theme, of names on the language, of
 * neither on both. What a later role sees of the same page is made of the same parts: it is opened on the phone, where something would stick out
 * first, and not asked again.
 */
async function checkPage(page, path, role, width, turn) {
  const [own, other] = turn % 2 ? themes.toReversed() : themes
  const known = path !== '/' && seen.has(`${width} ${path}`)
  seen.add(`${width} ${path}`)
  const name = `${role} ${width} ${path}`
  if (known && width === 'desk') return
  await page.emulateMedia({ colorScheme: own })
  await look(page, path, 'zh', name)
  if (known) return
  if (width === 'desk') await checkAccess(page, name)
  await page.emulateMedia({ colorScheme: other })
  const lang = turn % 2 ? 'tw' : 'en'
  await look(page, path, lang, `${name} in the other theme, ${lang}`)
  if (width === 'phone') await checkAccess(page, `${name} in the other theme, ${lang}`)
}

for (const width of Object.keys(widths)) {
  describe(`at a width of ${widths[width].width}`, { concurrency: 2 }, () => {
    for (const [at, role] of roles.entries()) {
      test(role, async () => {
        const page = await reader(browser, role, { width, theme: themes[at % 2] })
        const entries = await menu(page)
        assert.equal(new Set(entries).size, entries.length, 'each entry stands once')
        await switchTheme(page)
        assert.equal(await page.getAttribute('html', 'data-bs-theme'), themes[(at + 1) % 2])
        // From here on as the system says: pressing the button costs as much as the page.
        await page.context().clearCookies({ name: 'theme' })
        for (const [turn, path] of [...entries, ...(await recordAndForm(page, role, entries))].entries()) await checkPage(page, path, role, width, turn + at)
        checkCalm(page)
        await page.context().close()
      })
    }
  })
}
