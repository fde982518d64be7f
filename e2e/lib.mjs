// What every journey needs: a browser, a signed-in page, a picture, an accessibility check.
import assert from 'node:assert/strict'
import { mkdir, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { chromium } from 'playwright-core'

const here = dirname(fileURLToPath(import.meta.url))
const axeSource = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8')

export const widths = { phone: { width: 390, height: 844 }, desk: { width: 1366, height: 900 } }
export const themes = ['light', 'dark']

/** The server under test; a missing one is a failure, never a skip. */
export function serverUrl() {
  const url = process.env.ANXIAO_URL
  assert.ok(url, 'ANXIAO_URL must name the running server')
  return url.replace(/\/$/, '')
}

/** The sample accounts: {"bureau": "password", ...}, as JSON text or as the path of a JSON file. */
export async function accounts() {
  const given = process.env.ANXIAO_ACCOUNTS
  assert.ok(given, 'ANXIAO_ACCOUNTS must hold the sample accounts as JSON, or name the file')
  return JSON.parse(given.trim().startsWith('{') ? given : await readFile(given, 'utf8'))
}

/** Chromium without anything that would call home. */
export function startBrowser() {
  return chromium.launch({
    executablePath: process.env.ANXIAO_CHROMIUM || process.env.CHROMIUM || '/usr/bin/chromium',
    args: ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--lang=zh-CN'],
  })
}

/**
 * A fresh page of one reader. Anything the page reports as wrong (a script error, a refused inline style or
 * script, a request to another host) is collected in `page.complaints` and must stay empty.
 */
export async function openPage(browser, { width = 'desk', theme = 'light', script = true, locale = 'zh-CN' } = {}) {
  const context = await browser.newContext({ viewport: widths[width], colorScheme: theme, javaScriptEnabled: script, locale, isMobile: width === 'phone', hasTouch: width === 'phone' })
  const page = await context.newPage()
  page.complaints = []
  page.on('pageerror', (error) => page.complaints.push(String(error)))
  page.on('console', (message) => {
    if (message.type() === 'error' && !/status of (4\d\d)/.test(message.text())) page.complaints.push(message.text())
  })
  return page
}

/** Signs in at /login as one of the sample accounts. */
export async function signIn(page, login, password) {
  await page.goto(`${serverUrl()}/login`)
  await page.fill('input[name=login]', login)
  await page.fill('input[name=password]', password)
  await page.click('main button[type=submit]')
  await page.waitForSelector('#nav', { state: 'attached' })
}

/** A picture of the whole page in shots/NAME.png. */
export async function shot(page, name) {
  await mkdir(join(here, 'shots'), { recursive: true })
  await page.screenshot({ path: join(here, 'shots', `${name}.png`), fullPage: true })
}

/** No violation of any rule that axe knows; no rule is switched off. The page's CSP does not bind the tester. */
export async function checkAccess(page, name = page.url()) {
  await page.evaluate(axeSource)
  const { violations } = await page.evaluate(() => window.axe.run(document, { resultTypes: ['violations'] }))
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n` + nodes.map((node) => `    ${node.target.join(' ')}  ${node.any.concat(node.all).map((check) => check.message).join('; ')}`).join('\n'))
  assert.equal(violations.length, 0, `${name}\n${told.join('\n')}`)
}

/** Nothing sticks out at the side: a page scrolls down, never sideways. */
export async function checkWidth(page, name = page.url()) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(over <= 0, `${name} is ${over} px wider than the window`)
}

/** Bytes over the network for one visit, as sent (compressed). */
export async function weigh(page, url) {
  let bytes = 0
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.loadingFinished', (event) => (bytes += event.encodedDataLength))
  await page.goto(url, { waitUntil: 'networkidle' })
  await session.detach()
  return bytes
}
