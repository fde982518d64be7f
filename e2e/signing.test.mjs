// Coming in and going out: wrong passwords, the lock, other devices, languages, themes, and a browser without scripts.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, checkAccess, checkCalm, checkWidth, go, openPage, reader, send, serverUrl, signIn, startBrowser, switchTheme, text } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

async function attempt(page, login, password) {
  await page.fill('input[name=login]', login)
  await page.fill('input[name=password]', password)
  await send(page, 'main button[type=submit]')
}

test('a wrong password is answered in a sentence, and the name is still there', async () => {
  const page = await openPage(browser, { width: 'phone' })
  await go(page, '/login?next=%2Fhazards')
  await checkAccess(page)
  await attempt(page, 'director', 'nothing like it')
  assert.match(await text(page, '#sign-error'), /账号或密码不正确/)
  assert.equal(await page.inputValue('input[name=login]'), 'director')
  assert.equal(await page.inputValue('input[name=password]'), '')
  await checkAccess(page)
  await checkWidth(page)
  await attempt(page, 'director', (await accounts()).director)
  assert.equal(new URL(page.url()).pathname, '/hazards', 'the way goes on where it began')
  checkCalm(page)
  await page.context().close()
})

// The files run in the order of their names: nothing after this one needs this account.
test('five misses lock an account, and the right password does not open it', async () => {
  const page = await openPage(browser)
  await go(page, '/login')
  for (let miss = 0; miss < 5; miss += 1) await attempt(page, 'township', `miss ${miss}`)
  await attempt(page, 'township', (await accounts()).township)
  assert.match(await text(page, '#sign-error'), /锁定/)
  await page.context().close()
})

test('who is signed out sees nothing but the door', async () => {
  const page = await reader(browser, 'teacher')
  await page.click('.ax-user')
  await send(page, 'form[action="/logout"] button')
  assert.equal(new URL(page.url()).pathname, '/login')
  await go(page, '/hazards')
  assert.equal(new URL(page.url()).pathname, '/login')
  await page.context().close()
})

test('another device is listed and can be ended', async () => {
  const here = await reader(browser, 'inspector')
  const there = await reader(browser, 'inspector', { width: 'phone' })
  await go(here, '/account/sessions')
  await checkAccess(here)
  assert.ok((await here.locator('.ax-rows > li').count()) >= 2)
  await here.click('main form[action$="/end-others"] button')
  await send(here, '#ask button[value=yes]')
  assert.equal(await here.locator('.ax-rows > li').count(), 1)
  await go(there, '/hazards')
  assert.equal(new URL(there.url()).pathname, '/login')
  await Promise.all([here, there].map((page) => page.context().close()))
})

test('three languages, each with its words and its name', async () => {
  const page = await reader(browser, 'department')
  const seen = []
  for (const lang of ['zh-TW', 'en', 'zh-CN']) {
    await page.click('.ax-menu > summary.ax-icon-button')
    await send(page, `.ax-menu-list a[hreflang="${await tag(page, lang)}"]`)
    seen.push([await page.getAttribute('html', 'lang'), await text(page, '#nav li a')])
    await checkAccess(page, lang)
  }
  assert.deepEqual(seen.map(([, words]) => words), ['今日工作', 'Today', '今日工作'])
  assert.equal(new Set(seen.map(([lang]) => lang)).size, 3)
  await page.context().close()
})

/** The tag in the list of languages that begins as asked (zh-TW may be written zh-Hant). */
async function tag(page, lang) {
  const tags = await page.$$eval('.ax-menu-list a[hreflang]', (links) => links.map((link) => link.hreflang))
  return tags.find((known) => known === lang) ?? tags.find((known) => /hant/i.test(known))
}

test('a chosen theme stays', async () => {
  const page = await reader(browser, 'guard', { theme: 'dark' })
  assert.equal(await page.getAttribute('html', 'data-bs-theme'), null, 'the system decides first')
  await switchTheme(page)
  await go(page, '/hazards')
  assert.equal(await page.getAttribute('html', 'data-bs-theme'), 'light')
  await page.context().close()
})

test('without scripts: signing in, the menu, a filter, a report', async () => {
  const page = await openPage(browser, { width: 'phone', script: false })
  await signIn(page, 'guard', (await accounts()).guard)
  await page.click('.ax-burger')
  await page.click('#nav details[data-fold=cases] > summary')
  await page.click('#nav a[href="/hazards"]')
  await page.waitForURL('**/hazards')
  const all = await text(page, '.ax-total')
  await page.click('label[for=filter-more]')
  await page.selectOption('#filter-state', 'closed')
  await send(page, '.ax-filter-go button')
  assert.match(page.url(), /[?&]state=closed/)
  assert.notEqual(await text(page, '.ax-total'), all)
  assert.ok((await page.locator('tbody tr').count()) > 0)
  assert.deepEqual([...new Set(await page.locator('tbody .ax-badge').allInnerTexts())], ['已销号'])
  await send(page, '.ax-head a[href="/hazards/new"]')
  await page.check('input[name=place_kind][value=school]')
  await page.fill('input[name=place]', '操场单杠')
  await page.fill('textarea[name=description]', '底座松动')
  await page.selectOption('select[name=category]', 'other')
  await page.fill('input[name=found_on]', '2021-12-19')
  await send(page, 'form[data-guard] button[type=submit]')
  assert.equal(await text(page, 'h1'), '操场单杠')
  await page.context().close()
})
