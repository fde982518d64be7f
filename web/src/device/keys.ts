// The keys of a telephone. Each person has one random key; everything of hers lies under it. The PIN opens it by way of PBKDF2, and so does
// the half that the server keeps for a forgotten PIN. After enrolment no key can be read out of the browser again.
//
// What this is worth: a PIN of six digits keeps out whoever picks the telephone up, and its misses are counted. It does not keep out
// somebody who copies the browser's files and tries a million PINs elsewhere; against him a lost telephone is shut out on the server.
import { ours } from './answer'
import { Opened, Person, Sealed, drop, get, person, put } from './db'

const ROUNDS = 310000
/** Misses before a pause, its length, and misses before the PIN counts no more. */
const MISSES = 5
const PAUSE = 30 * 60 * 1000
const MOST = 10
/** A telephone with several persons shuts sooner: minutes. */
const SHARED = 10
const MARK = 'opened'
/** Stands as long as the telephone has been put down and the server may not know it yet. */
const DOWN = 'down'

const utf8 = new TextEncoder()
export const bytes = (length: number): Uint8Array<ArrayBuffer> => crypto.getRandomValues(new Uint8Array(length))

export function base64(data: ArrayBuffer): string {
  let text = ''
  new Uint8Array(data).forEach((byte) => (text += String.fromCharCode(byte)))
  return btoa(text).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '')
}

export const hex = (data: ArrayBuffer): string => Array.from(new Uint8Array(data), (byte) => byte.toString(16).padStart(2, '0')).join('')

/**
 * An id of our own making: `crypto.randomUUID` is younger than the telephones, and its ids are chance alone. Those of version 7 begin with the moment
 * (RFC 9562), so that what a county's telephones send in one morning lies together in the indexes of its records.
 */
export function newId(): string {
  const b = bytes(16)
  for (let at = 5, left = Date.now(); at >= 0; at -= 1, left = Math.floor(left / 256)) b[at] = left % 256
  b[6] = (b[6] & 0x0f) | 0x70
  b[8] = (b[8] & 0x3f) | 0x80
  const h = hex(b.buffer)
  return `${h.slice(0, 8)}-${h.slice(8, 12)}-${h.slice(12, 16)}-${h.slice(16, 20)}-${h.slice(20)}`
}

export async function seal(key: CryptoKey, data: BufferSource, bound: string): Promise<Sealed> {
  const iv = bytes(12)
  return { iv, data: await crypto.subtle.encrypt({ name: 'AES-GCM', iv, additionalData: utf8.encode(bound) }, key, data) }
}

export function unseal(key: CryptoKey, sealed: Sealed, bound: string): Promise<ArrayBuffer> {
  return crypto.subtle.decrypt({ name: 'AES-GCM', iv: sealed.iv, additionalData: utf8.encode(bound) }, key, sealed.data)
}

const AES = { name: 'AES-GCM', length: 256 }
const EC = { name: 'ECDSA', namedCurve: 'P-256' }
const USES: KeyUsage[] = ['encrypt', 'decrypt', 'wrapKey', 'unwrapKey']

async function ofPin(pin: string, salt: Uint8Array<ArrayBuffer>, rounds: number): Promise<CryptoKey> {
  const typed = await crypto.subtle.importKey('raw', utf8.encode(pin), 'PBKDF2', false, ['deriveKey'])
  return crypto.subtle.deriveKey({ name: 'PBKDF2', hash: 'SHA-256', salt: salt, iterations: rounds }, typed, AES, false, ['wrapKey', 'unwrapKey'])
}

function ofShare(share: string): Promise<CryptoKey> {
  const raw = new Uint8Array((share.match(/../g) || []).map((pair) => parseInt(pair, 16)))
  return crypto.subtle.importKey('raw', raw, 'AES-GCM', false, ['wrapKey', 'unwrapKey'])
}

async function wrap(format: 'raw' | 'pkcs8', key: CryptoKey, under: CryptoKey): Promise<Sealed> {
  const iv = bytes(12)
  return { iv, data: await crypto.subtle.wrapKey(format, key, under, { name: 'AES-GCM', iv }) }
}

function unwrapStore(sealed: Sealed, under: CryptoKey, out: boolean): Promise<CryptoKey> {
  return crypto.subtle.unwrapKey('raw', sealed.data, under, { name: 'AES-GCM', iv: sealed.iv }, 'AES-GCM', out, USES)
}

/** What is wrong with a PIN: the name of a sentence, or nothing. */
export function fault(pin: string, again: string): string {
  if (!/^\d{6}$/.test(pin)) return 'pin_form'
  if (pin !== again) return 'pin_differ'
  const steps = new Set(Array.from(pin.slice(1), (digit, at) => Number(digit) - Number(pin[at])))
  return steps.size === 1 && [-1, 0, 1].includes([...steps][0]) ? 'pin_easy' : ''
}

/** A key pair for a telephone that is being enrolled; its private half may leave the browser once, to be put under the person's key. */
export async function newPair(): Promise<{ pair: CryptoKeyPair; point: string }> {
  const pair = (await crypto.subtle.generateKey(EC, true, ['sign', 'verify'])) as CryptoKeyPair
  return { pair, point: base64(await crypto.subtle.exportKey('raw', pair.publicKey)) }
}

export type Enrolled = { device: string; account: string; name: string; role: string; share: string; idle: number }

