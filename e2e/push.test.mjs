// Browser push: offered on one's channels, asked for by a touch alone, said plainly where it cannot arrive; and what the worker shows when it is woken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, picture, reader, send, serverUrl, shot, startBrowser, switchTheme, text } from './lib.mjs'

const TURN_ON = '[data-push] button[type=submit]'

let browser
before(async () => {
  browser = await startBrowser({ whole: true })
})
after(() => browser.close())

/** A browser somewhere else subscribes: an address of the only service that is known here, which is none. */
async function elsewhere(page) {
  const csrf = await page.inputValue('[data-push] input[name=csrf]')
  const point = Buffer.alloc(65, 4).toString('base64url')
  const form = { csrf, endpoint: `https://push.invalid/${Math.random()}`, public: point, auth: Buffer.alloc(16, 7).toString('base64url') }
  const answer = await page.request.post(`${serverUrl()}/account/push`, { form })
  assert.equal(answer.status(), 200)
}

for (const width of ['desk', 'phone']) {
  test(`it is offered, and turned off for a device (${width})`, async () => {
    const page = await reader(browser, 'school', { width })
    await go(page, '/account/channels')
    assert.ok(await page.isVisible(TURN_ON))
    assert.match(await text(page, '#push-heading ~ .ax-note'), /没有谷歌服务.*收不到/)
    await elsewhere(page)
    await go(page, '/account/channels')
    await page.locator('#push-heading').scrollIntoViewIfNeeded()
    await checkAccess(page)
    await checkWidth(page)
    await shot(page, `push-${width}`)
    if (width === 'desk') await picture(page, 'push')
    await switchTheme(page)
    await checkAccess(page)
    await shot(page, `push-${width}-dark`)
    await send(page, '[data-push-known] button[type=submit]')
    assert.match(await text(page, '#push-heading ~ .ax-quiet'), /还没有设备/)
    checkCalm(page)
    await page.context().close()
  })
}

test('nobody is asked before he touches, and a browser that forbids it says so', async () => {
  const page = await reader(browser, 'principal', { width: 'phone' })
  await go(page, '/account/channels')
  await page.click(TURN_ON)
  await page.waitForSelector('[data-push-say=denied]:not([hidden])')
  assert.match(await text(page, '[data-push-say=denied]'), /禁止/)
  await checkAccess(page)
  checkCalm(page)
  await page.context().close()
})

test('a browser that cannot reach its service says so; woken, the worker shows one sentence for one message', async () => {
  const page = await reader(browser, 'principal', { width: 'phone' })
  await page.context().grantPermissions(['notifications'], { origin: serverUrl() })
  await go(page, '/account/channels')
  await page.click(TURN_ON)
  await page.waitForSelector('[data-push-say=failed]:not([hidden])')
  assert.match(await text(page, '[data-push-say=failed]'), /连不上/)
  await checkAccess(page)
  const worker = await page.context().newCDPSession(page)
  const registered = new Promise((resolve) => worker.on('ServiceWorker.workerRegistrationUpdated', ({ registrations }) => registrations[0] && resolve(registrations[0].registrationId)))
  await worker.send('ServiceWorker.enable')
  const registrationId = await registered
  const wake = (said) => worker.send('ServiceWorker.deliverPushMessage', { origin: serverUrl(), registrationId, data: typeof said === 'string' ? said : JSON.stringify(said) })
  // The list is read only when the sign stands: Chromium forgets a sign that is not shown yet while somebody asks for the list.
  const [inside] = page.context().serviceWorkers()
  await inside.evaluate(() => {
    const show = self.registration.showNotification.bind(self.registration)
    self.shown = 0
    self.registration.showNotification = (...sign) => show(...sign).then(() => void self.shown++)
  })
  const signs = async (count) => {
    for (let at = 0; at < 400 && (await inside.evaluate(() => self.shown)) < count; at++) await page.waitForTimeout(50)
    return page.evaluate(async () => {
      const known = await navigator.serviceWorker.ready
      return (await known.getNotifications()).map(({ title, body, tag, data }) => ({ title, body, tag, data }))
    })
  }
  const message = { title: '道县', body: '升级到您：…，责任人尚未办结', path: '/climbs', tag: 'one', urgent: false }
  await wake(message)
  await wake(message)
  assert.deepEqual(await signs(2), [{ title: '道县', body: message.body, tag: 'one', data: '/climbs' }], 'the same message is one sign')
  await wake({ ...message, tag: 'two', path: 'https://elsewhere.example/' })
  assert.equal((await signs(3)).length, 2)
  await wake('not for us')
  assert.equal((await signs(4)).filter(({ title }) => title === '安校').length, 1, 'what cannot be read is a sign that something is there')
  // A private window has no push service, and Chromium says so in its console: it is what was to be seen here.
  assert.deepEqual(page.complaints.filter((said) => !/Push API in incognito mode/.test(said)), [])
  await page.context().close()
})
