// A morning with duties: a safety officer does one with one touch, the calendar shows the month, a feed is made and ended; the bureau opens what was
// missed down to one duty. With ANXIAO_SHOTS=1 the pictures of the guide are taken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { go, picture, reader, send, serverUrl, sound, startBrowser, text, themes } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

test('one touch does a duty, and the list knows it', async () => {
  for (const [at, width] of ['phone', 'desk'].entries()) {
    const page = await reader(browser, 'school', { width, theme: themes[at % 2] })
    await go(page, '/')
    await sound(page, `today ${width}`)
    if (width === 'desk') await picture(page, 'duties-today')
    const title = (await text(page, '.ax-tap .ax-row-title')).trim()
    await send(page, '.ax-tap form button')
    assert.match(await page.innerText('main'), /已记录/)
    assert.notEqual((await text(page, '.ax-tap .ax-row-title')).trim(), title, 'it is done and another one stands first')
    await go(page, '/duties?from=2021-12-20&to=2022-01-31&state=done')
    assert.ok((await page.innerText('tbody')).includes(title.split(' · ')[0]), title)
    await sound(page, `duties ${width}`)
    await send(page, 'tbody a.ax-row-link')
    assert.ok((await page.locator('section table tbody tr').count()) > 0, 'a record proves it')
    await sound(page, `a duty ${width}`)
    await page.context().close()
  }
})

test('a month and a week, and the address for one\'s own calendar', async () => {
  for (const [at, width] of ['desk', 'phone'].entries()) {
    const page = await reader(browser, 'principal', { width, theme: themes[at % 2] })
    await go(page, '/duties/calendar')
    await sound(page, `month ${width}`)
    if (width === 'desk') await picture(page, 'duties-calendar')
    await go(page, '/duties/calendar?view=week')
    await sound(page, `week ${width}`)
    await send(page, 'form[action="/duties/feed"] button')
    const address = new URL((await text(page, '.ax-feed')).replace('webcal:', 'http:'))
    const feed = await page.request.get(serverUrl() + address.pathname)
    assert.equal(feed.status(), 200)
    assert.match(await feed.text(), /^BEGIN:VCALENDAR/)
    await sound(page, `feed ${width}`)
    await send(page, 'form[action="/duties/feed/end"] button')
    assert.equal((await page.request.get(serverUrl() + address.pathname)).status(), 404)
    await page.context().close()
  }
})

test('the bureau comes from a number to the one duty behind it', async () => {
  for (const width of ['desk', 'phone']) {
    const page = await reader(browser, 'bureau', { width })
    await go(page, '/')
    await sound(page, `exceptions ${width}`)
    await send(page, '.ax-tiles a[href*="state=missed"]')
    await sound(page, `missed ${width}`)
    await go(page, '/duties/figures?from=2020-09-01&to=2021-08-31&level=school')
    await sound(page, `figures ${width}`)
    await go(page, '/duties?from=2020-09-01&to=2021-08-31&level=school&state=missed')
    await send(page, 'tbody a.ax-row-link')
    await send(page, '.ax-buttons a[href^="/waivers/new"]')
    assert.ok(await page.inputValue('[name=duty]'), 'the form knows which duty')
    await sound(page, `waiver ${width}`)
    await page.context().close()
  }
})

test('a guard has few and plain things, an administrator no duties', async () => {
  const guard = await reader(browser, 'guard', { width: 'phone' })
  await go(guard, '/')
  assert.ok((await guard.locator('.ax-tap').count()) <= 4)
  await sound(guard, 'guard')
  await guard.context().close()
  const auditor = await reader(browser, 'auditor')
  await go(auditor, '/duties', 404)
  await auditor.context().close()
})
