// A telephone in several hands and windows, and whatever stands between it and the server: who acts is who has opened it, and nobody's answer counts but
// the server's.
import assert from 'node:assert/strict'
import { createServer, request } from 'node:http'
import { after, before, test } from 'node:test'
import { enrol, fill, held, kept, press, putAway, ready, recorded, SEND, telephone, typePin, waiting } from './device.mjs'
import { accounts, checkCalm, go, serverUrl, signIn, startBrowser } from './lib.mjs'

const PIN = '280417'
const OTHER = '739105'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => Promise.all([browser.close(), putAway()]))

/** How many hazards of this place the school has. */
const found = (place) => recorded(browser, place)

/** A gateway before the server; while it is `down`, it answers in the server's place. */
async function gateway() {
  const { hostname: host, port } = new URL(serverUrl())
  const gate = { down: false }
  const server = createServer((asked, answer) => {
    if (gate.down) return answer.writeHead(502, { 'content-type': 'text/html' }).end('<h1>502 Bad Gateway</h1>')
    const onward = request({ host, port, path: asked.url, method: asked.method, headers: asked.headers }, (told) => told.pipe(answer.writeHead(told.statusCode, told.headers)))
    onward.on('error', () => answer.destroy())
    asked.pipe(onward)
  })
  await new Promise((listening) => server.listen(0, host, listening))
  gate.url = `http://${host}:${server.address().port}`
  gate.close = () => [server.closeAllConnections(), server.close()]
  return gate
}

test('what a gateway or a foreign network answers is no answer: it is kept, and sent once the server answers', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'principal', PIN)
  const html = { contentType: 'text/html', body: '<h1>Wi-Fi</h1>' }
  const json = (body) => ({ status: 200, contentType: 'application/json', body })
  const answers = [
    { status: 200, ...html }, { status: 302, headers: { location: '/login' } }, { status: 403, ...html }, { status: 404, ...html }, { status: 429, ...html },
    { status: 502, ...html }, json('{"code":0,"message":"ok"}'), json('null'), { ...json('{"message":"blocked"}'), status: 403 },
  ]
  let answer
  await page.route('**/hazards', (route) => (route.request().method() === 'POST' ? route.fulfill(answer) : route.continue()))
  for (const [at, one] of answers.entries()) {
    await go(page, '/hazards/new')
    answer = one
    await fill(page, `网关答复${at}号`)
    await press(page)
    await waiting(page, at + 1)
  }
  assert.equal(await page.locator('[data-entries] .ax-bad').count(), 0, 'nothing of it was refused')
  assert.equal(await found('网关答复'), 0)
  // Nor is anybody signed out by such an answer, and what waits is not thrown away for it.
  await page.route('**/logout', (route) => route.fulfill({ status: 302, headers: { location: '/login' } }))
  await go(page, '/')
  await page.waitForFunction(() => document.querySelector('form[data-leave]').dataset.confirm)
  await page.click('.ax-user')
  await page.click('form[data-leave] button')
  await Promise.all([page.waitForURL('**/unlock'), page.click('#ask button[value=yes]')])
  assert.deepEqual([(await held(page, 'entries')).length, (await held(page, 'persons')).length], [answers.length, 1])
  await page.unroute('**/logout')
  await page.unroute('**/hazards')
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await go(page, '/outbox')
  await waiting(page, 0)
  assert.equal(await found('网关答复'), answers.length)
  await phone.end()
})

test('what waits is not the browser’s to clear, and is on the disk before it is called kept', async () => {
  const phone = await telephone()
  const page = phone.page
  await phone.context.addInitScript(() => {
    const asked = (what) => localStorage.setItem('asked', `${localStorage.getItem('asked') ?? ''} ${what}`)
    navigator.storage.persist = async () => (asked('persist'), true)
    const { transaction } = IDBDatabase.prototype
    IDBDatabase.prototype.transaction = function (store, mode, how) {
      if (mode === 'readwrite' && store === 'entries') asked(how && how.durability)
      return transaction.call(this, store, mode, how)
    }
  })
  await enrol(page, 'school', PIN)
  assert.equal(await page.evaluate(() => localStorage.getItem('asked')), ' persist', 'with the enrolment')
  await kept(phone, '/hazards/new')
  await fill(page, '电池将尽之处')
  await press(page)
  await waiting(page, 1)
  assert.equal(await page.evaluate(() => localStorage.getItem('asked')), ' persist persist strict')
  await phone.end()
})

