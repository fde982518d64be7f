// The pages of the day, kept under the person's key. The server names them; they name others by data-day. Nothing else is ever kept, and
// none of it in the browser's cache of answers: that would be readable by whoever holds the telephone.
import { Kept, Opened, all, drop, get, put } from './db'
import { seal, unseal } from './keys'

const FRESH = 10 * 60 * 1000
const utf8 = new TextEncoder()
const id = (account: string, path: string): string => `${account}|${path}`

type Day = { pages: string[]; most: number; bytes: number }

/** Reads the day's pages anew when they are older than ten minutes, or at once. */
export async function refresh(by: Opened, now: boolean): Promise<void> {
  const mine = (await all<Kept>('pages')).filter((page) => page.account === by.account)
  if (!now && mine.some((page) => page.path === '/' && Date.now() - page.at < FRESH)) return
  const answer = await fetch('/device/day', { cache: 'no-store' })
  if (!answer.ok || answer.redirected) return
  const day = (await answer.json()) as Day
  const wanted = day.pages.slice()
  const seen = new Set<string>()
  let left = day.bytes
  while (wanted.length && seen.size < day.most) {
    const path = wanted.shift() as string
    if (seen.has(path)) continue
    const page = await fetch(path)
    // The day has it no longer, or it is no longer for this person.
    if (page.status === 404 || page.status === 403) continue
    const html = await page.text()
    // A server that is unwell, the door, or a page of somebody else who has signed in meanwhile: what is kept stays as it is.
    if (!page.ok || page.redirected || !html.includes(`data-person="${by.account}"`)) return
    left -= html.length
    if (left < 0) break
    seen.add(path)
    const parsed = new DOMParser().parseFromString(html, 'text/html')
    const sealed = await seal(by.store, utf8.encode(html), id(by.account, path))
    await put('pages', { id: id(by.account, path), account: by.account, path, title: parsed.title, at: Date.now(), sealed } as Kept)
    // What they mark, and what that marks again: from the rounds to a round, from there to its points.
    parsed.querySelectorAll<HTMLAnchorElement>('a[data-day]').forEach((link) => wanted.push(link.getAttribute('href') || ''))
  }
  // What the day no longer has goes.
  for (const old of mine.filter((page) => !seen.has(page.path))) await drop('pages', old.id)
}

export async function kept(by: Opened, path: string): Promise<{ html: string; at: number } | null> {
  const found = await get<Kept>('pages', id(by.account, path))
  if (!found) return null
  try {
    return { html: new TextDecoder().decode(await unseal(by.store, found.sealed, found.id)), at: found.at }
  } catch (_) {
    await drop('pages', found.id)
    return null
  }
}

export const list = async (by: Opened): Promise<Kept[]> => (await all<Kept>('pages')).filter((page) => page.account === by.account)
