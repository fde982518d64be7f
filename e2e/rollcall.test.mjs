// A class teacher on a cheap telephone calls the roll: touches who is not there, confirms; the school's board and the county's know at once.
// A colleague is asked first whether he calls in somebody's place. With ANXIAO_SHOTS=1 the pictures of the guide are taken.
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, before, test } from 'node:test'
import { checkCalm, go, picture, reader, send, sound, startBrowser, text, themes } from './lib.mjs'

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

test('a roll is there from its hour on, also on a page that has lain open since the morning', async () => {
  const page = await reader(browser, 'teacher', { width: 'phone' })
  await go(page, '/rollcall')
  const noon = (await page.getAttribute('.ax-roll-open', 'href')).replace(/[^/]+$/, 'noon')
  await page.clock.install()
  await go(page, noon)
  assert.match(await text(page, '[data-opens-in]'), /还没到点名时间，\d\d:\d\d 开始。/)
  assert.ok(await page.isHidden('form.ax-roll'))
  await sound(page, 'a roll before its hour')
  await page.clock.fastForward('07:00:00')
  await page.waitForSelector('.ax-roll-tiles')
  assert.ok(await page.isHidden('[data-opens-in]'))
  await page.context().close()
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
    assert.equal(await page.locator('.ax-crumbs, .ax-kicker').count(), 0, 'the heading stands first')
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

/** A county of its own, so that its program can be stopped and started anew without taking it from the other journeys. */
async function ownCounty() {
  const folder = await mkdtemp(join(tmpdir(), 'board-'))
  const free = createServer().listen(0, '127.0.0.1')
  await once(free, 'listening')
  const { port } = free.address()
  free.close()
  const shared = { url: process.env.ANXIAO_URL, accounts: process.env.ANXIAO_ACCOUNTS }
  const file = join(folder, 'accounts.json')
  Object.assign(process.env, { ANXIAO_URL: `http://127.0.0.1:${port}`, ANXIAO_ACCOUNTS: file })
  let program
  const county = {
    async start() {
      const given = ['demo', '--township', '--data', join(folder, 'data'), '--listen', `127.0.0.1:${port}`, '--accounts', file]
      program = spawn(process.env.ANXIAO_BIN, given, { stdio: 'ignore' })
      for (let tries = 0; tries < 600; tries++) {
        const answer = await fetch(`http://127.0.0.1:${port}/readyz`).catch(() => undefined)
        if (answer?.ok) return
        await new Promise((done) => setTimeout(done, 100))
      }
      assert.fail('the county was not ready')
    },
    /** Told to stop as a service manager does; answers in how many milliseconds it was gone. */
    async stop() {
      const begun = Date.now()
      if (program.exitCode === null && program.kill('SIGTERM')) await once(program, 'exit')
      return Date.now() - begun
    },
    async end() {
      await county.stop()
      Object.assign(process.env, { ANXIAO_URL: shared.url, ANXIAO_ACCOUNTS: shared.accounts })
      await rm(folder, { recursive: true })
    },
  }
  await county.start()
  return county
}

test('the boards move by themselves, and again after the program was started anew', async () => {
  const county = await ownCounty()
  try {
    const boards = [await reader(browser, 'school', { width: 'phone' }), await reader(browser, 'bureau')]
    for (const board of boards) {
      await go(board, '/rollcall/board?session=arrival')
      await board.evaluate(() => (window.opened = true))
    }
    const sought = await reader(browser, 'principal')
    await go(sought, '/rollcall/missing')
    await sought.waitForSelector('.ax-note.ax-good')
    const waiting = async (board) => Number(await text(board, '.ax-roll-figures dd'))
    const before = await Promise.all(boards.map(waiting))
    const moved = (by) => Promise.all(boards.map((board, at) => board.waitForFunction((n) => document.querySelector('.ax-roll-figures dd').innerText === n, String(before[at] - by), { timeout: 30_000 })))

    // Elsewhere a teacher calls her roll, and one child is not there.
    const teacher = await reader(browser, 'teacher', { width: 'phone' })
    await go(teacher, '/rollcall')
    await teacher.click('.ax-roll-open')
    await teacher.locator('.ax-roll-tile > label').first().click()
    await send(teacher, '.ax-roll-send button')
    await moved(1)
    await sought.waitForSelector('.ax-roll-marks .ax-roll-who')
    await sound(sought, 'missing board')
    // From the child to its family's telephone by two touches.
    await go(teacher, '/rollcall/missing')
    await teacher.click('.ax-roll-marks .ax-buttons a')
    await teacher.waitForSelector('.ax-family')
    await sound(teacher, 'family')
    await send(teacher, 'main form button')
    await teacher.waitForSelector('.ax-family a[href^="tel:"]')
    await sound(teacher, 'numbers of the family')

    // Open boards hold up no stop; they say that they may be old, and come back by themselves.
    const took = await county.stop()
    assert.ok(took < 10_000, `the program stopped after ${took} ms`)
    await boards[0].waitForSelector('[data-live-lost]:not([hidden])', { timeout: 30_000 })
    await county.start()
    await boards[0].waitForSelector('[data-live-lost][hidden]', { state: 'attached', timeout: 30_000 })
    const principal = await reader(browser, 'principal', { width: 'phone' })
    await go(principal, '/rollcall')
    await principal.locator('.ax-roll-links a').nth(3).click()
    await principal.click('main a.btn-primary')
    await principal.waitForSelector('.ax-roll-tiles')
    await send(principal, '.ax-roll-send button')
    await moved(2)
    for (const board of boards) {
      assert.equal(await board.evaluate(() => window.opened), true, 'never loaded anew')
      board.complaints = board.complaints.filter((said) => !/ERR_CONNECTION_REFUSED|ERR_INCOMPLETE_CHUNKED|ERR_EMPTY_RESPONSE|ERR_CONNECTION_RESET/.test(said))
      await sound(board, 'board')
      checkCalm(board)
    }
  } finally {
    await county.end()
  }
})