test('kept, gone back to and filled in anew it is another form; pressed once more it is the same', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'principal', PIN)
  await go(page, '/hazards/new')
  const id = await page.inputValue('form[data-keep] [name=request_id]')
  // The server does what it is sent, and its answer is lost on the way.
  await page.route('**/hazards', async (route) => {
    if (route.request().method() !== 'POST') return route.continue()
    await route.fetch({ maxRedirects: 0 }).catch(() => undefined)
    await route.abort().catch(() => undefined)
  })
  for (const [place, count] of [['一号楼梯口', 1], ['一号楼梯口', 1], ['二号楼梯口', 2]]) {
    // As a browser shows it that goes back: with the id that it came with.
    await go(page, '/hazards/new')
    await page.evaluate((id) => (document.querySelector('form[data-keep] [name=request_id]').value = id), id)
    await fill(page, place)
    await press(page)
    await waiting(page, count)
  }
  await page.unroute('**/hazards')
  await page.click('[data-send]')
  await waiting(page, 0)
  assert.deepEqual([await found('一号楼梯口'), await found('二号楼梯口')], [1, 1])
  await phone.end()
})

test('while a gateway answers for a server that is being started, the telephone goes on with what it keeps', async () => {
  const [direct, gate, phone] = [serverUrl(), await gateway(), await telephone()]
  try {
    process.env.ANXIAO_URL = gate.url
    const page = phone.page
    await enrol(page, 'school', PIN)
    gate.down = true
    await page.goto(`${gate.url}/hazards/new`)
    await page.waitForSelector('[data-as-of]')
    await fill(page, '服务器重启之时')
    await press(page)
    await waiting(page, 1)
    gate.down = false
    await page.click('[data-send]')
    await waiting(page, 0)
    assert.equal(await found('服务器重启之时'), 1)
  } finally {
    process.env.ANXIAO_URL = direct
    await phone.end()
    gate.close()
  }
})

test('whoever opens the telephone in one window has it in every other', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'guard', PIN)
  await phone.context.clearCookies({ name: 'sid' })
  await enrol(page, 'teacher', OTHER)
  const persons = await held(page, 'persons')
  const teacher = await page.getAttribute('html', 'data-person')
  const guard = persons.map((known) => known.account).find((account) => account !== teacher)
  await go(page, '/hazards/new')
  await fill(page, '两个窗口之间')
  const second = await phone.context.newPage()
  await go(second, '/unlock')
  await second.locator('[data-persons] button', { hasText: '保安' }).click()
  await typePin(second, PIN)
  await second.waitForFunction((guard) => document.documentElement.dataset.person === guard, guard)
  // The first window still shows what the teacher has filled in: nothing of it is done by whoever holds the telephone now.
  await page.click(SEND)
  await page.waitForFunction((guard) => document.documentElement.dataset.person === guard, guard)
  assert.deepEqual([(await held(page, 'entries')).length, await found('两个窗口之间')], [0, 0])
  checkCalm(page)
  await phone.end()
})

test('what another window has kept since is named before it goes with the sign-out', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'principal', PIN)
  await go(page, '/')
  const second = await phone.context.newPage()
  await phone.context.route('**/hazards', (route) => (route.request().method() === 'POST' ? route.abort() : route.continue()))
  await go(second, '/hazards/new')
  await fill(second, '另一个窗口')
  await press(second)
  await waiting(second, 1)
  await page.click('.ax-user')
  const asked = page.waitForEvent('dialog').then(async (dialog) => (await dialog.dismiss(), dialog.message()))
  await page.click('form[data-leave] button')
  assert.match(await asked, /1 份内容还没有发送/)
  assert.deepEqual([(await held(page, 'entries')).length, (await held(page, 'persons')).length], [1, 1])
  await phone.end()
})

