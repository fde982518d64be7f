// Messages and escalation: what climbed, its paper, what became of messages, and one's own channels; on a desk and on a phone.
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
  await shot(page, name)
  await switchTheme(page)
  await checkAccess(page, `${name} in the other theme`)
  await shot(page, `${name}-dark`)
  await switchTheme(page)
}

for (const width of ['desk', 'phone']) {
  test(`what climbed, its ladder and its paper (${width})`, async () => {
    const page = await reader(browser, 'bureau', { width })
    await go(page, '/climbs?state=climbing')
    await checkPage(page, `climbs-${width}`)
    await send(page, 'tbody a.ax-row-link')
    await checkPage(page, `climb-${width}`)
    if (width === 'desk') await picture(page, 'climb')
    // The case shows its ladder.
    const here = new URL(page.url()).pathname
    await send(page, 'main a[href^="/hazards/"]')
    assert.ok(await page.locator(`main a[href="${here}"]`).count(), 'the hazard leads to its ladder')
    await checkWidth(page, 'a hazard that climbs')
    const paper = await page.request.get(`${new URL(page.url()).origin}/climbs?state=climbing&paper=listing`)
    assert.equal(paper.status(), 200)
    await go(page, '/climbs?paper=listing,interview,circular,supervision')
    await send(page, 'tbody a.ax-row-link')
    await go(page, `${new URL(page.url()).pathname}/paper`)
    await checkPage(page, `climb-paper-${width}`)
    checkCalm(page)
    await page.context().close()
  })

  test(`messages, dead letters and my channels (${width})`, async () => {
    const page = await reader(browser, 'bureau', { width })
    await go(page, '/messages')
    await checkPage(page, `messages-${width}`)
    if (width === 'desk') await picture(page, 'messages')
    await send(page, 'tbody a.ax-row-link')
    await checkPage(page, `message-${width}`)
    await go(page, '/messages/dead')
    await checkPage(page, `messages-dead-${width}`)
    await go(page, '/account/sessions')
    await send(page, 'main a[href="/account/channels"]')
    // The sample county sends no letters: what it has not connected is said in one line, and not asked.
    assert.match(await text(page, 'main'), /邮件、短信、企业微信、钉钉：本县尚未接通。/)
    assert.equal(await page.$('input[name=used_mail]'), null)
    await page.fill('input[name=from]', '25:30')
    await send(page, 'main button[type=submit]')
    assert.match(await text(page, 'main'), /时间请按 21:30 的格式填写/)
    await checkPage(page, `channels-${width}`)
    await page.fill('input[name=from]', '21:30')
    await page.fill('input[name=until]', '06:30')
    await send(page, 'main button[type=submit]')
    assert.equal(await page.inputValue('input[name=from]'), '21:30')
    if (width === 'desk') await picture(page, 'channels')
    checkCalm(page)
    await page.context().close()
  })
}
