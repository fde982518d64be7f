// The outbox: forms that could not be sent, kept under their writer's key, sent in order, each exactly once. A kept form has an id of its own
// making; the server does nothing twice under one id, so sending again is always safe.
import { Told, ours } from './answer'
import { Entry, Opened, drop, entries, get, lasting, person, put } from './db'
import { hex, seal, sign, unseal } from './keys'

/** Most of one kept form, as the server takes it. */
export const MOST = 12 * 1024 * 1024
/** No answer after so long is no network; what is large has longer, by the thousand bytes. */
export const PATIENCE = 30000
const PER_KB = 40
/** How often an entry that the server cannot take holds up the others; from then on its writer may delete it, too. */
export const TRIES = 3

export type Field = { name: string; value: string }
/** `said`: what was filled in, in the words of its page. */
type Head = { path: string; media: string; fields: Field[]; files: number; said: string[] }
export type Content = Head & { body: ArrayBuffer }

const utf8 = new TextEncoder()
const bound = (entry: { account: string; request: string }): string => `${entry.account}|${entry.request}`

/** Header and body in one, so that they are sealed together. */
function packed(content: Content): Uint8Array<ArrayBuffer> {
  const head: Head = { path: content.path, media: content.media, fields: content.fields, files: content.files, said: content.said }
  const text = utf8.encode(JSON.stringify(head))
  const all = new Uint8Array(4 + text.length + content.body.byteLength)
  new DataView(all.buffer).setUint32(0, text.length)
  all.set(text, 4)
  all.set(new Uint8Array(content.body), 4 + text.length)
  return all
}

function unpacked(data: ArrayBuffer): Content {
  const length = new DataView(data).getUint32(0)
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(data, 4, length))) as Head
  return { ...head, said: head.said || [], body: data.slice(4 + length) }
}

const words = (of: Element): string => {
  const copy = of.cloneNode(true) as Element
  copy.querySelectorAll('.visually-hidden, svg').forEach((part) => part.remove())
  return (copy.textContent || '').replace(/\s+/g, ' ').trim()
}
const seen = (of: Element | null): boolean => !!of && of.getClientRects().length > 0

/** What somebody filled in as he saw it: names and words, never the codes that are sent for them. */
function described(form: HTMLFormElement, button: HTMLElement | null): string[] {
  const said: string[] = []
  Array.from(form.elements).forEach((element) => {
    const field = element as HTMLInputElement
    const label = field.labels ? field.labels[0] : null
    if (!field.name || field.disabled || /^(hidden|file|password|submit|button)$/.test(field.type)) return
    if (field.type === 'checkbox' || field.type === 'radio') {
      if (field.checked && label && seen(label)) said.push(words(label))
      return
    }
    const chosen = element instanceof HTMLSelectElement ? Array.from(element.selectedOptions, words).join('、') : field.value.trim()
    if (field.value && seen(field)) said.push(label ? `${words(label)}：${chosen}` : chosen)
  })
  const pressed = button && words(button)
  return said.length === 0 && pressed ? [pressed] : said
}

/** The bytes of a form as a browser would send them. Its session's token stays behind: the proof stands for it. */
export async function contentOf(form: HTMLFormElement, button: HTMLElement | null, request: string): Promise<Content> {
  const data = new FormData(form)
  const name = button && button.getAttribute('name')
  if (name) data.append(name, button.getAttribute('value') || '')
  data.delete('csrf')
  data.set('request_id', request)
  const fields: Field[] = []
  let files = 0
  data.forEach((value, key) => {
    if (typeof value === 'string') fields.push({ name: key, value })
    else if (value.size > 0) files += 1
  })
  const action = (button && button.getAttribute('formaction')) || form.getAttribute('action') || location.pathname
  const path = new URL(action, location.href)
  const answer = form.enctype === 'multipart/form-data' ? new Response(data) : new Response(new URLSearchParams(fields.map((field) => [field.name, field.value])))
  const media = answer.headers.get('content-type') || 'application/x-www-form-urlencoded;charset=UTF-8'
  return { path: path.pathname + path.search, media, fields, said: described(form, button), body: await answer.arrayBuffer(), files }
}

/**
 * How a form stands to what waits under its id already. Gone back to and pressed again it is the `same`, and waits already; with something else in it, it is
 * `another`, for the server does nothing twice under one id.
 */
