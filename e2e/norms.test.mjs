// What is asked of whom, with who says so; what the county decides about it; and the month of a school.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, picture, reader, send, shot, startBrowser, switchTheme, text } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

async function checkPage(page, name) {
  await checkAccess(page, name)
  await checkWidth(page, name)
  await switchTheme(page)
  await checkAccess(page, `${name} in the other theme`)
  await shot(page, `${name}-dark`)
  await switchTheme(page)
}

test('a guard reads what is asked of him, on a phone', async () => {
  const page = await reader(browser, 'guard', { width: 'phone' })
  await go(page, '/norms')
  await checkPage(page, 'norms-first-phone')
  const high = await page.evaluate(() => document.documentElement.scrollHeight)
  assert.ok(high < 5000, `the first page is ${high} pixels high on a phone`)
  await go(page, '/norms?topic=patrol')
  assert.ok((await text(page, 'tbody a.ax-row-link')).length > 3)
  await checkPage(page, 'norms-phone')
  await send(page, 'tbody a.ax-row-link')
  assert.match(page.url(), /\/norms\/patrol\./)
  await checkPage(page, 'norm-phone')
  checkCalm(page)
})

test('the director finds what is to be confirmed, and sets a figure with its approval', async () => {
  const page = await reader(browser, 'director')
  await go(page, '/norms')
  await checkPage(page, 'norms')
  await picture(page, 'norms')
  await send(page, '.ax-norm-chapters h2 a')
  await checkPage(page, 'norms-chapter')
  await go(page, '/norms?topic=accident')
  const table = page.locator('.ax-norm-fold').first()
  await table.locator('summary').click()
  assert.ok(await table.locator('td').first().isVisible(), 'a table unfolds in its line')
  await checkPage(page, 'norms-table')
  await picture(page, 'norms-topic')
  await go(page, '/norms')
  await page.fill('#norm-q', 'drill.present')
  await send(page, '.ax-filter-go button')
  await send(page, 'tbody a.ax-row-link')
  assert.match(page.url(), /\/norms\/drill\.present/)
  await checkPage(page, 'norm')
  await send(page, '.ax-head a[href*="kind=change"]')
  assert.equal(await page.inputValue('[name=key]'), 'drill.present')
  await page.fill('[name=value]', '85')
  await page.fill('[name=approval]', '道教字〔2021〕31号')
  await page.fill('[name=approver]', '局长办公会')
  await page.fill('[name=approved_on]', '2021-12-17')
  await page.fill('[name=reason]', '本县演练参加率要求更高')
  await send(page, '.ax-form-end button[type=submit], form button.btn-primary[type=submit]')
  assert.match(page.url(), /\/norm-decisions\/[0-9a-f-]{36}/)
  await go(page, '/norms/drill.present')
  assert.match(await text(page, '.ax-pairs strong'), /85%/)
  await picture(page, 'norm')
  checkCalm(page)
})

test('the month of a school, at a desk and on a phone', async () => {
  for (const width of ['desk', 'phone']) {
    const page = await reader(browser, 'school', { width })
    await go(page, '/calendar?month=2021-06')
    assert.equal(await page.locator('.ax-calendar tbody td time').count(), 30)
    assert.match(await text(page, '.ax-calendar td:has(time[datetime="2021-06-28"])'), /停课/)
    await checkPage(page, `calendar-${width}`)
    if (width === 'desk') await picture(page, 'calendar')
    await send(page, 'a[rel=next]')
    assert.match(page.url(), /month=2021-07/)
    checkCalm(page)
  }
})
