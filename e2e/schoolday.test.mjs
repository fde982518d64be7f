// A school day on telephones: a teacher calls her roll in an aeroplane, a guard walks in a cellar and says what he found, a telephone that was put down
// opens nothing, and the built-in browsers of chat programs, which have no service worker, do all of it with a network. What each costs in touches and
// seconds is measured.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { budget, enrol, held, kept, of2020, putAway, ready, telephone, typePin, waiting } from './device.mjs'
import { accounts, go, picture, reader, send, serverUrl, signIn, sound, startBrowser, text, themes, widths } from './lib.mjs'

const DAY = '2021-12-20'
const PIN = '280417'
// As WeChat and DingTalk name themselves.
const CHATS = {
  WeChat: 'Mozilla/5.0 (Linux; Android 10; V1901A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/86.0.4240.99 XWEB/3185 MMWEBSDK/20210902 Mobile Safari/537.36 MicroMessenger/8.0.15',
  DingTalk: 'Mozilla/5.0 (Linux; U; Android 10; V1901A) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/69.0.3497.100 UWS/3.22 Mobile Safari/537.36 AliApp(DingTalk/6.3.5) com.alibaba.android.rimet',
}

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => Promise.all([browser.close(), putAway()]))

/** The sheets of the teacher's class today, as the school sees them. */
async function sheets(page) {
  await go(page, `/sheets?day.from=${DAY}&day.to=${DAY}&state=called`)
  return page.$$eval('tbody a.ax-row-link', (links) => links.map((link) => link.getAttribute('href')))
}

/** Takes back every roll that was called today: the school says that the wrong class was called. */
async function nothingCalled() {
  const page = await reader(browser, 'school')
  for (const sheet of await sheets(page)) {
    await go(page, sheet)
    await page.click('#move-withdraw > summary')
    await page.fill('#move-withdraw [name=reason]', '点错班级')
    await page.click('#move-withdraw button[type=submit]')
    await send(page, '#ask button[value=yes]')
  }
  await page.context().close()
}

/** The roll of the class as it stands on its page. */
const tiles = (page) => page.locator('.ax-roll-tile > label').allTextContents()

test('aeroplane mode: the teacher opens her day, calls the roll, and it is called once, with both times', async () => {
  await nothingCalled()
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'teacher', PIN)
  await ready(page, /^\/rollcall\/[0-9a-f-]{36}\/arrival$/)
  const pages = (await held(page, 'pages')).length
  assert.ok(pages <= 16, `${pages} pages are more than the server allows`)
  await kept(phone, '/')
  assert.match(await text(page, 'main'), /班主任|你好|您好/)
  await page.click('main a[href="/rollcall"]')
  await page.waitForSelector('[data-as-of]')
  await page.click('.ax-roll-open')
  await page.waitForSelector('.ax-roll-tiles')
  await page.waitForSelector('[data-as-of]')
  const name = (await tiles(page))[0].trim()
  await page.locator('.ax-roll-tile > label').nth(0).click()
  const ill = page.locator('.ax-roll-tile').nth(0)
  await ill.locator('label:has(input[value=sick])').click()
  await ill.locator('label:has(input[value=fever])').click()
  await Promise.all([page.waitForEvent('load'), page.click('.ax-roll-send button')])
  await waiting(page, 1)
  const told = await text(page, '[data-entries]')
  for (const word of [name, '病假', '发热', '到校']) assert.ok(told.includes(word), `${word}: ${told}`)
  assert.ok(!/sick|fever|arrival|[0-9a-f]{8}-/.test(told), `words, no codes: ${told}`)
  await sound(page, 'outbox')
  await picture(page, 'schoolday-outbox')
  const school = await reader(browser, 'school')
  assert.deepEqual(await sheets(school), [], 'nothing has been sent')
  await phone.network(true)
  await waiting(page, 0)
  await page.click('[data-send]')
  await page.reload()
  await waiting(page, 0)
  const called = await sheets(school)
  assert.equal(called.length, 1)
  await go(school, called[0])
  assert.match(await text(school, '.ax-timeline .ax-said'), /断网时填写：手机时间 2021-12-20 \d\d:\d\d，2021-12-20 \d\d:\d\d 送达/)
  await school.context().close()
  await phone.end()
})

