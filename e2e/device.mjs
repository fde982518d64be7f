// A telephone in a journey: a profile that outlives its browser, enrolment, the network going and coming, and what a task costs in taps and seconds.
import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium } from 'playwright-core'
import { accounts, browserPath, go, reader, serverUrl, signIn, widths } from './lib.mjs'

const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking', '--disable-component-update', '--disable-sync', '--no-first-run', '--lang=zh-CN']
// A microphone that hums, and nobody to ask whether it may be heard.
const microphone = ['--use-fake-device-for-media-stream', '--use-fake-ui-for-media-stream']

const open = new Set()

/** Takes out of a browser what those of 2020 lack, as far as it can be taken out. */
export function of2020() {
  for (const kind of [Element, Document, DocumentFragment]) delete kind.prototype.replaceChildren
  delete SubmitEvent.prototype.submitter
  delete String.prototype.replaceAll
  delete Array.prototype.at
  delete window.structuredClone
  const { supports } = CSS
  CSS.supports = (...asked) => !String(asked[0]).includes(':has') && supports.apply(CSS, asked)
}

/** Puts every telephone away that a failed journey left switched on. */
export const putAway = () => Promise.all([...open].map((phone) => phone.end()))

/** A telephone of its own: `page` in a browser whose profile survives `restart()`; `end()` throws it away. `old`: its browser is of 2020. */
export async function telephone({ locale = 'zh-CN', old = false } = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'anxiao-phone-'))
  const phone = { context: null, page: null }
  phone.start = async () => {
    phone.context = await chromium.launchPersistentContext(folder, {
      executablePath: browserPath(),
      env: { ...process.env, LANGUAGE: 'zh_CN' }, args: [...args, ...microphone],
      viewport: widths.phone, isMobile: true, hasTouch: true, locale, reducedMotion: 'reduce', colorScheme: 'light',
    })
    if (old) await phone.context.addInitScript(of2020)
    phone.page = phone.context.pages()[0] ?? (await phone.context.newPage())
    phone.page.complaints = []
    phone.page.on('pageerror', (error) => phone.page.complaints.push(String(error)))
    phone.page.on('console', (message) => {
      if (message.type() === 'error' && !/status of (4\d\d)|ERR_INTERNET_DISCONNECTED/.test(message.text())) phone.page.complaints.push(message.text())
    })
    return phone.page
  }
  phone.restart = async ({ network = true } = {}) => {
    await phone.context.close()
    await phone.start()
    await phone.context.setOffline(!network)
    return phone.page
  }
  phone.network = (on) => phone.context.setOffline(!on)
  open.add(phone)
  phone.end = async () => {
    open.delete(phone)
    await phone.context.close()
    await rm(folder, { recursive: true, force: true })
  }
  await phone.start()
  return phone
}

/** Everything in one store of what the telephone holds. */
export function held(page, store) {
  return page.evaluate(
    (name) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open('anxiao')
        opening.onerror = () => reject(opening.error)
        opening.onsuccess = () => {
          const asked = opening.result.transaction(name).objectStore(name).getAll()
          asked.onsuccess = () => {
            opening.result.close()
            resolve(asked.result.map((value) => JSON.parse(JSON.stringify(value))))
          }
        }
      }),
    store,
  )
}

/** Signs in on a telephone, enrols it with this PIN, and waits until it could do without a network. */
export async function enrol(page, login, pin) {
  await signIn(page, login, (await accounts())[login])
  await go(page, '/account/devices')
  await page.fill('#pin', pin)
  await page.fill('#pin-again', pin)
  await Promise.all([page.waitForEvent('load'), page.click('[data-enrol-new]')])
  await page.waitForSelector('[data-show=enrolled]:not([hidden])')
  await ready(page)
}

