// The pages of the day, kept under the person's key. The server names them; they name others by data-day. Nothing else is ever kept, and
// none of it in the browser's cache of answers: that would be readable by whoever holds the telephone.
import { Kept, Opened, all, drop, get, put } from './db'
import { seal, unseal } from './keys'

const FRESH = 10 * 60 * 1000
const SOON = 60 * 1000
const utf8 = new TextEncoder()
const id = (account: string, path: string): string => `${account}|${path}`

/** When the day's pages of somebody were last read, all of them. */
const whole = (by: Opened): string => `day ${by.account}`

type Day = { pages: string[]; most: number; bytes: number }

/** Pages of one child: they are reached from the page of a class, and no name of a child lies in the clear. */
const OF_ONE = /^\/(marks|missing|pupils|guardians)\//

/** What a page is called among others: its heading and what stands over it (the day of a roll, the round of a point). Empty where it is not listed. */
function called(page: Document, path: string): string {
  if (OF_ONE.test(path)) return ''
  const over = page.querySelector('#main .ax-head .ax-kicker')
  // Behind the last dot stands the name of the product.
  const parts = page.title.split(' · ').slice(0, -1)
  const more = ((over && over.textContent) || '').split(' · ').map((part) => part.trim())
  return parts.concat(more.filter((part) => part && !parts.includes(part))).join(' · ')
}

/** What there is to choose from, each once; to the first page leads a button of its own. */
export function named(pages: Kept[]): Kept[] {
  const seen = new Set<string>()
  return pages.filter((page) => {
    if (!page.title || page.path === '/' || seen.has(page.title)) return false
    return seen.add(page.title)
  })
}

/** Keeps a page as it is now. Answers with what it marks, or why it is not kept: the day has it no longer, or nobody who may ask has answered. */
async function take(by: Opened, path: string, room: number): Promise<{ size: number; marked: string[] } | 'gone' | 'silence'> {
  const page = await fetch(path)
  // The day has it no longer, or it is no longer for this person.
  if (page.status === 404 || page.status === 403) return 'gone'
  const html = await page.text()
  // A server that is unwell, the door, or a page of somebody else who has signed in meanwhile: what is kept stays as it is.
  if (!page.ok || page.redirected || !html.includes(`data-person="${by.account}"`)) return 'silence'
  if (html.length > room) return { size: html.length, marked: [] }
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  const sealed = await seal(by.store, utf8.encode(html), id(by.account, path))
  await put('pages', { id: id(by.account, path), account: by.account, path, title: called(parsed, path), at: Date.now(), sealed } as Kept)
  const marked = Array.from(parsed.querySelectorAll<HTMLAnchorElement>('a[data-day]'), (link) => (link.getAttribute('href') || '').split('#')[0])
  return { size: html.length, marked }
}

/**
 * What has become of a page of the day, with what it marks now: without a network a roll that was called is not offered once more as one that was not.
 * Only where the day's pages are kept already.
 */
export async function renew(by: Opened, path: string): Promise<void> {
  if (!(await list(by)).length) return
  const taken = await take(by, path, Infinity)
  if (typeof taken === 'string') return
  for (const next of taken.marked) await take(by, next, Infinity)
}

/** Reads the day's pages anew when they are older than ten minutes, or kept by a clock that has been put back since. */
export async function refresh(by: Opened): Promise<void> {
  const mine = await list(by)
  if (mine.length > 0 && Math.abs(Date.now() - Number(localStorage.getItem(whole(by)))) < FRESH) return
  const answer = await fetch('/device/day', { cache: 'no-store' })
  if (!answer.ok || answer.redirected) return
  const day = (await answer.json()) as Day
  const wanted = day.pages.slice()
  const seen = new Set<string>()
  let left = day.bytes
  while (wanted.length && seen.size < day.most) {
    const path = wanted.shift() as string
    if (seen.has(path)) continue
    const taken = await take(by, path, left)
    if (taken === 'gone') continue
    // A server that is unwell is not asked for all of them with every page that is opened.
    if (taken === 'silence') return localStorage.setItem(whole(by), String(Date.now() - FRESH + SOON))
    left -= taken.size
    if (left < 0) break
    seen.add(path)
    // What they mark, and what that marks again: from the rounds to a round, from there to its points.
    wanted.push(...taken.marked)
  }
  // What the day no longer has goes.
  for (const old of mine.filter((page) => !seen.has(page.path))) await drop('pages', old.id)
  localStorage.setItem(whole(by), String(Date.now()))
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
