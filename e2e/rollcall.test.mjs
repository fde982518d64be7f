// A class teacher on a cheap telephone calls the roll: touches who is not there, confirms; the school's board and the county's know at once.
// A colleague is asked first whether he calls in somebody's place. With ANXIAO_SHOTS=1 the pictures of the guide are taken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { go, picture, reader, send, sound, startBrowser, text, themes } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

test('the pages in both themes and widths', async () => {
  for (const width of ['phone', 'desk']) {
    for (const theme of themes) {
      const page = await reader(browser, 'teacher', { width, theme })
      await go(page, '/rollcall')
      await sound(page, `mine ${width} ${theme}`)
      await page.click('.ax-roll-open')
      await page.waitForSelector('.ax-roll-tiles')
      await page.locator('.ax-roll-tile > label').nth(1).click()
      await page.locator('.ax-roll-tile:has(> input:checked) .ax-roll-kinds input[value=sick]').check({ force: true })
      await sound(page, `tiles ${width} ${theme}`)
      if (width === 'phone' && theme === 'light') await picture(page, 'rollcall-tiles')
      await page.context().close()
    }
  }
})

test('a colleague says first that he calls in somebody else’s place', async () => {
  const page = await reader(browser, 'principal', { width: 'phone' })
  await go(page, '/rollcall')
  await page.locator('.ax-roll-links a').nth(3).click()
  await page.waitForSelector('.ax-note:not([hidden])')
  await sound(page, 'substitute')
  assert.equal(await page.locator('.ax-roll-tile').count(), 0, 'no names yet')
  await page.click('main a.btn-primary')
  await page.waitForSelector('.ax-roll-tiles')
  assert.ok((await page.locator('.ax-roll-tile').count()) > 5)
  await page.context().close()
})

test('one is not there and one is ill', async () => {
  const page = await reader(browser, 'teacher', { width: 'phone' })
  await go(page, '/rollcall')
  await page.click('.ax-roll-open')
  await page.waitForSelector('.ax-roll-tiles')
  const names = await page.locator('.ax-roll-tile > label').allTextContents()
  await page.locator('.ax-roll-tile > label').nth(0).click()
  await page.locator('.ax-roll-tile > label').nth(2).click()
  const ill = page.locator('.ax-roll-tile').nth(2)
  await ill.locator('input[value=sick]').check({ force: true })
  await ill.locator('input[value=fever]').check({ force: true })
  await send(page, '.ax-roll-send button')
  const marks = await page.locator('.ax-roll-who').allTextContents()
  assert.equal(marks.length, 2)
  assert.ok([names[0], names[2]].every((name) => marks.some((mark) => mark.includes(name.trim()))), marks.join())
  assert.equal(await text(page, '.ax-roll-count strong'), String(names.length - 2))
  await sound(page, 'called')
  await picture(page, 'rollcall-called')
  await page.context().close()
})

test('the boards name classes and no pupil', async () => {
  for (const [login, width] of [['school', 'phone'], ['bureau', 'desk'], ['bureau', 'phone']]) {
    const page = await reader(browser, login, { width })
    await go(page, '/rollcall/board?session=arrival')
    assert.ok((await page.locator('.ax-roll-board li').count()) > 3)
    await sound(page, `board ${login} ${width}`)
    if (login === 'bureau' && width === 'desk') await picture(page, 'rollcall-board')
    await page.context().close()
  }
})

test('sickness is derived, and whoever was ill is followed until he is back', async () => {
  for (const [login, width] of [['principal', 'desk'], ['principal', 'phone'], ['bureau', 'desk'], ['bureau', 'phone']]) {
    const page = await reader(browser, login, { width })
    await go(page, '/rollcall/sickness')
    await sound(page, `sickness ${login} ${width}`)
    if (login === 'principal' && width === 'desk') await picture(page, 'rollcall-sickness')
    if (login === 'principal' && width === 'phone') {
      const open = page.locator('.ax-roll-board a[href^="/marks/"]')
      const before = await open.count()
      assert.ok(before > 0, 'somebody was ill in the last days')
      await open.first().click()
      await page.waitForSelector('form[action$="/returned"]', { state: 'attached' })
      await page.$eval('form[action$="/returned"]', (form) => form.closest('details')?.setAttribute('open', ''))
      await page.fill('form[action$="/returned"] input[name=returned_on]', '2021-12-20')
      await send(page, 'form[action$="/returned"] button[type=submit]')
      await go(page, '/rollcall/sickness')
      assert.equal(await open.count(), before - 1)
    }
    await page.context().close()
  }
})

test('without a script', async () => {
  const page = await reader(browser, 'teacher', { width: 'phone', script: false })
  await go(page, '/rollcall')
  assert.ok((await page.locator('.ax-roll-session').count()) > 1)
  await page.context().close()
})