test('a network that is lost while the day is being kept has it kept with the next page', async () => {
  const phone = await telephone()
  const page = phone.page
  await page.route('**/hazards/new', (route) => route.abort())
  await signIn(page, 'school', (await accounts()).school)
  await go(page, '/account/devices')
  for (const field of ['#pin', '#pin-again']) await page.fill(field, PIN)
  await Promise.all([page.waitForEvent('load'), page.click('[data-enrol-new]')])
  await page.waitForSelector('[data-show=enrolled]:not([hidden])')
  const paths = async () => (await held(page, 'pages')).map((kept) => kept.path)
  for (let turn = 0; turn < 100 && !(await paths()).includes('/'); turn += 1) await page.waitForTimeout(100)
  await page.waitForTimeout(500)
  assert.ok(!(await paths()).includes('/hazards/new'))
  await page.unroute('**/hazards/new')
  await go(page, '/')
  await ready(page)
  await phone.end()
})

test('a session that has ended asks the same person for the PIN, and keeps what waits', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'principal', PIN)
  await kept(phone, '/hazards/new')
  await fill(page, '换班以后')
  await press(page)
  await waiting(page, 1)
  await page.goto('about:blank')
  await phone.context.clearCookies({ name: 'sid' })
  await phone.network(true)
  await go(page, '/hazards')
  assert.match(page.url(), /\/login\?next=/)
  await page.waitForSelector('[data-pin-way]:not([hidden])')
  assert.deepEqual([(await held(page, 'entries')).length, await found('换班以后')], [1, 0], 'nobody has opened it')
  await Promise.all([page.waitForEvent('load'), page.click('[data-pin-way] a')])
  await page.click('[data-persons] button')
  await typePin(page, PIN)
  await page.waitForSelector('#nav', { state: 'attached' })
  assert.equal(new URL(page.url()).pathname, '/hazards', 'where he was going')
  for (let turn = 0; turn < 50 && (await held(page, 'entries')).length > 0; turn += 1) await page.waitForTimeout(100)
  assert.equal(await found('换班以后'), 1)
  await phone.end()
})

test('who is let in no more is told why, not led to an empty outbox', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'principal', PIN)
  const error = { code: 'device.disabled', message: '这个账号已经停用。' }
  await page.route('**/device/open', (route) => route.fulfill({ status: 403, contentType: 'application/json', body: JSON.stringify({ error }) }))
  await go(page, '/unlock')
  await page.click('[data-persons] button')
  await typePin(page, PIN, false)
  await page.waitForFunction((message) => document.querySelector('[data-view=pin] [data-wrong]:not([hidden])')?.textContent.includes(message), error.message)
  assert.deepEqual(await held(page, 'opened'), [], 'and it is shut')
  await phone.end()
})

test('a telephone that is full sends what waits on it', async () => {
  const phone = await telephone()
  const page = phone.page
  await enrol(page, 'school', PIN)
  await kept(phone, '/hazards/new')
  await fill(page, '存储已满之时')
  await press(page)
  await waiting(page, 1)
  await page.goto('about:blank')
  await phone.context.addInitScript(() => {
    const { put } = IDBObjectStore.prototype
    IDBObjectStore.prototype.put = function (...what) {
      if (this.name === 'opened') throw new DOMException('full', 'QuotaExceededError')
      return put.apply(this, what)
    }
    // A minute later than it was last used.
    const { now } = Date
    Date.now = () => now() + 60_000
  })
  await phone.network(true)
  await go(page, '/')
  for (let turn = 0; turn < 50 && (await held(page, 'entries')).length > 0; turn += 1) await page.waitForTimeout(100)
  assert.deepEqual([(await held(page, 'entries')).length, await found('存储已满之时')], [0, 1])
  await phone.end()
})
