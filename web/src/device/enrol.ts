// Enrolling the telephone in one's hand, setting a new PIN, and leaving it.
import { Person, able, entries, person, wipe } from './db'
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
  if (known) show('enrolled')
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
      wrong(part, 'failed', String((error as Error).message || ''))
    }
  })
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
  if (!answer.ok) throw new Error((told.error && told.error.message) || '')
  return told
}

async function fresh(request: string, csrf: string, pin: string): Promise<void> {
  const made = await newPair()
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
  if (count > 0) form.dataset.confirm = (form.dataset.leave || '').replace('{n}', String(count))
  else delete form.dataset.confirm
  if (form.dataset.ready) return
  form.dataset.ready = '1'
  const field = document.createElement('input')
  Object.assign(field, { type: 'hidden', name: 'device', value: known.device })
  form.append(field)
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    // Without a network nobody can be signed out on the server: the telephone is shut, and nothing of it is lost.
    if (navigator.onLine === false) {
      await shut()
      return location.assign('/unlock')
    }
    await wipe(account)
    form.submit()
  })
}
