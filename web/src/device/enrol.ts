// Enrolling the telephone in one's hand, setting a new PIN, and leaving it.
import { ours } from './answer'
import { Person, able, entries, lasting, person, wipe } from './db'
import { PATIENCE } from './outbox'
import { enrol, Enrolled, fault, newPair, renewPin, shut } from './keys'

/** The part of the page of one's telephones that only a script can do. */
export function enrolling(persons: Person[]): void {
  const part = document.querySelector<HTMLElement>('[data-enrol]')
  const account = document.documentElement.dataset.person
  if (!part || !account) return
  part.hidden = false
  const show = (name: string): void => part.querySelectorAll<HTMLElement>(`[data-show="${name}"]`).forEach((piece) => (piece.hidden = false))
  if (!able()) return show('unable')
  const known = persons.find((one) => one.account === account)
  show(known ? 'enrolled' : 'first')
  show('new')
  const form = part.querySelector('form')
  if (!form) return
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    const value = (name: string): string => (form.elements.namedItem(name) as HTMLInputElement).value
    const key = fault(value('pin'), value('again'))
    if (key) return wrong(part, key)
    form.setAttribute('aria-busy', 'true')
    try {
      await (known ? again(known, value('csrf'), value('pin')) : fresh(part.dataset.request || '', value('csrf'), value('pin')))
      location.assign('/account/devices')
    } catch (error) {
      form.removeAttribute('aria-busy')
      // Shut out meanwhile: what is here belongs to a telephone that counts no more.
      if (known && error instanceof Told && error.status === 404) return anew(part, known)
      wrong(part, 'failed', error instanceof Told ? error.message : '')
    }
  })
}

/** Offers to empty the telephone for its person, after which it can be enrolled like any other; what was not sent is named first. */
function anew(part: HTMLElement, known: Person): void {
  wrong(part, 'shut_out')
  const button = part.querySelector<HTMLButtonElement>('[data-anew]')
  if (!button) return
  button.hidden = false
  button.onclick = async () => {
    const count = (await entries(known.account)).length
    const question = part.querySelector('[data-say=anew_ask]')
    if (count > 0 && !window.confirm(((question && question.textContent) || '').replace('{n}', String(count)))) return
    await wipe(known.account)
    location.reload()
  }
}

/** What the server has said about it. */
class Told extends Error {
  constructor(
    readonly status: number,
    said: string,
  ) {
    super(said)
    // Compiled for browsers without classes of their own kind of error, it would be one of no kind.
    Object.setPrototypeOf(this, Told.prototype)
  }
}

function wrong(part: HTMLElement, key: string, own = ''): void {
  const note = part.querySelector<HTMLElement>('[data-wrong]')
  const line = note && note.querySelector('p')
  const text = part.querySelector(`[data-say="${key}"]`)
  if (!note || !line) return
  line.textContent = own || (text && text.textContent) || ''
  note.hidden = false
  note.focus()
}

async function ask<T>(path: string, fields: Record<string, string>): Promise<T> {
  const answer = await fetch(path, { method: 'POST', body: new URLSearchParams(fields) })
  const told = (await answer.json()) as T & { error?: { message: string } }
  if (!answer.ok) throw new Told(answer.status, (told.error && told.error.message) || '')
  return told
}

let made: { pair: CryptoKeyPair; point: string } | undefined

/** Pressed again after an answer that was lost, it shows the same key: the server does nothing twice under one id. */
async function fresh(request: string, csrf: string, pin: string): Promise<void> {
  lasting()
  made = made || (await newPair())
  await enrol(await ask<Enrolled>('/account/devices', { csrf, request_id: request, key: made.point }), made.pair, pin)
}

async function again(known: Person, csrf: string, pin: string): Promise<void> {
  const told = await ask<{ share: string }>('/account/devices/share', { csrf, id: known.device })
  await renewPin(known.account, told.share, pin)
}

/** Signing out on an enrolled telephone: what was not sent is named first, then this person's store is emptied. */
export async function leaving(): Promise<void> {
  const form = document.querySelector<HTMLFormElement>('form[data-leave]')
  const account = document.documentElement.dataset.person
  const known = account ? await person(account) : undefined
  if (!form || !account || !known) return
  const count = (await entries(account)).length
  const question = (count: number): string => (form.dataset.leave || '').replace('{n}', String(count))
  if (count > 0) form.dataset.confirm = question(count)
  else delete form.dataset.confirm
  if (form.dataset.ready) return
  form.dataset.ready = '1'
  const field = document.createElement('input')
  Object.assign(field, { type: 'hidden', name: 'device', value: known.device })
  form.append(field)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    // What another window has kept since was not named.
    const now = (await entries(account)).length
    if (now > 0 && form.dataset.confirm !== question(now) && !window.confirm(question(now))) return
    const heard = navigator.onLine === false ? null : await signedOut(form)
    // Where nobody could be signed out on the server, the telephone is shut, and nothing of it is lost.
    if (heard === null) {
      await shut()
      return location.assign('/unlock')
    }
    // What the server refuses it says on a page of its own.
    if (!heard) return form.submit()
    await wipe(account)
    location.assign('/login')
  })
}

/** Whether the server has ended the session; `null` where nobody answers. */
async function signedOut(form: HTMLFormElement): Promise<boolean | null> {
  const pairs: [string, string][] = []
  new FormData(form).forEach((value, key) => typeof value === 'string' && pairs.push([key, value]))
  const stop = new AbortController()
  const clock = setTimeout(() => stop.abort(), PATIENCE)
  try {
    const answer = await fetch(form.action, { method: 'POST', body: new URLSearchParams(pairs), headers: { 'x-keep': '1' }, redirect: 'manual', signal: stop.signal })
    const told = await ours(answer)
    // Of a session that has ended, as of one that had ended before, it says the same.
    return told && (told.done === true || (!!told.error && told.error.code === 'device.ended'))
  } catch (_) {
    return null
  } finally {
    clearTimeout(clock)
  }
}