/** Enrols a person here and opens the telephone for her. */
export async function enrol(told: Enrolled, pair: CryptoKeyPair, pin: string): Promise<void> {
  const store = await crypto.subtle.generateKey(AES, true, USES)
  const salt = bytes(16)
  await put('persons', {
    account: told.account, device: told.device, name: told.name, role: told.role, idle: told.idle, salt, rounds: ROUNDS,
    byPin: await wrap('raw', store, await ofPin(pin, salt, ROUNDS)), byShare: await wrap('raw', store, await ofShare(told.share)),
    sign: await wrap('pkcs8', pair.privateKey, store), misses: 0, lockedUntil: 0, void: false,
  } as Person)
  await unlock(told.account, pin)
}

/** A new PIN for one that was forgotten: what was kept stays readable. */
export async function renewPin(account: string, share: string, pin: string): Promise<void> {
  const known = await person(account)
  if (!known) throw new Error('unknown')
  const store = await unwrapStore(known.byShare, await ofShare(share), true)
  const salt = bytes(16)
  const byPin = await wrap('raw', store, await ofPin(pin, salt, ROUNDS))
  await put('persons', { ...known, salt, rounds: ROUNDS, byPin, misses: 0, lockedUntil: 0, void: false })
  await unlock(account, pin)
}

export type Answer = { ok: true } | { ok: false; say: string; n: number }

/** Opens with the PIN. The miss is counted before the PIN is tried, so that closing the page does not undo it. */
export async function unlock(account: string, pin: string): Promise<Answer> {
  const known = await person(account)
  if (!known) return { ok: false, say: 'failed', n: 0 }
  if (known.void) return { ok: false, say: 'pin_void', n: 0 }
  const now = Date.now()
  if (known.lockedUntil > now) return { ok: false, say: 'pin_locked', n: Math.ceil((known.lockedUntil - now) / 60000) }
  const misses = known.misses + 1
  const missed = { ...known, misses, lockedUntil: misses % MISSES === 0 ? now + PAUSE : 0, void: misses >= MOST }
  await put('persons', missed)
  try {
    const store = await unwrapStore(known.byPin, await ofPin(pin, known.salt, known.rounds), false)
    const sign = await crypto.subtle.unwrapKey('pkcs8', known.sign.data, store, { name: 'AES-GCM', iv: known.sign.iv }, EC, false, ['sign'])
    const mark = newId()
    await put('persons', { ...known, misses: 0, lockedUntil: 0 })
    await put('opened', { id: 'opened', account, mark, used: now, store, sign } as Opened)
    localStorage.removeItem(DOWN)
    // Gone when the browser is closed: then the PIN is asked again. It is no secret and opens nothing.
    document.cookie = `${MARK}=${mark}; path=/; samesite=lax${location.protocol === 'https:' ? '; secure' : ''}`
    return { ok: true }
  } catch (_) {
    if (missed.void) return { ok: false, say: 'pin_void', n: 0 }
    if (missed.lockedUntil) return { ok: false, say: 'pin_locked', n: PAUSE / 60000 }
    return { ok: false, say: 'pin_wrong', n: MISSES - (misses % MISSES) }
  }
}

/** Who has opened this telephone, if it is still open; `used`: and is using it. */
export async function opened(persons: number, used = true): Promise<Opened | null> {
  const now = await get<Opened>('opened', 'opened')
  if (!now) return null
  const known = await person(now.account)
  const idle = Math.min(known ? known.idle : 0, persons > 1 ? SHARED : Infinity) * 60000
  const marked = document.cookie.split('; ').includes(`${MARK}=${now.mark}`)
  // A clock that was put back is no sign of use: whoever could do that would keep a telephone open for good.
  if (!known || !marked || Math.abs(Date.now() - now.used) > idle) {
    await shut()
    return null
  }
  // Where there is no room to write that down it shuts a little sooner, and what waits is sent all the same.
  if (used && Math.abs(Date.now() - now.used) > 30000) await put('opened', { ...now, used: Date.now() }).catch(() => undefined)
  return now
}

/** The telephone is put down: whatever was open on it waits for a PIN. */
export async function shut(): Promise<void> {
  localStorage.setItem(DOWN, '1')
  await drop('opened', 'opened')
  document.cookie = `${MARK}=; path=/; max-age=0`
}

export const isDown = (): boolean => localStorage.getItem(DOWN) !== null

let ending: Promise<void> | null = null

/** Ends the session on the server too, now or with the first page that finds a network: a telephone that was put down opens nothing by a cookie. */
export function endSession(): Promise<void> {
  ending =
    ending ||
    fetch('/device/lock', { method: 'POST', cache: 'no-store' })
      .then(ours)
      .then((told) => {
        if (told && told.locked) localStorage.removeItem(DOWN)
      })
      .catch(() => undefined)
      .then(() => {
        ending = null
      })
  return ending
}

export async function sign(by: Opened, text: string): Promise<string> {
  return base64(await crypto.subtle.sign({ name: 'ECDSA', hash: 'SHA-256' }, by.sign, utf8.encode(text)))
}

/** Why no session begins: the code of the refusal, and what the server says of it. */
type Refusal = { code: string; message: string }

/** Begins a session on the server for whoever has opened the telephone; nothing where that is done. */
export async function session(by: Opened): Promise<Refusal | null> {
  const known = await person(by.account)
  if (!known) return { code: 'device.unknown', message: '' }
  // The one that ends takes no other with it.
  if (ending) await ending
  const asked = await (await fetch('/device/challenge', { cache: 'no-store' })).json()
  const proof = await sign(by, `anxiao-open-1\n${known.device}\n${asked.challenge}`)
  const body = JSON.stringify({ device: known.device, challenge: asked.challenge, proof })
  const answer = await fetch('/device/open', { method: 'POST', headers: { 'content-type': 'application/json' }, body })
  return answer.ok ? null : ((await answer.json()) as { error: Refusal }).error
}
