// A telephone without a network: enrolled, opened with a PIN, what is filled in is kept, sent once, and what goes wrong is shown.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { budget, enrol, fill, held, kept, press, putAway, ready, recorded, SEND, telephone, typePin, waiting } from './device.mjs'
import { accounts, checkAccess, checkCalm, checkWidth, go, openPage, picture, reader, send, serverUrl, signIn, startBrowser, text } from './lib.mjs'

const guide = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'guide')
const PIN = '280417'
const OTHER = '739105'

let browser
before(async () => {
  browser = await startBrowser()
  await mkdir(guide, { recursive: true })
})
after(() => Promise.all([browser.close(), putAway()]))

/**
 * Puts when the telephone was last used earlier or later, by so many milliseconds. Where it is to wake, it hears of it a moment later: it may leave before
 * it would have answered.
 */
const used = (page, by, wakes = false) =>
  page.evaluate(
    ([by, wakes]) =>
      new Promise((resolve) => {
        indexedDB.open('anxiao').onsuccess = ({ target: { result: db } }) => {
          const tx = db.transaction('opened', 'readwrite')
          const store = tx.objectStore('opened')
          store.get('opened').onsuccess = ({ target: { result } }) => store.put({ ...result, used: result.used + by })
          tx.oncomplete = () => {
            db.close()
            if (wakes) setTimeout(() => document.dispatchEvent(new Event('visibilitychange')), 50)
            resolve()
          }
        }
      }),
    [by, wakes],
  )

/** Where a password is asked for, the store of this telephone answers so many milliseconds late. */
function slowAtDoor(late) {
  if (location.pathname !== '/login') return
  Object.defineProperty(IDBTransaction.prototype, 'oncomplete', {
    set(told) {
      this.addEventListener('complete', (event) => setTimeout(told, late, event))
    },
  })
}

/** How many hazards of this place the school has. */
const found = (place) => recorded(browser, place)

test('aeroplane mode, a reload, a restart of the browser, the network back: one record, with both times', async () => {
  const phone = await telephone()
  let page = phone.page
  await enrol(page, 'guard', PIN)
  await kept(phone, '/hazards/new')
  assert.ok(await page.isVisible('[data-no-network]'), 'the top line says that there is no network')
  await picture(page, 'phone-offline')
  await fill(page, '实验楼消防通道')
  await press(page)
  await waiting(page, 1)
  assert.match(await text(page, '[data-outbox]'), /1/)
  const told = await text(page, '[data-entries]')
  assert.ok(/实验楼消防通道/.test(told) && /消防/.test(told) && /不用重填/.test(told) && !/self_check|fire/.test(told), `words, no codes: ${told}`)
  await checkAccess(page)
  await checkWidth(page)
  await picture(page, 'phone-outbox')
  const entries = JSON.stringify(await held(page, 'entries')) + JSON.stringify(await held(page, 'pages'))
  assert.ok(!entries.includes('实验楼') && !entries.includes('灭火器'), 'nothing lies in the clear')
  const cached = await page.evaluate(async () => (await Promise.all((await caches.keys()).map(async (name) => (await (await caches.open(name)).keys()).map(({ url }) => new URL(url).pathname)))).flat())
  assert.ok(cached.length > 0 && cached.every((path) => path === '/offline' || path.startsWith('/assets/')), cached.join())
  await page.reload()
  await waiting(page, 1)

  page = await phone.restart({ network: false })
  await page.goto(`${serverUrl()}/outbox`)
  await page.waitForSelector('[data-view=pin]:not([hidden])')
  await checkAccess(page)
  await picture(page, 'phone-pin')
  await typePin(page, '111222', false)
  await page.waitForSelector('[data-wrong]:not([hidden])')
  assert.match(await text(page, '[data-wrong]'), /还可以试 4 次/)
  await typePin(page, PIN)
  await waiting(page, 1)
  assert.equal(await found('实验楼消防通道'), 0)

  await phone.network(true)
  await waiting(page, 0)
  await page.reload()
  await waiting(page, 0)
  assert.equal(await found('实验楼消防通道'), 1)
  // The session had ended with the browser; the PIN begins another.
  await go(page, `/unlock?next=${encodeURIComponent(`/hazards?q=${encodeURIComponent('实验楼消防通道')}`)}`)
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await page.waitForSelector('#nav', { state: 'attached' })
  await Promise.all([page.waitForEvent('load'), page.click('tbody a.ax-row-link')])
  assert.match(await text(page, '.ax-timeline .ax-said'), /断网时填写：手机时间 2021-12-20/)
  await picture(page, 'phone-timeline')
  checkCalm(page)
  await phone.end()
})

