// Forms with data-keep. On a telephone that is open for its person they are sent by the script: what gets no answer is kept instead of
// being lost. Without enrolment, without a script, and in web views that cannot keep anything, they are sent as forms always are.
import { keptInstead } from '../again'
import { pressed } from '../dom'
import { ours } from './answer'
import { Opened, entries } from './db'
import { beside, contentOf, flush, keep, MOST } from './outbox'
import { newId, session } from './keys'
import { kept } from './pages'

const PATIENCE = 20000

/** `who` has opened the telephone, as far as this window knows; `still`: and has it, whatever was done in others. */
export function keepForms(who: () => Opened | null, still: () => Promise<boolean>): void {
  document.addEventListener('submit', (event) => {
    const form = event.target as HTMLFormElement
    if (event.defaultPrevented || !form.matches('form[data-keep]')) return
    const by = who()
    if (by) {
      event.preventDefault()
      if (form.getAttribute('aria-busy') !== 'true') send(form, pressed(event), by, still)
    } else if (navigator.onLine === false) {
      event.preventDefault()
      unsent('network')
    }
  })
  // Come back to by the browser's own button, a form that was sent is one that can be pressed again.
  window.addEventListener('pageshow', (event) => {
    if (event.persisted) document.querySelectorAll('form[aria-busy]').forEach((form) => form.removeAttribute('aria-busy'))
  })
}

/** Without the worker of its own (in the browsers of chat programs) a telephone shows no page of ours where there is no network. */
const stranded = (): boolean => !(navigator.serviceWorker && navigator.serviceWorker.controller)

/** Says on the page itself why nothing was sent; it still holds what was typed. */
function unsent(why: 'network' | 'room' | 'kept'): void {
  const note = document.querySelector<HTMLElement>('[data-unsent]')
  if (!note) return
  note.querySelectorAll<HTMLElement>('[data-why]').forEach((line) => (line.hidden = line.dataset.why !== why))
  note.hidden = false
  note.scrollIntoView({ block: 'center' })
  note.focus({ preventScroll: true })
}

/** Every form of a page that was kept gets an id of its own: the one that it was kept with may have been used. */
export function freshIds(root: ParentNode): void {
  root.querySelectorAll<HTMLInputElement>('form[data-keep] input[name=request_id]').forEach((field) => (field.value = newId()))
}

async function send(form: HTMLFormElement, button: HTMLElement | null, by: Opened, still: () => Promise<boolean>): Promise<void> {
  form.setAttribute('aria-busy', 'true')
  // Nothing is done in the name of somebody who has put the telephone down in another window.
  if (!(await still().catch(() => true))) return form.removeAttribute('aria-busy')
  const field = form.querySelector<HTMLInputElement>('input[name=request_id]')
  let request = (field && field.value) || newId()
  // A page that was kept has the token of a session that may be over, or another person's: its forms go by the telephone's own proof.
  const was = document.querySelector('[data-as-of]') !== null
  const answer = was ? { ended: true } : navigator.onLine === false ? null : await posted(form, button)
  if (answer && answer.href !== undefined) return location.assign(answer.href || location.href)
  // The server has something to say about it: it says so on its own page, beside what was typed.
  if (answer && !answer.ended) return natively(form, button)
  try {
    let content = await contentOf(form, button, request)
    const stands = await beside(by, content, request)
    if (stands === 'another') content = await contentOf(form, button, (request = newId()))
    if (content.body.byteLength > MOST) throw new Error('too large')
    if (stands !== 'same') await keep(by, content, request, form.dataset.keepLabel || document.title.split(' · ')[0])
    keptInstead()
  } catch (_) {
    form.removeAttribute('aria-busy')
    return unsent('room')
  }
  if (answer && answer.ended) {
    const href = await arrived(by, request)
    if (href) return location.assign(href)
  } else if (stranded()) {
    // Pressed once more it is the same form, which waits already.
    form.removeAttribute('aria-busy')
    document.dispatchEvent(new Event('ax:kept'))
    return unsent('kept')
  }
  location.assign((await onward(form, by, request)) || '/outbox')
}

/** Where the work goes on without a network, if that page is there; what has another reason to wait is told by the outbox. */
async function onward(form: HTMLFormElement, by: Opened, request: string): Promise<string | undefined> {
  const next = form.dataset.keepNext
  const waits = (await entries(by.account)).some((entry) => entry.request === request && entry.state === 'waiting' && !entry.why)
  return next && waits && (await kept(by, next).catch(() => null)) ? next : undefined
}

/** Where a form stands that went by the telephone's own proof, for whoever has a session again to see it; else the outbox says that it waits. */
async function arrived(by: Opened, request: string): Promise<string | undefined> {
  const mine = (await flush(by)).find((one) => one.request === request)
  const again = mine && mine.href && (await session(by).catch(() => undefined)) === null
  return again ? mine.href : undefined
}

type Answer = { href?: string; ended?: boolean }

/** Sends with the session. `null` where there is no network, or nobody answers. */
async function posted(form: HTMLFormElement, button: HTMLElement | null): Promise<Answer | null> {
  const data = new FormData(form)
  const name = button && button.getAttribute('name')
  if (name) data.append(name, button.getAttribute('value') || '')
  const files = form.enctype === 'multipart/form-data'
  const pairs: [string, string][] = []
  data.forEach((value, key) => typeof value === 'string' && pairs.push([key, value]))
  const stop = new AbortController()
  const clock = setTimeout(() => stop.abort(), PATIENCE)
  try {
    const action = (button && button.getAttribute('formaction')) || form.action
    const answer = await fetch(action, { method: 'POST', body: files ? data : new URLSearchParams(pairs), headers: { 'x-keep': '1' }, redirect: 'manual', signal: stop.signal })
    const told = answer.status >= 500 || answer.status === 429 || answer.status === 408 ? null : await ours(answer)
    if (!told) return null
    // No session, or no longer the one of this page.
    if (answer.status === 401 || answer.status === 403) return { ended: true }
    return told.done ? { href: told.href || '' } : {}
  } catch (_) {
    return null
  } finally {
    clearTimeout(clock)
  }
}

function natively(form: HTMLFormElement, button: HTMLElement | null): void {
  const name = button && button.getAttribute('name')
  if (name) {
    const field = document.createElement('input')
    Object.assign(field, { type: 'hidden', name, value: button.getAttribute('value') || '' })
    form.append(field)
  }
  if (button && button.hasAttribute('formaction')) form.action = button.getAttribute('formaction') as string
  form.submit()
}
