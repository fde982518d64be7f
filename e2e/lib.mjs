// What every journey needs: a browser, a signed-in page, a picture, an accessibility check.
import assert from 'node:assert/strict'
import { mkdir, readFile, stat } from 'node:fs/promises'
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

/** Chromium, whole or in its build without windows: the same engine, without push and its permissions. */
export function browserPath({ whole = false } = {}) {
  const { ANXIAO_CHROMIUM = '/usr/bin/chromium', ANXIAO_HEADLESS = ANXIAO_CHROMIUM } = process.env
  return whole ? ANXIAO_CHROMIUM : ANXIAO_HEADLESS
}

/** Chromium without anything that would call home. */
export function startBrowser(options) {
  return chromium.launch({
    executablePath: browserPath(options),
    env: { ...process.env, LANGUAGE: 'zh_CN' },
    // A page lives for a second: what a compiler would make of its scripts comes too late and costs a fifth of the time.
    args: ['--no-sandbox', '--disable-gpu', '--js-flags=--no-opt,--no-maglev', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--lang=zh-CN'],
  })
}

/**
 * A fresh page of one reader. Anything the page reports as wrong (a script error, a refused inline style or
 * script, a request to another host) is collected in `page.complaints` and must stay empty. Nothing moves, so that
 * no colour is measured on its way to another.
 */
export async function openPage(browser, { width = 'desk', theme = 'light', script = true, locale = 'zh-CN' } = {}) {
  const context = await browser.newContext({ viewport: widths[width], colorScheme: theme, reducedMotion: 'reduce', javaScriptEnabled: script, locale, isMobile: width === 'phone', hasTouch: width === 'phone' })
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

/** A page of `login`, signed in, in a context of its own: the form is sent as the page would send it, without being drawn. */
export async function reader(browser, login, options = {}) {
  const page = await openPage(browser, options)
  const { request } = page.context()
  const door = `${serverUrl()}/login`
  const csrf = (await (await request.get(door)).text()).match(/name="csrf" value="([^"]*)"/)[1]
  const answer = await request.post(door, { form: { csrf, next: '/', login, password: (await accounts())[login] }, maxRedirects: 0 })
  assert.equal(answer.status(), 303, login)
  await go(page, '/')
  return page
}

/** Goes to a path of the product; any answer but the expected one fails. */
export async function go(page, path, status = 200) {
  const answer = await page.goto(serverUrl() + path)
  assert.equal(answer.status(), status, path)
}

/** Presses what sends a form, and waits for the next page. */
export async function send(page, selector) {
  await Promise.all([page.waitForEvent('load'), page.click(selector)])
}

/** The addresses of the menu, in its order. */
export function menu(page) {
  return page.$$eval('#nav li a', (links) => links.map((link) => link.getAttribute('href')))
}

/** The text of the first element that fits. */
export async function text(page, selector) {
  return (await page.locator(selector).first().innerText()).trim()
}

/** Turns to the other theme, as a reader would. */
export async function switchTheme(page) {
  await page.click('[data-theme-switch]')
}

/** Nothing was refused by the policy and no script failed. */
export function checkCalm(page) {
  assert.deepEqual(page.complaints, [])
}

/**
 * Pictures are taken on demand (ANXIAO_SHOTS=1): what a test needs to know it asks the page, and Chromium beside other
 * work now and then refuses a picture without a reason.
 */
const shots = process.env.ANXIAO_SHOTS === '1'

/** A picture of the whole page in shots/NAME.png. */
export async function shot(page, name) {
  if (!shots) return
  await mkdir(join(here, 'shots'), { recursive: true })
  await page.screenshot({ path: join(here, 'shots', `${name}.png`), fullPage: true })
}

/** A picture of the guide: taken anew on demand; there, and small enough for its page, in any case. */
export async function picture(page, name) {
  const path = join(here, '..', 'docs', 'guide', `${name}.png`)
  if (shots) await page.screenshot({ path })
  const { size } = await stat(path)
  assert.ok(size <= 300_000, `${name}.png is ${size} bytes`)
}

/** What every page owes: no violation, nothing that sticks out, no complaint. */
export async function sound(page, name = page.url(), options = {}) {
  await checkAccess(page, name, options)
  await checkWidth(page, name)
  checkCalm(page)
}

/**
 * No violation of any rule that axe knows; no rule is switched off. The page's CSP does not bind the tester. Of a long table axe sees the first
 * rows, of a long choice the first options, of the menu a few entries beside the page's own: the others are made of the same parts, and cost it more than half of its time.
 * Nothing is missing before or after; `whole` shows it everything.
 */
export async function checkAccess(page, name = page.url(), { whole = false } = {}) {
  await page.evaluate(axeSource)
  const violations = await page.evaluate(async (whole) => {
    const away = []
    const hide = (element) => {
      if (element.contains(document.activeElement)) return
      const place = document.createComment('')
      element.replaceWith(place)
      away.push([place, element])
    }
    if (!whole) {
      document.querySelectorAll('tbody').forEach((body) => [...body.rows].slice(6).forEach(hide))
      document.querySelectorAll('select').forEach((select) => [...select.options].filter((option) => !option.selected).slice(4).forEach(hide))
      const others = [...document.querySelectorAll('#nav li')].filter((item) => !item.querySelector('[aria-current], li'))
      others.slice(4).forEach(hide)
    }
    try {
      return (await window.axe.run(document, { resultTypes: ['violations'] })).violations
    } finally {
      away.forEach(([place, element]) => place.replaceWith(element))
    }
  }, whole)
  const told = violations.map(({ id, help, nodes }) => `${id}: ${help}\n` + nodes.map((node) => `    ${node.target.join(' ')}  ${node.any.concat(node.all).map((check) => check.message).join('; ')}`).join('\n'))
  assert.equal(violations.length, 0, `${name}\n${told.join('\n')}`)
}

/** Nothing sticks out at the side: a page scrolls down, never sideways. */
export async function checkWidth(page, name = page.url()) {
  const over = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth)
  assert.ok(over <= 0, `${name} is ${over} px wider than the window`)
}

/** What a page says, read by the browser without being drawn: the text of the first element that fits each selector, and where it leads. */
export function said(page, path, selectors) {
  return page.evaluate(async ([path, selectors]) => {
    const answer = await fetch(path)
    if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
    const parsed = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const found = selectors.map((selector) => parsed.querySelector(selector))
    return found.map((element) => element && { text: element.textContent.trim(), href: element.getAttribute('href') })
  }, [path, selectors])
}

/** Every item, by several pages of one reader at a time: most of a visit is waiting. */
export async function byTurns(browser, login, options, items, visit) {
  const left = [...items]
  const walk = async () => {
    const page = await reader(browser, login, options)
    for (let item; (item = left.shift()); ) await visit(page, item)
    checkCalm(page)
    await page.context().close()
  }
  await Promise.all(Array.from({ length: 3 }, walk))
}

/** Bytes over the network for one visit, as sent (compressed), without the photographs of records. */
export async function weigh(page, url) {
  let bytes = 0
  const photographs = new Set()
  const session = await page.context().newCDPSession(page)
  await session.send('Network.enable')
  session.on('Network.requestWillBeSent', (event) => event.request.url.endsWith('/thumb') && photographs.add(event.requestId))
  session.on('Network.loadingFinished', (event) => (bytes += photographs.has(event.requestId) ? 0 : event.encodedDataLength))
  await page.goto(url, { waitUntil: 'networkidle' })
  await session.detach()
  return bytes
}