test('a session that ended while a form was filled in: it goes by the telephone’s own proof, and its record is shown', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await go(page, '/hazards/new')
  await fill(page, '操场看台')
  await phone.context.clearCookies({ name: 'sid' })
  await page.click(SEND)
  await page.waitForURL(/\/hazards\/[0-9a-f-]{36}$/)
  assert.match(await text(page, 'main'), /操场看台/)
  assert.equal(await found('操场看台'), 1)
  await phone.end()
})

test('two persons on one telephone of 2020: each with a PIN and an outbox, changed by two taps', async () => {
  const phone = await telephone({ old: true })
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await phone.context.clearCookies({ name: 'sid' })
  // A password that stands in its field already is sent before a slow store has said who had opened the telephone.
  await phone.context.addInitScript(slowAtDoor, 400)
  await enrol(page, 'teacher', OTHER)
  assert.equal((await held(page, 'persons')).length, 2)
  await kept(phone, '/hazards/new')
  await fill(page, '教学楼二层窗')
  await press(page)
  await waiting(page, 1)

  await page.goto(`${serverUrl()}/`)
  await page.waitForSelector('[data-as-of]')
  const cost = budget(page)
  await cost.go('[data-change-user]')
  await page.waitForSelector('[data-persons] li:nth-child(2)')
  await checkAccess(page)
  await picture(page, 'phone-who')
  const names = await page.$$eval('[data-persons] button', (buttons) => buttons.map((button) => button.textContent))
  const other = names.findIndex((name) => name.includes('保安'))
  assert.ok(other >= 0, names.join())
  await cost.tap(`[data-persons] li:nth-child(${other + 1}) button`)
  await typePin(page, OTHER, false)
  await page.waitForSelector('[data-wrong]:not([hidden])')
  await typePin(page, PIN)
  cost.within({ taps: 2, seconds: 20 })
  await page.waitForSelector('[data-as-of]')
  const entries = await held(page, 'entries')
  assert.equal(entries.length, 1)
  await page.goto(`${serverUrl()}/outbox`)
  await waiting(page, 0)
  // The guard's network does not send what the teacher kept; hers does.
  await phone.network(true)
  await page.click('[data-send]')
  await page.waitForTimeout(300)
  assert.equal((await held(page, 'entries')).length, 1)
  await go(page, '/unlock?next=/outbox')
  await page.locator('[data-persons] button', { hasText: '班主任' }).click()
  await typePin(page, OTHER)
  await waiting(page, 0)
  assert.equal(await found('教学楼二层窗'), 1)
  // Put on the desk and forgotten, it shuts while its page is open.
  await go(page, '/')
  await used(page, -11 * 60_000, true)
  await page.waitForURL('**/unlock?next=*')
  await page.waitForSelector('[data-persons] li:nth-child(2)')
  await phone.end()
})

