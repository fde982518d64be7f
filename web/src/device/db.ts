// What an enrolled telephone holds, in IndexedDB. What people wrote or may read lies there only under their key; in the clear
// stands what is needed before anybody has typed a PIN: who is enrolled here, and how much waits.
export type Sealed = { iv: Uint8Array<ArrayBuffer>; data: ArrayBuffer }

/** One person on this telephone. */
export type Person = {
  account: string
  device: string
  name: string
  role: string
  /** Minutes after which an opened telephone shuts. */
  idle: number
  salt: Uint8Array<ArrayBuffer>
  rounds: number
  /** The person's key, under the PIN and under the half that the server keeps for a forgotten PIN. */
  byPin: Sealed
  byShare: Sealed
  /** The private half of the device's key, under the person's key. */
  sign: Sealed
  misses: number
  lockedUntil: number
  /** Too many misses: only a sign-in with the password helps. */
  void: boolean
}

export type State = 'waiting' | 'refused' | 'conflict' | 'broken'

/** One kept form. Its seal is bound to person and request id, so that no entry can stand for another. */
export type Entry = {
  seq?: number
  account: string
  request: string
  label: string
  done: number
  state: State
  why: string
  /** How often the server could not take it. */
  tries?: number
  sealed: Sealed
}

/** A page of the day. */
export type Kept = { id: string; account: string; path: string; title: string; at: number; sealed: Sealed }

/** Who has opened the telephone, until when, and the keys of this opening; they cannot be read out again. */
export type Opened = { id: 'opened'; account: string; mark: string; used: number; store: CryptoKey; sign: CryptoKey }

const STORES = { persons: { keyPath: 'account' }, entries: { keyPath: 'seq', autoIncrement: true }, pages: { keyPath: 'id' }, opened: { keyPath: 'id' } }
export type Store = keyof typeof STORES

let opening: Promise<IDBDatabase> | null = null

function database(): Promise<IDBDatabase> {
  opening =
    opening ||
    new Promise((resolve, reject) => {
      const request = indexedDB.open('anxiao', 1)
      request.onupgradeneeded = () => {
        for (const name of Object.keys(STORES) as Store[]) request.result.createObjectStore(name, STORES[name])
      }
      request.onsuccess = () => {
        // A newer build in another window may change the schema: it is not kept waiting.
        request.result.onversionchange = () => {
          request.result.close()
          opening = null
        }
        resolve(request.result)
      }
      request.onerror = () => {
        opening = null
        reject(request.error)
      }
    })
  return opening
}

/** Resolves when the transaction is complete: what was put is there, or nothing of it. */
async function within<T>(store: Store, mode: IDBTransactionMode, work: (store: IDBObjectStore) => IDBRequest<T>): Promise<T> {
  const db = await database()
  return new Promise((resolve, reject) => {
    // What somebody has done outlives a battery that is empty in the next second; pages are read anew.
    const tx = db.transaction(store, mode, store === 'entries' ? { durability: 'strict' } : {})
    const request = work(tx.objectStore(store))
    tx.oncomplete = () => resolve(request.result)
    tx.onabort = tx.onerror = () => reject(tx.error || request.error)
  })
}

export const all = <T>(store: Store): Promise<T[]> => within(store, 'readonly', (s) => s.getAll() as IDBRequest<T[]>)
export const get = <T>(store: Store, key: IDBValidKey): Promise<T | undefined> => within(store, 'readonly', (s) => s.get(key) as IDBRequest<T | undefined>)
export const put = (store: Store, value: unknown): Promise<IDBValidKey> => within(store, 'readwrite', (s) => s.put(value))
export const drop = (store: Store, key: IDBValidKey): Promise<undefined> => within(store, 'readwrite', (s) => s.delete(key))

export const person = (account: string): Promise<Person | undefined> => get<Person>('persons', account)

/** What waits of one person, in the order in which it was done. */
export async function entries(account: string): Promise<Entry[]> {
  return (await all<Entry>('entries')).filter((entry) => entry.account === account)
}

/** Everything of one person goes; the others on this telephone keep theirs. */
export async function wipe(account: string): Promise<void> {
  for (const entry of await entries(account)) await drop('entries', entry.seq as number)
  for (const page of (await all<Kept>('pages')).filter((page) => page.account === account)) await drop('pages', page.id)
  const opened = await get<Opened>('opened', 'opened')
  if (opened && opened.account === account) await drop('opened', 'opened')
  await drop('persons', account)
}

/** Asks the browser not to clear this store when room is short, or when nobody has come for a week. It may say no. */
export function lasting(): void {
  if (navigator.storage && navigator.storage.persist) navigator.storage.persist().catch(() => undefined)
}

/** Whether this browser can do all of it: web views and plain http cannot, and go on online. */
export const able = (): boolean => typeof indexedDB !== 'undefined' && typeof crypto !== 'undefined' && !!crypto.subtle && window.isSecureContext
