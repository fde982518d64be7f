// Every role sees its own product: today's page, each entry of its menu, a record and a form, on a phone and on a
// desk, light and dark, in Chinese, with nothing that axe objects to and nothing that sticks out.
import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { accounts, checkAccess, checkCalm, checkWidth, go, menu, reader, startBrowser, switchTheme, text, themes, widths } from './lib.mjs'

const roles = ['bureau', 'director', 'school', 'principal', 'teacher', 'guard', 'inspector', 'department', 'township', 'sysadmin', 'secadmin', 'auditor']

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

test('the sample county has exactly these accounts', async () => {
  assert.deepEqual(Object.keys(await accounts()).sort(), roles.toSorted())
})

/** The first record that the role's lists lead to, hazards first, and the form to make one or to change a password. */
async function recordAndForm(page, entries) {
  const lists = entries.filter((path) => !['/', '/figures', '/reports', '/audit'].includes(path))
  lists.sort((one, other) => Number(other === '/hazards') - Number(one === '/hazards'))
  for (const path of lists) {
    await go(page, path)
    const record = await page.locator('tbody a.ax-row-link').first().getAttribute('href', { timeout: 1000 }).catch(() => null)
    const form = (await page.$$eval('.ax-head a[href$="/new"]', (links) => links.map((link) => link.getAttribute('href'))))[0]
    if (record) return [record, form ?? '/password']
  }
  return ['/password']
}

/** Pages that were already seen in both themes at a width; the next role sees them in one, the themes by turns. */
const seen = new Set()

/** One page in the theme it came in and, when it is new or the role's own, in the other one. */
async function checkPage(page, path, role, width) {
  const name = `${role} ${width} ${path}`
  const known = path !== '/' && seen.has(`${width} ${path}`)
  seen.add(`${width} ${path}`)
  await go(page, path)
  assert.equal(await page.getAttribute('html', 'lang'), 'zh-CN')
  assert.ok(await text(page, 'h1'), name)
  await checkAccess(page, name)
  await checkWidth(page, name)
  await switchTheme(page)
  if (!known) await checkAccess(page, `${name} in the other theme`)
}

for (const width of Object.keys(widths)) {
  describe(`at a width of ${widths[width].width}`, { concurrency: 2 }, () => {
    for (const [at, role] of roles.entries()) {
      test(role, async () => {
        const page = await reader(browser, role, { width, theme: themes[at % 2] })
        const entries = await menu(page)
        assert.equal(new Set(entries).size, entries.length, 'each entry stands once')
        for (const path of [...entries, ...(await recordAndForm(page, entries))]) await checkPage(page, path, role, width)
        checkCalm(page)
        await page.context().close()
      })
    }
  })
}