test('a telephone that was shut out sends nothing, says so, and shows what was written', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await kept(phone, '/hazards/new')
  await fill(page, '地下车库灯')
  const lamp = await page.evaluate(() => document.createElement('canvas').toDataURL('image/jpeg'))
  await page.setInputFiles('#along-camera', { name: '灯.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(lamp.split(',')[1], 'base64') })
  await press(page)
  await waiting(page, 1)
  const account = (await held(page, 'persons'))[0].account
  const office = await reader(browser, 'secadmin')
  await go(office, `/accounts/${account}/devices`)
  await checkAccess(office)
  await checkWidth(office)
  await office.click('form[action$="/devices/end"] button')
  await send(office, '#ask button[value=yes]')
  await phone.network(true)
  await page.waitForSelector('[data-entries] .ax-bad')
  assert.match(await text(page, '[data-entries]'), /已停用.*打开处理/s)
  assert.match(await text(page, '[data-entries]'), /地下车库灯/)
  assert.equal(await found('地下车库灯'), 0)
  await checkAccess(page)
  // Whoever knows the password sends it himself, photograph and all: nothing has to be copied by hand.
  await phone.context.clearCookies()
  await signIn(page, 'guard', (await accounts()).guard)
  await page.goto(`${serverUrl()}/outbox`)
  await typePin(page, PIN)
  await page.waitForSelector('[data-look]:not([hidden])')
  await Promise.all([page.waitForEvent('load'), page.click('[data-look]')])
  assert.equal(await found('地下车库灯'), 1)
  assert.equal(await page.locator('#evidence .ax-sides img').count(), 1)
  // Its holder empties it and enrols it anew; before that, it says why nothing else helps.
  await go(page, '/account/devices')
  await page.fill('#pin', OTHER)
  await page.fill('#pin-again', OTHER)
  await page.click('[data-enrol-new]')
  await page.waitForSelector('[data-anew]:not([hidden])')
  await checkAccess(page)
  const [asked] = await Promise.all([
    page.waitForEvent('dialog').then(async (dialog) => (await dialog.dismiss(), dialog.message())),
    page.click('[data-anew]'),
  ])
  assert.match(asked, /1 份内容没有发送/)
  assert.equal((await held(page, 'entries')).length, 1, 'what was not sent is still there')
  page.once('dialog', (dialog) => dialog.accept())
  await Promise.all([page.waitForEvent('load'), page.click('[data-anew]')])
  await page.fill('#pin', OTHER)
  await page.fill('#pin-again', OTHER)
  await Promise.all([page.waitForEvent('load'), page.click('[data-enrol-new]')])
  await page.waitForSelector('[data-show=enrolled]:not([hidden])')
  assert.equal((await held(page, 'entries')).length, 0)
  await phone.end()
  await office.context().close()
})

test('somebody else was faster: the outbox says so, and both versions stand on one page', async () => {
  const officer = await reader(browser, 'school')
  await go(officer, '/hazards/new')
  await fill(officer, '食堂后门')
  await send(officer, '.ax-form-end button[type=submit]')
  const path = new URL(officer.url()).pathname
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'school', PIN)
  await go(page, `${path}/edit`)
  await phone.network(false)
  await page.fill('textarea[name=description]', '门轴坏了')
  await press(page)
  await waiting(page, 1)
  await go(officer, `${path}/edit`)
  await officer.fill('textarea[name=description]', '门锁坏了')
  await send(officer, '.ax-form-end button[type=submit]')
  await phone.network(true)
  await page.waitForSelector('[data-look]:not([hidden])')
  assert.match(await text(page, '[data-entries]'), /别人先改了/)
  await picture(page, 'phone-conflict')
  await Promise.all([page.waitForEvent('load'), page.click('[data-look]')])
  const both = await text(page, 'main')
  assert.ok(both.includes('门锁坏了') && both.includes('门轴坏了'), both)
  await send(page, 'main form .btn-primary')
  await go(page, '/outbox')
  await waiting(page, 0)
  await phone.end()
  await officer.context().close()
})

