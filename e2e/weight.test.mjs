// What a page costs on a mobile contract, compressed and as sent: a first visit with its styles and scripts at most
// 150 kB, every later page at most 30 kB. Photographs come on top: small ones, fetched when they are scrolled to.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { byTurns, menu, openPage, reader, serverUrl, startBrowser, weigh } from './lib.mjs'

const first = 150_000
const later = 30_000

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

test('a first visit', async () => {
  const page = await openPage(browser, { width: 'phone' })
  const bytes = await weigh(page, `${serverUrl()}/login`)
  assert.ok(bytes > 10_000, `${bytes} bytes: styles and scripts were measured`)
  assert.ok(bytes <= first, `${bytes} bytes`)
  await page.context().close()
})

for (const role of ['bureau', 'guard']) {
  test(`every page of the menu of ${role}, once the styles are there`, async () => {
    const page = await reader(browser, role, { width: 'phone' })
    const paths = [...(await menu(page)), '/hazards/new', '/help/hazards', '/account/sessions']
    await page.context().close()
    await byTurns(browser, role, { width: 'phone' }, paths, async (each, path) => {
      const bytes = await weigh(each, serverUrl() + path)
      assert.ok(bytes > 1000 && bytes <= later, `${path}: ${bytes} bytes`)
    })
  })
}