test('a child who comes late where there is no network: written down once, from the roll as it was called', async () => {
  await nothingCalled()
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'teacher', PIN)
  await go(page, '/rollcall')
  await page.click('.ax-roll-open')
  await page.waitForSelector('.ax-roll-tiles')
  await page.locator('.ax-roll-tile > label').nth(0).click()
  await Promise.all([page.waitForEvent('load'), page.click('.ax-roll-send button')])
  await page.waitForSelector('.ax-roll-marks form')
  const roll = new URL(page.url())
  assert.equal(roll.search, '', 'the page of the day itself')
  await ready(page, /^\/marks\/[0-9a-f-]{36}$/)
  await kept(phone, roll.pathname)
  assert.equal(await page.locator('.ax-roll-tiles').count(), 0, 'not offered once more as one that was not called')
  // A search ends with it, also when it is said without a network.
  await page.click('.ax-roll-marks form[action$=arrived] button')
  assert.match(await text(page, '#ask [data-question]'), /亲眼看到人/)
  await Promise.all([page.waitForEvent('load'), page.click('#ask button[value=yes]')])
  await waiting(page, 1)
  await kept(phone, roll.pathname)
  assert.equal(await page.locator('.ax-roll-marks form').count(), 0, 'what waits is not done again')
  await page.waitForSelector('.ax-roll-marks [data-waits]')
  await sound(page, 'a called roll without a network')
  await phone.network(true)
  await go(page, '/outbox')
  await waiting(page, 0)
  await go(page, roll.pathname)
  assert.match(await text(page, '.ax-roll-marks'), /迟到/)
  await phone.end()
})

test('a telephone that was put down opens nothing: with a network at once, without one as soon as it is back', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'teacher', PIN)
  await go(page, '/')
  const before = await page.context().cookies()
  await Promise.all([page.waitForEvent('load'), page.click('[data-change-user]')])
  await page.waitForSelector('[data-persons] li')
  await page.waitForFunction(() => localStorage.getItem('down') === null)
  await page.goto(`${serverUrl()}/`)
  assert.match(page.url(), /\/login/, 'the session is over')
  // Whoever has copied the cookie has nothing either.
  await page.context().addCookies(before.filter(({ name }) => name === 'sid'))
  await page.goto(`${serverUrl()}/rollcall`)
  assert.match(page.url(), /\/login/)
  await go(page, '/unlock?next=/rollcall')
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await page.waitForSelector('#nav', { state: 'attached' })
  assert.match(page.url(), /\/rollcall$/)

  await phone.network(false)
  await page.goto(`${serverUrl()}/unlock`)
  await page.waitForSelector('[data-persons] li')
  await phone.network(true)
  await page.goto(`${serverUrl()}/rollcall`)
  await page.waitForURL('**/unlock?next=%2Frollcall')
  await page.waitForSelector('[data-persons] li')
  await sound(page, 'put down')
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await page.waitForSelector('#nav', { state: 'attached' })
  await phone.end()
})

test('all are there: three touches and five seconds; one is missing and the family is told: six', async () => {
  await nothingCalled()
  const page = await reader(browser, 'teacher', { width: 'phone' })
  await go(page, '/')
  const all = budget(page)
  await all.go('main a[href="/rollcall"]')
  await all.go('.ax-roll-open')
  await all.go('.ax-roll-send button')
  all.within({ taps: 3, seconds: 5 })
  assert.match(await text(page, '.ax-roll-count'), /\d/)
  await nothingCalled()
  await go(page, '/')
  const one = budget(page)
  await one.go('main a[href="/rollcall"]')
  await one.go('.ax-roll-open')
  const name = (await tiles(page))[1].trim()
  await one.tap('.ax-roll-tile:nth-child(2) > label')
  await one.go('.ax-roll-send button')
  one.within({ taps: 6, seconds: 20 })
  const school = await reader(browser, 'school')
  await go(school, '/rollcall/missing')
  const board = await text(school, 'main')
  assert.ok(board.includes(name) && /家长|监护人/.test(board), board)
  await go(school, `/missing?day.from=${DAY}&day.to=${DAY}&state=asked`)
  await send(school, 'tbody a.ax-row-link')
  assert.match(await school.innerText('main'), /通知.*人数|监护人/, 'the message to the family is written with the mark')
  for (const reading of [page, school]) await reading.context().close()
})