export async function beside(by: Opened, content: Content, request: string): Promise<'alone' | 'same' | 'another'> {
  const waiting = (await entries(by.account)).filter((entry) => entry.request === request)
  const held = await Promise.all(waiting.map((entry) => read(by, entry)))
  const said = (of: Content): string => JSON.stringify([of.path, of.fields, of.files, of.body.byteLength])
  if (held.length === 0) return 'alone'
  return held.some((one) => one && said(one) === said(content)) ? 'same' : 'another'
}

export async function keep(by: Opened, content: Content, request: string, label: string): Promise<void> {
  lasting()
  const sealed = await seal(by.store, packed(content), bound({ account: by.account, request }))
  await put('entries', { account: by.account, request, label, done: Date.now(), state: 'waiting', why: '', sealed } as Entry)
}

/** What an entry says; one that was cut off while it was kept, or that is another's, cannot be read. */
export async function read(by: Opened, entry: Entry): Promise<Content | null> {
  try {
    return unpacked(await unseal(by.store, entry.sealed, bound(entry)))
  } catch (_) {
    return null
  }
}

/** `failed`: somebody answered, but not about it. */
type Answer = { told: Told } | 'silence' | 'failed'

/** Sends one. What gets no answer, or none about itself, goes on waiting. */
async function post(by: Opened, entry: Entry, content: Content): Promise<Answer> {
  const known = await person(by.account)
  if (!known) return 'silence'
  const sent = Date.now()
  const digest = hex(await crypto.subtle.digest('SHA-256', content.body))
  const text = ['anxiao-form-1', known.device, by.account, content.path, content.media, entry.request, entry.done, sent, digest].join('\n')
  const headers = {
    'content-type': content.media, 'x-keep': '1', 'x-device': known.device, 'x-device-account': by.account, 'x-device-request': entry.request,
    'x-device-done': String(entry.done), 'x-device-sent': String(sent), 'x-device-proof': await sign(by, text),
  }
  const stop = new AbortController()
  const clock = setTimeout(() => stop.abort(), PATIENCE + (content.body.byteLength / 1024) * PER_KB)
  try {
    // The proof counts, not whoever happens to be signed in.
    const answer = await fetch(content.path, { method: 'POST', headers, body: content.body, credentials: 'omit', redirect: 'manual', signal: stop.signal })
    const told = answer.status >= 500 || answer.status === 429 || answer.status === 408 ? null : await ours(answer)
    return told ? { told } : 'failed'
  } catch (_) {
    return 'silence'
  } finally {
    clearTimeout(clock)
  }
}

/** One window sends at a time; a browser without locks relies on the server, which does nothing twice. */
async function alone<T>(work: () => Promise<T>): Promise<T | undefined> {
  const locks = (navigator as { locks?: LockManager }).locks
  if (!locks) return work()
  return locks.request('anxiao-outbox', { ifAvailable: true }, (lock) => (lock ? work() : undefined)) as Promise<T | undefined>
}

const CODES: Record<string, string> = { 'device.expired': 'expired', 'device.revoked': 'revoked' }

/**
 * Sends what waits, oldest first. Without an answer the rest waits; what was refused, or failed again and again, stands aside and does not hold up the others.
 * Answers with what was done: ids and where each stands now.
 */
export async function flush(by: Opened, again = false): Promise<{ request: string; href: string }[]> {
  const done: { request: string; href: string }[] = []
  await alone(async () => {
    for (const listed of await entries(by.account)) {
      const entry = await get<Entry>('entries', listed.seq as number)
      if (!entry || entry.state === 'broken' || (entry.state !== 'waiting' && !again)) continue
      const content = await read(by, entry)
      if (!content) {
        await put('entries', { ...entry, state: 'broken' })
        continue
      }
      const answer = await post(by, entry, content)
      if (answer === 'silence') break
      if (answer === 'failed') {
        const tries = (entry.tries || 0) + 1
        await put('entries', { ...entry, tries })
        // A server that is unwell takes the next one no better; an entry that it never takes stands aside.
        if (tries < TRIES) break
        continue
      }
      if (answer.told.done) {
        await drop('entries', entry.seq as number)
        done.push({ request: entry.request, href: answer.told.href || '' })
        continue
      }
      const code = (answer.told.error && answer.told.error.code) || ''
      // Renewed by its person it goes through as it is.
      const waits = code === 'device.expired' || code === 'device.ended'
      const state = waits ? 'waiting' : code === 'device.conflict' ? 'conflict' : 'refused'
      await put('entries', { ...entry, state, why: CODES[code] ? `say:${CODES[code]}` : (answer.told.error && answer.told.error.message) || '' })
      if (waits) break
    }
  })
  return done
}
