// The telephone in one's hand: whether there is a network, who has opened it, what waits, what is kept. Nothing of it is needed online.
import { Opened, Person, able, all, entries } from './db'
import { enrolling, leaving } from './enrol'
import { keepForms } from './forms'
import { endSession, isDown, opened, session, shut } from './keys'
import { flush } from './outbox'
import { refresh, renew } from './pages'
import { shell } from './shell'

const EVERY = 20000
let by: Opened | null = null
/** Whether somebody has touched the page since it was last asked for. */
let touched = false

/** The sign in the top line. A browser that says "online" may be wrong; one that says "offline" is right. */
function sign(): void {
  document.querySelectorAll<HTMLElement>('[data-no-network]').forEach((mark) => (mark.hidden = navigator.onLine !== false))
}

/** How much waits, of whoever is here: the number needs no key. */
async function count(): Promise<void> {
  const account = (by && by.account) || document.documentElement.dataset.person
  const waiting = account ? (await entries(account)).length : 0
  document.querySelectorAll<HTMLElement>('[data-outbox]').forEach((mark) => {
    mark.hidden = waiting === 0
    mark.textContent = (mark.dataset.said || '').replace('{n}', String(waiting))
  })
  await leaving()
}

/** Shut by the clock, or shut or opened by somebody else in another window: the page of whoever had opened it does not stay on a desk that others use. */
async function still(): Promise<boolean> {
  if (!by) return false
  const now = await opened((await all<Person>('persons')).length, document.visibilityState === 'visible' && touched)
  if (now && now.account === by.account) {
    touched = false
    return true
  }
  by = null
  if (now) location.reload()
  else location.assign(`/unlock?next=${encodeURIComponent(location.pathname + location.search)}`)
  return false
}

async function send(): Promise<void> {
  if (!(await still()) || !by || navigator.onLine === false) return
  const done = await flush(by)
  await count()
  document.dispatchEvent(new CustomEvent('ax:sent', { detail: done }))
}

/** The worker keeps the shell; it is asked for only where somebody is enrolled. A new look (language, theme, size) is a new shell. */
async function worker(): Promise<void> {
  if (!('serviceWorker' in navigator)) return
  try {
    await navigator.serviceWorker.register('/sw.js')
    const ready = await navigator.serviceWorker.ready
    const html = document.documentElement
    const look = [html.lang, html.getAttribute('data-bs-theme'), html.hasAttribute('data-large')].join()
    if (localStorage.getItem('look') !== look && ready.active) {
      ready.active.postMessage('shell')
      localStorage.setItem('look', look)
    }
  } catch (_) {
    // A browser that forbids it works online.
  }
}

/** The page belongs to somebody else than who has opened the telephone: the telephone's person is who acts on it. */
async function agree(): Promise<boolean> {
  const signedIn = document.documentElement.dataset.person
  if (!by || !signedIn || signedIn === by.account) return true
  try {
    if ((await session(by)) === null) location.reload()
    else await shut()
  } catch (_) {
    // No network: nothing of the other's page is sent from here, for the forms ask who has opened.
  }
  return false
}

/** Who uses the telephone is changed from every page: this, a name, the PIN. */
function users(): void {
  document.querySelectorAll<HTMLElement>('[data-change-user]').forEach((link) => (link.hidden = false))
}

/** Where a password is asked for. */
const atDoor = (): HTMLElement | null => document.querySelector<HTMLElement>('[data-pin-way]')

/** What a form waits for at most that asks for a password: a store that never answers shuts nobody out. */
const AT_MOST = 5000
let letIn = (): void => undefined

/**
 * Whoever comes with a password comes as himself: his form is sent when whoever had opened the telephone is shut out. It listens from the first moment;
 * a password that the browser fills in is sent sooner than the store answers, and the next page would then be the other person's.
 */
function first(door: Element): void {
  const part = door.closest('main')
  const form = part && part.querySelector<HTMLFormElement>('form[method=post]')
  if (!form) return
  const free = new Promise<void>((resolve) => {
    letIn = resolve
    setTimeout(resolve, AT_MOST)
  })
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    await free
    form.submit()
  })
}

async function start(persons: Person[]): Promise<void> {
  const signedIn = document.documentElement.dataset.person
  users()
  by = await opened(persons.length)
  const door = atDoor()
  if (door) {
    // The session has ended: the same person opens with the PIN.
    await shut()
    by = null
    door.hidden = false
    endSession().then(letIn)
  } else if (signedIn && !by && isDown()) {
    // Put down, and the server had not heard of it: nothing is done here before somebody has typed a PIN.
    await endSession()
    return location.replace(`/unlock?next=${encodeURIComponent(location.pathname + location.search)}`)
  }
  if (!(await agree())) {
    by = null
    return
  }
  await count()
  if (!signedIn || !by || signedIn !== by.account) return
  await send()
  const keeps = document.querySelector<HTMLElement>('[data-keeps]')
  if (navigator.onLine !== false) await refresh(by).then(() => keeps && by && renew(by, keeps.dataset.keeps as string)).catch(() => undefined)
}

export async function device(): Promise<void> {
  sign()
  window.addEventListener('online', sign)
  window.addEventListener('offline', sign)
  document.addEventListener('ax:kept', () => count())
  keepForms(() => (by && by.account === document.documentElement.dataset.person ? by : null), still)
  if (!able()) return enrolling([])
  const door = atDoor()
  if (door) first(door)
  try {
    const persons = await all<Person>('persons')
    enrolling(persons)
    if (persons.length === 0) letIn()
    if (document.querySelector('[data-shell]')) {
      document.addEventListener('ax:taken', () => {
        sign()
        users()
        count()
      })
      // The shell was kept without anybody: how large the last person's letters were, the telephone remembers.
      if ((localStorage.getItem('look') || '').endsWith('true')) document.documentElement.setAttribute('data-large', '')
      by = location.pathname === '/unlock' ? null : await opened(persons.length)
      await shell(() => count())
      await count()
      await send()
    } else if (persons.length > 0) {
      await start(persons)
    }
    if (persons.length > 0) {
      // First of all, so that a network that comes back meanwhile is not missed.
      window.addEventListener('online', send)
      for (const touch of ['pointerdown', 'touchstart', 'keydown']) document.addEventListener(touch, () => (touched = true), { passive: true })
      document.addEventListener('visibilitychange', () => document.visibilityState === 'visible' && send())
      // Come back to by the browser's own button, a page knows nothing of who has opened the telephone since.
      window.addEventListener('pageshow', (event) => event.persisted && send())
      setInterval(send, EVERY)
      await worker()
    }
  } catch (error) {
    // A store that cannot be opened (private window, full disk) is no store: everything goes on online.
    letIn()
    console.warn(error)
  }
}