test('a class teacher’s whole day with everyone there: ninety seconds', async () => {
  await nothingCalled()
  const page = await reader(browser, 'teacher', { width: 'phone' })
  await go(page, '/')
  const day = budget(page)
  await day.go('main a[href="/rollcall"]')
  await day.go('.ax-roll-open')
  await day.go('.ax-roll-send button')
  // At eight the noon's roll cannot be called yet: the first lesson's is the same page.
  const lesson = page.url().replace(/\/arrival.*/, '/lesson.1')
  await go(page, new URL(lesson).pathname)
  await day.go('.ax-roll-send button')
  await go(page, '/talk')
  // Nor has the minute before going home been said: a lesson is.
  await day.go('[aria-labelledby=talk-lesson] button[type=submit]')
  await go(page, '/rollcall')
  await day.go('main a[href^="/handovers/new"]')
  // At eight a class does not go home without a reason.
  day.taps += 4
  await page.selectOption('select[name=taken_by]', 'walking_group')
  await page.selectOption('select[name=early]', 'school')
  await day.go('main form button[type=submit]')
  const spent = day.within({ taps: 11, seconds: 90 })
  assert.ok(spent.fields === 0, 'nothing is typed')
  await page.context().close()
})

test('a guard in the cellar: his round is kept, what he says is heard by the school', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await ready(page, /^\/patrol-points\/[0-9a-f-]{36}\/mark$/, 6)
  assert.ok((await held(page, 'pages')).length <= 24)
  await kept(phone, '/patrol')
  await page.click('.ax-turns a[data-day]:has-text("保安巡逻")')
  await page.waitForSelector('.ax-stops')
  await page.waitForSelector('[data-as-of]')
  const cost = budget(page)
  await cost.go('.ax-stops li:nth-child(1) form button')
  await page.waitForSelector('.ax-stops li:nth-child(1) [data-waits]')
  cost.within({ taps: 2, seconds: 10 })
  assert.equal(await page.locator('.ax-stops li:nth-child(1) form').count(), 0, 'a point that waits is not touched twice')
  assert.ok(await page.locator('.ax-stops li:nth-child(2) form .btn-primary').count(), 'the next point stands out')
  // Back by the browser's own button the same touch stays the same.
  await page.goto(`${serverUrl()}/outbox`)
  await waiting(page, 1)
  assert.match(await text(page, '[data-entries]'), /保安巡逻 · 1 校门岗亭.*正常.*不用重填/s)
  await page.goBack()
  await page.waitForSelector('.ax-stops li:nth-child(1) [data-waits]')
  await page.click('.ax-stops li:nth-child(2) a[data-day]')
  await page.waitForSelector('.ax-trouble')
  await page.waitForSelector('.ax-trouble[open]')
  await page.click('.ax-tip-chips label:has([value=other])')
  await page.click('.ax-trouble [data-record]')
  await page.waitForTimeout(1100)
  await page.click('.ax-trouble [data-stop]')
  await page.waitForFunction(() => document.querySelector('.ax-trouble [data-recorded]').textContent.includes('秒'))
  await sound(page, 'a finding that is spoken')
  await Promise.all([page.waitForEvent('load'), page.click('.ax-trouble button[type=submit]')])
  await page.waitForSelector('.ax-stops li:nth-child(2) [data-waits]')
  await page.goto(`${serverUrl()}/outbox`)
  await waiting(page, 2)
  assert.match(await text(page, '[data-entries]'), /附件 1 个/)
  await phone.network(true)
  await waiting(page, 0)
  const school = await reader(browser, 'school')
  await go(school, `/hazards?q=${encodeURIComponent('见语音说明')}`)
  await send(school, 'tbody a.ax-row-link')
  assert.equal(await school.locator('#evidence audio').count(), 1)
  await sound(school, 'what he said')
  await school.context().close()
  // The round that was begun is left as whoever walks it leaves it.
  await go(page, '/patrol')
  await send(page, '.ax-turns a:has-text("保安巡逻")')
  await page.click('form[action$="/finish"] button')
  await send(page, '#ask button[value=yes]')
  await phone.end()
})