test('an entry that was cut off is shown, not lost in silence, and holds up nothing', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await phone.network(false)
  for (const [at, place] of ['南门岗亭', '北门岗亭'].entries()) {
    await page.goto(`${serverUrl()}/hazards/new`)
    await page.waitForSelector('[data-as-of]')
    // That there is no network and that something waits are both said, and the page is no wider for it.
    await page.waitForFunction((n) => document.querySelectorAll('[data-no-network]:not([hidden]), [data-outbox]:not([hidden])').length === n, 1 + at)
    await checkWidth(page)
    await fill(page, place)
    await press(page)
    await waiting(page, at + 1)
  }
  await page.evaluate(
    () =>
      new Promise((resolve) => {
        indexedDB.open('anxiao').onsuccess = ({ target: { result: db } }) => {
          const tx = db.transaction('entries', 'readwrite')
          const all = tx.objectStore('entries')
          all.getAll().onsuccess = ({ target: { result } }) => all.put({ ...result[0], sealed: { ...result[0].sealed, data: result[0].sealed.data.slice(0, 40) } })
          tx.oncomplete = () => resolve(db.close())
        }
      }),
  )
  await phone.network(true)
  await page.reload()
  await waiting(page, 1)
  assert.match(await text(page, '[data-entries]'), /读不出来/)
  assert.deepEqual([await found('南门岗亭'), await found('北门岗亭')], [0, 1])
  // Where the server does not hear of it, signing out shuts the telephone and loses nothing.
  await go(page, '/')
  await page.route('**/logout', (route) => route.abort())
  await page.waitForFunction(() => document.querySelector('form[data-leave]').dataset.confirm)
  await page.click('.ax-user')
  await page.click('form[data-leave] button')
  await Promise.all([page.waitForURL('**/unlock'), page.click('#ask button[value=yes]')])
  assert.deepEqual([(await held(page, 'entries')).length, (await held(page, 'persons')).length], [1, 1])
  await page.unroute('**/logout')
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  // Signing out names what was not sent, and then empties this person's store.
  await page.waitForFunction(() => document.querySelector('form[data-leave]').dataset.confirm)
  await page.click('.ax-user')
  await page.click('form[data-leave] button')
  assert.match(await text(page, '#ask [data-question]'), /1 份内容还没有发送/)
  await Promise.all([page.waitForURL('**/login'), page.click('#ask button[value=yes]')])
  assert.deepEqual([(await held(page, 'entries')).length, (await held(page, 'pages')).length, (await held(page, 'persons')).length], [0, 0, 0])
  await phone.end()
})

test('wrong PINs: a pause after five, and a new PIN after a sign-in with the password keeps what was kept', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await kept(phone, '/hazards/new')
  await fill(page, '西侧围墙')
  await press(page)
  await page.goto(`${serverUrl()}/unlock`)
  await page.click('[data-persons] button')
  for (const part of ['', '28', '28041']) {
    await page.fill('#pin', part)
    await page.click('form[data-pin] button[type=submit]')
    await page.waitForFunction(() => document.querySelector('[data-wrong]').textContent.includes('6 位数字'))
  }
  for (const left of [4, 3, 2, 1]) {
    await typePin(page, '602914', false)
    await page.waitForFunction((n) => document.querySelector('[data-wrong]').textContent.includes(`${n} 次`), left)
  }
  await typePin(page, '602914', false)
  await page.waitForFunction(() => document.querySelector('[data-wrong]').textContent.includes('30 分钟'))
  await typePin(page, PIN, false)
  await page.waitForFunction(() => document.querySelector('[data-view=pin] #pin').value === '')
  assert.deepEqual(await held(page, 'opened'), [], 'the right PIN does not help now')
  await phone.network(true)
  // The session of the first sign-in is over by then; while it lasts, the password is not asked for.
  await phone.context.clearCookies({ name: 'sid' })
  await enrol(page, 'guard', OTHER)
  await page.waitForTimeout(200)
  assert.equal(await found('西侧围墙'), 1)
  assert.equal((await held(page, 'persons')).length, 1)
  await ready(page)
  await phone.end()
})

test('a clock that was put back keeps no telephone open', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  // Used tomorrow, as such a clock would say of a moment ago.
  await used(page, 24 * 3_600_000)
  await page.goto(`${serverUrl()}/`)
  await page.waitForURL('**/unlock*')
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await phone.end()
})

