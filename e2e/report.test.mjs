// The year report: every number leads to its figure, every figure to exactly the rows that it counted, and a frozen
// report keeps its hash.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, reader, said, send, startBrowser, text } from './lib.mjs'

let browser, page
before(async () => {
  browser = await startBrowser()
  page = await reader(browser, 'bureau')
})
after(() => browser.close())

// A rate stands before the numbers that it is made of.
const number = (words) => Number(words.replace(/^[\d.]+%/, '').replaceAll(',', '').match(/\d+/)[0])

/** The figures of the text that are plain counts: [name, number, address], each once. */
async function countsOfText() {
  const links = await page.$$eval('.ax-prose .ax-figure-link', (all) => all.map((link) => [link.title, link.textContent, link.getAttribute('href')]))
  const plain = links.filter(([, shown]) => /^[\d,]+$/.test(shown))
  return [...new Map(plain.map((link) => [link[2], link])).values()]
}

test('each number of the report opens its figure, and the figure its rows', async () => {
  await go(page, '/reports')
  await page.click('main a[href="/reports/year/2021"]')
  await page.waitForURL('**/reports/year/2021')
  await checkAccess(page)
  await checkWidth(page)
  // Up to yesterday: today goes on while the numbers are read.
  await go(page, '/reports/year/2021?cutoff=2021-12-19')
  const figures = await countsOfText()
  assert.ok(figures.length >= 15, `${figures.length} figures`)
  for (const [name, shown, href] of figures) {
    let rows = href
    if (href.startsWith('/figures/')) {
      const [heading, value, opens] = await said(page, href, ['h1', '.ax-figure-value', '.ax-card-head a'])
      assert.equal(heading.text, name)
      assert.equal(number(value.text), number(shown), name)
      // A sum or a percentile is no number of rows.
      if (!opens || /人次|秒/.test(value.text)) continue
      rows = opens.href
    }
    const [total] = await said(page, rows, ['.ax-total'])
    assert.equal(number(total.text), number(shown), `${name}: ${rows}`)
  }
  await page.click(`.ax-prose a[href="${figures[0][2]}"]`)
  await page.waitForURL(`**${figures[0][2]}`)
  checkCalm(page)
})

test('the parts of a figure sum to it', async () => {
  await go(page, '/reports/year/2021')
  const [, shown, href] = (await countsOfText()).find(([name]) => name === '在籍学生数')
  await go(page, href)
  const parts = await page.$$eval('main table tbody tr', (rows) => rows.map((row) => Number(row.cells[1].innerText.replaceAll(',', ''))))
  assert.equal(parts.reduce((sum, part) => sum + part, 0), number(shown))
})

test('frozen, it shows its hash and stands in the list', async () => {
  await go(page, '/reports/year/2020')
  await page.click('main form[action*="/freeze"] button')
  await send(page, '#ask button[value=yes]')
  const hash = await text(page, '.ax-hash')
  assert.match(hash, /^[0-9a-f]{64}$/)
  const frozen = new URL(page.url()).pathname
  await checkAccess(page)
  await checkWidth(page)
  await go(page, '/reports')
  const row = page.locator(`main tr:has(a[href="${frozen}"])`)
  assert.ok((await row.innerText()).includes(hash.slice(0, 12)))
  checkCalm(page)
})
