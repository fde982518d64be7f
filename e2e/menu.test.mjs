// The menu of somebody who may see nearly everything: its chapters fold, the one with the page is open, what was opened stays open,
// with and without a script, by mouse and by keyboard; a short menu does not fold.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkCalm, go, reader, sound, startBrowser, widths } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

const open = (page) => page.$$eval('#nav details[open]', (folds) => folds.map((fold) => fold.dataset.fold))
const marked = (page) => page.$$eval('#nav [aria-current]', (links) => links.map((link) => link.getAttribute('href')))
const chapter = (name) => `#nav details[data-fold=${name}] > summary`

for (const width of Object.keys(widths)) {
  test(`chapters fold and are remembered at a width of ${widths[width].width}`, async () => {
    const page = await reader(browser, 'bureau', { width })
    if (width === 'phone') await page.click('.ax-burger')
    assert.deepEqual(await open(page), ['cases'])
    const lines = await page.locator('#nav li a:visible, #nav summary:visible').count()
    assert.ok(lines <= 16, `${lines} lines are seen at once`)
    for (const summary of await page.locator('#nav summary').all()) assert.ok((await summary.boundingBox()).height >= 40, 'a target for a thumb')
    await page.focus(chapter('people'))
    await page.keyboard.press('Enter')
    await page.click(chapter('cases'))
    await sound(page, `folded ${width}`, { whole: true })
    await go(page, '/norms')
    assert.deepEqual([await open(page), await marked(page)], [['people', 'basis'], ['/norms']])
    await go(page, '/attachments/alike')
    assert.deepEqual([await open(page), await marked(page)], [['people', 'house'], ['/attachments/alike']])
    checkCalm(page)
    await page.context().close()
  })
}

test('without a script, and where there is little', async () => {
  const plain = await reader(browser, 'bureau', { script: false })
  await plain.click(chapter('figures'))
  await Promise.all([plain.waitForURL('**/burden'), plain.click('#nav a[href="/burden"]')])
  assert.deepEqual(await open(plain), ['cases', 'figures'])
  await plain.context().close()
  const few = await reader(browser, 'sysadmin')
  assert.equal(await few.locator('#nav details').count(), 0)
  assert.ok((await few.locator('#nav .ax-nav-label').count()) > 0)
  await few.context().close()
})