/** Waits until the worker keeps the shell and the day's pages are on the telephone: those that the server names, and so many that match `also`. */
export async function ready(page, also = /./, many = 1) {
  await page.evaluate(() => navigator.serviceWorker.ready)
  const person = await page.getAttribute('html', 'data-person')
  const { pages: named } = await page.evaluate(async () => (await fetch('/device/day')).json())
  for (let turn = 0; turn < 150; turn += 1) {
    const paths = (await held(page, 'pages')).filter((kept) => kept.account === person).map((kept) => kept.path)
    const there = named.every((path) => paths.includes(path)) && paths.filter((path) => also.test(path)).length >= many
    if (there && (await page.evaluate(() => !!navigator.serviceWorker.controller))) return
    await page.waitForTimeout(100)
  }
  assert.fail('the day was not kept')
}

/** Types the PIN where the telephone asks for it; `load`: it is right, and a page follows. */
export async function typePin(page, pin, load = true) {
  await page.waitForSelector('[data-view=pin]:not([hidden])')
  if (load) await Promise.all([page.waitForEvent('load'), page.fill('[data-view=pin] #pin', pin)])
  else await page.fill('[data-view=pin] #pin', pin)
}

/** Opens a page that the telephone kept, without a network. */
export async function kept(phone, path) {
  await phone.network(false)
  await phone.page.goto(serverUrl() + path)
  await phone.page.waitForSelector('[data-as-of]').catch(async (error) => {
    throw new Error(`${error.message}; the telephone shows ${await shown(phone.page)}`)
  })
}

/** What a telephone shows in the place of a page, for whoever reads why a journey failed. */
const shown = (page) =>
  page.evaluate(() => {
    const parts = Array.from(document.querySelectorAll('[data-view]:not([hidden])'), (part) => part.dataset.view)
    return JSON.stringify({ path: location.pathname, title: document.title, person: document.documentElement.dataset.person, parts, online: navigator.onLine })
  })

/** Waits until so many entries wait in the outbox that is shown; one that has not read yet what waits says nothing at all. */
export async function waiting(page, count) {
  await page.waitForFunction((n) => {
    const shown = !document.querySelector('[data-view=outbox]').hidden
    const said = n > 0 || !document.querySelector('[data-empty]').hidden
    return shown && said && document.querySelectorAll('[data-entries] > li').length === n
  }, count)
}

/**
 * Counts what a task costs: `tap` is one touch, `type` one field filled in, and the clock runs from the first call to the last. `within` fails
 * beyond the budget and says what it was.
 */
export function budget(page) {
  const cost = { taps: 0, fields: 0, begun: Date.now() }
  cost.tap = async (selector) => {
    cost.taps += 1
    await page.locator(selector).first().click()
  }
  /** A tap that leads to another page. */
  cost.go = async (selector) => {
    await Promise.all([page.waitForEvent('load'), cost.tap(selector)])
  }
  cost.type = async (selector, text) => {
    cost.fields += 1
    await page.fill(selector, text)
  }
  cost.seconds = () => (Date.now() - cost.begun) / 1000
  cost.within = ({ taps, seconds, fields = 0 }) => {
    const spent = { taps: cost.taps, fields: cost.fields, seconds: cost.seconds() }
    assert.ok(spent.taps <= taps && spent.seconds <= seconds && spent.fields <= fields, `${JSON.stringify(spent)}, allowed are ${JSON.stringify({ taps, fields, seconds })}`)
    return spent
  }
  return cost
}

export { serverUrl }

/** What sends the form of a page. */
export const SEND = 'form[data-keep] .ax-form-end button[type=submit]'

/** Fills in a hazard; what the product knows already stands there. */
export async function fill(page, place, words = '灭火器压力不足') {
  await page.fill('input[name=place]', place)
  await page.fill('textarea[name=description]', words)
  await page.selectOption('select[name=category]', 'fire')
}

/** Sends the form of the page, which then leads elsewhere. */
export const press = (page) => Promise.all([page.waitForEvent('load'), page.click(SEND)])

/** How many hazards of this place the school has. */
export async function recorded(browser, place) {
  const page = await reader(browser, 'school')
  await go(page, `/hazards?q=${encodeURIComponent(place)}`)
  const rows = await page.$$eval('tbody tr', (rows, place) => rows.filter((row) => row.textContent.includes(place)).length, place)
  await page.context().close()
  return rows
}