test('large letters for the guard, a voice note and a smaller photograph with the report', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await go(page, '/hazards/new')
  const small = await page.$$eval('main :is(p, label, legend, input, select, textarea, button, a, summary, small, span), #nav a', (all) =>
    all.filter((one) => one.offsetParent && one.textContent.trim() && !one.closest('.visually-hidden') && parseFloat(getComputedStyle(one).fontSize) < 18).map((one) => one.outerHTML.slice(0, 90)),
  )
  assert.deepEqual(small, [])
  const narrow = await page.$$eval('main :is(button, select, a.btn, input.form-control, .form-check)', (all) => all.filter((one) => one.offsetParent && one.getBoundingClientRect().height < 48).map((one) => one.outerHTML.slice(0, 90)))
  assert.deepEqual(narrow, [])
  await checkAccess(page)
  await checkWidth(page)
  await picture(page, 'phone-large')
  await fill(page, '传达室门口')
  const photograph = await page.evaluate(async () => {
    const canvas = document.createElement('canvas')
    Object.assign(canvas, { width: 3200, height: 2400 })
    const brush = canvas.getContext('2d')
    // Squares of ten: those of eight would be the squares of JPEG itself, and such a picture would be larger after it was made smaller.
    for (let at = 0; at < 76800; at += 1) {
      brush.fillStyle = `hsl(${(at * 47) % 360} 70% ${30 + (at % 50)}%)`
      brush.fillRect((at * 10) % 3200, Math.floor(at / 320) * 10, 10, 10)
    }
    const url = canvas.toDataURL('image/jpeg', 0.95)
    return url.slice(url.indexOf(',') + 1)
  })
  await page.setInputFiles('#along-camera', { name: 'IMG_2041.jpg', mimeType: 'image/jpeg', buffer: Buffer.from(photograph, 'base64') })
  await page.waitForFunction((size) => document.querySelector('#along-camera').files[0].size < size, (photograph.length * 3) / 4 / 2)
  const longest = await page.evaluate(async () => {
    const picture = await createImageBitmap(document.querySelector('#along-camera').files[0])
    return Math.max(picture.width, picture.height)
  })
  assert.equal(longest, 2048)
  await page.click('[data-record]')
  await page.waitForTimeout(1100)
  await page.click('[data-stop]')
  await page.waitForFunction(() => document.querySelector('[data-recorded]').textContent.includes('秒'))
  await phone.network(false)
  await press(page)
  await waiting(page, 1)
  assert.match(await text(page, '[data-entries]'), /附件 2 个/)
  await phone.network(true)
  await waiting(page, 0)
  const officer = await reader(browser, 'school')
  await go(officer, `/hazards?q=${encodeURIComponent('传达室门口')}`)
  await send(officer, 'tbody a.ax-row-link')
  assert.equal(await officer.locator('#evidence audio').count(), 1)
  assert.equal(await officer.locator('#evidence .ax-sides img').count(), 1)
  await checkAccess(officer)
  checkCalm(officer)
  await officer.context().close()
  await phone.end()
})

test('without enrolment nothing is kept and nothing is lost; without a script everything is as it was', async () => {
  const page = await reader(browser, 'guard', { width: 'phone' })
  await go(page, '/account/devices')
  await checkAccess(page)
  await checkWidth(page)
  await go(page, '/hazards/new')
  await fill(page, '体育馆北侧')
  await page.context().setOffline(true)
  await page.click('.ax-form-end button[type=submit]')
  await page.waitForSelector('[data-unsent]:not([hidden])')
  assert.equal(await page.inputValue('input[name=place]'), '体育馆北侧')
  assert.equal(await page.evaluate(async () => (await navigator.serviceWorker.getRegistrations()).length), 0, 'no worker where nobody is enrolled')
  await page.context().setOffline(false)
  await send(page, '.ax-form-end button[type=submit]')
  assert.match(new URL(page.url()).pathname, /^\/hazards\/[0-9a-f-]{36}$/)
  await page.context().close()
  const plain = await openPage(browser, { width: 'phone', script: false })
  await go(plain, '/outbox')
  assert.match(await text(plain, 'main'), /浏览器脚本/)
  await plain.context().close()
})