test('without a network each page that is kept is listed once, by a name of its own, and no child is', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'teacher', PIN)
  await ready(page, /^\/rollcall\/[0-9a-f-]{36}\/arrival$/)
  await phone.network(false)
  await page.goto(`${serverUrl()}/schools`)
  await page.waitForSelector('[data-view=missing]:not([hidden]) [data-pages] a')
  const links = await page.$$eval('[data-pages] a', (all) => all.map((link) => [link.getAttribute('href'), link.textContent]))
  const names = links.map(([, name]) => name)
  assert.equal(new Set(names).size, names.length, names.join())
  assert.ok(links.every(([path]) => path !== '/' && !/^\/(marks|pupils|missing|guardians)\//.test(path)), links.join())
  const rolls = links.filter(([path]) => /^\/rollcall\/[0-9a-f-]{36}\//.test(path))
  assert.ok(rolls.length > 0 && rolls.every(([, name]) => /班.* · /.test(name)), rolls.join())
  await phone.network(true)
  await phone.end()
})

test('a guard’s first page: letters of 18 px, touches of 48, tiles that can be read', async () => {
  for (const theme of themes) {
    const page = await reader(browser, 'guard', { width: 'phone', theme })
    for (const path of ['/', '/patrol']) {
      await go(page, path)
      const small = await page.$$eval('main *', (all) => {
        const seen = all.filter((one) => one.getClientRects().length > 0 && !one.closest('.visually-hidden'))
        const words = seen.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()))
        const letters = words.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 18).map((one) => `letters ${one.textContent.trim()}`)
        const touches = seen.filter((one) => one.matches('a, .btn, summary')).filter((one) => one.getBoundingClientRect().height < 48)
        return letters.concat(touches.map((one) => `touch ${one.outerHTML.slice(0, 90)} ${one.getBoundingClientRect().height}`))
      })
      assert.deepEqual(small, [], path)
      const narrow = await page.$$eval('.ax-tiles li', (tiles) => tiles.map((tile) => tile.getBoundingClientRect().width).filter((width) => width < 160))
      assert.deepEqual(narrow, [], `tiles of ${path}`)
      await sound(page, `${path} ${theme}`)
    }
    if (theme === 'light') {
      await go(page, '/')
      await picture(page, 'schoolday-guard')
    }
    await page.context().close()
  }
})

test('in the browsers of chat programs, without a service worker, with a network', async () => {
  for (const [name, userAgent] of Object.entries(CHATS)) {
    await nothingCalled()
    const context = await browser.newContext({ viewport: widths.phone, locale: 'zh-CN', isMobile: true, hasTouch: true, reducedMotion: 'reduce', serviceWorkers: 'block', userAgent })
    await context.addInitScript(of2020)
    const page = await context.newPage()
    page.complaints = []
    page.on('pageerror', (error) => page.complaints.push(String(error)))
    await signIn(page, 'teacher', (await accounts()).teacher)
    await go(page, '/rollcall')
    await send(page, '.ax-roll-open')
    await page.click('.ax-roll-tile label')
    assert.ok(await page.isVisible('.ax-roll-marked .ax-roll-kinds'), `${name}: what is marked has room for its kinds`)
    await page.click('.ax-roll-tile label')
    await send(page, '.ax-roll-send button')
    assert.match(await text(page, '.ax-roll-count'), /\d/, name)
    await sound(page, `roll ${name}`)
    await context.clearCookies()
    await signIn(page, 'guard', (await accounts()).guard)
    await go(page, '/patrol')
    await send(page, '.ax-turns a:has-text("保安巡逻")')
    await send(page, '.ax-stops a[data-day]')
    await page.waitForSelector('.ax-trouble[open]')
    await page.click('.ax-tip-chips label:has([value=light])')
    await send(page, '.ax-trouble button[type=submit]')
    assert.ok((await page.locator('.ax-stop-done').count()) >= 1, name)
    await sound(page, `round ${name}`)
    await page.click('form[action$="/finish"] button')
    await send(page, '#ask button[value=yes]')
    // Enrolled it keeps what cannot be sent, and says so on the page itself: there is no other to show.
    await go(page, '/account/devices')
    for (const field of ['#pin', '#pin-again']) await page.fill(field, PIN)
    await Promise.all([page.waitForEvent('load'), page.click('[data-enrol-new]')])
    await page.waitForSelector('[data-show=enrolled]:not([hidden])')
    await go(page, '/hazards/new')
    await page.fill('input[name=place]', `聊天软件里${name}`)
    await page.fill('textarea[name=description]', '灭火器压力不足')
    await page.selectOption('select[name=category]', 'fire')
    await context.setOffline(true)
    await page.click('.ax-form-end button[type=submit]')
    await page.waitForSelector('[data-unsent]:not([hidden]) [data-why=kept]:not([hidden])')
    await page.click('.ax-form-end button[type=submit]')
    await page.waitForTimeout(200)
    assert.deepEqual([(await held(page, 'entries')).length, await page.isVisible('[data-outbox]')], [1, true], name)
    await sound(page, `kept ${name}`)
    await context.setOffline(false)
    await page.waitForFunction(() => document.querySelector('[data-outbox]').hidden)
    assert.deepEqual(await held(page, 'entries'), [], name)
    await go(page, '/')
    await page.click('.ax-user')
    await Promise.all([page.waitForURL('**/login'), page.click('form[data-leave] button')])
    assert.deepEqual(await held(page, 'persons'), [], name)
    await context.close()
  }
})
