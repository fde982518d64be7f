// What the shell shows: who uses this telephone, the outbox, or a page that was kept. It is the page that the service worker answers with
// when there is no network; the same page stands at /outbox and /unlock.
import { fill } from '../dom'
import { Entry, Opened, Person, all, drop, entries } from './db'
import { freshIds } from './forms'
import { endSession, opened, session, shut, unlock } from './keys'
import { Content, TRIES, flush, read } from './outbox'
import { kept, list, named } from './pages'
import { Step, steps, walked } from './round'

const make = <K extends keyof HTMLElementTagNameMap>(name: K): HTMLElementTagNameMap[K] => document.createElement(name)
const one = <T extends HTMLElement>(selector: string): T | null => document.querySelector<T>(selector)

/** Why an entry of a telephone that counts no more is not taken: its person sends it himself. */
const SHUT_OUT = 'say:revoked'

/** A sentence of the page, in the reader's language. */
export function say(key: string, n = ''): string {
  const text = one(`[data-say="${key}"]`)
  return ((text && text.textContent) || '').replace('{n}', n)
}

const time = (at: number): string => new Date(at).toLocaleString(document.documentElement.lang, { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' })

function view(name: string): HTMLElement | null {
  document.querySelectorAll<HTMLElement>('[data-view]').forEach((part) => (part.hidden = part.dataset.view !== name))
  return one(`[data-view="${name}"]`)
}

/** Where to go once the telephone is open. */
function next(): string {
  if (location.pathname !== '/unlock') return location.pathname + location.search
  const to = new URLSearchParams(location.search).get('next') || '/'
  // Browsers leave out line ends and tabs: with them, an address of this site can become another's.
  return /^\/(?!\/)[^\\\u0000-\u001f]*$/.test(to) ? to : '/'
}

/** Shows the shell; `counted` is told when the number of what waits may have changed. */
export async function shell(counted: () => void): Promise<void> {
  const persons = await all<Person>('persons')
  // Whoever changes the user puts the telephone down: it is shut, and the next one opens it.
  if (location.pathname === '/unlock' && persons.length > 0) {
    await shut()
    endSession()
  }
  const by = await opened(persons.length)
  if (!by) return who(persons)
  if (location.pathname === '/outbox') return outbox(by, counted)
  const page = await kept(by, location.pathname + location.search)
  if (page) takeOver(page.html, page.at, await moved(by), await steps(by))
  else await missing(by)
}

function who(persons: Person[]): void {
  if (persons.length === 1 && location.pathname !== '/unlock') return pin(persons[0], persons)
  const part = view('who')
  const rows = one('[data-persons]')
  if (!part || !rows) return
  const nobody = part.querySelector<HTMLElement>('[data-nobody]')
  if (nobody) nobody.hidden = persons.length > 0
  fill(
    rows,
    persons.map((known) => {
      const row = make('li')
      const button = make('button')
      const role = make('small')
      button.type = 'button'
      button.className = 'btn'
      button.textContent = known.name
      role.textContent = known.role
      button.append(role)
      button.addEventListener('click', () => pin(known, persons))
      row.append(button)
      return row
    }),
  )
}

function pin(known: Person, persons: Person[]): void {
  const part = view('pin')
  const form = one<HTMLFormElement>('form[data-pin]')
  const field = form && form.querySelector<HTMLInputElement>('[name=pin]')
  const name = part && part.querySelector<HTMLElement>('[data-name]')
  if (!part || !form || !field || !name) return
  name.textContent = known.name
  const back = part.querySelector<HTMLAnchorElement>('[data-back]')
  if (back) back.href = `/unlock?next=${encodeURIComponent(next())}`
  const wrong = (text: string): void => {
    const note = part.querySelector<HTMLElement>('[data-wrong]')
    const line = note && note.querySelector('p')
    if (!note || !line) return
    line.textContent = text
    note.hidden = false
    field.value = ''
    field.focus()
  }
  let trying = false
  const attempt = async (): Promise<void> => {
    if (trying) return
    // What cannot be a PIN is no wrong one.
    if (!/^\d{6}$/.test(field.value)) return wrong(say('pin_form'))
    trying = true
    try {
      const answer = await unlock(known.account, field.value)
      if (!answer.ok) return wrong(say(answer.say, String(answer.n)))
      const by = await opened(persons.length)
      if (by) await enter(by, wrong)
    } catch (_) {
      wrong(say('failed'))
    } finally {
      trying = false
    }
  }
  field.oninput = () => field.value.length === 6 && attempt()
  form.onsubmit = (event) => {
    event.preventDefault()
    attempt()
  }
  field.value = ''
  field.focus()
}

/** With a network a session begins too; who is let in no more is told why, and what waits of his is shown. Without one, what is kept here is there. */
async function enter(by: Opened, wrong: (text: string) => void): Promise<void> {
  let refused
  try {
    refused = await session(by)
  } catch (_) {
    return location.assign(next())
  }
  if (!refused) return location.assign(next())
  if (refused.code === 'device.expired') return wrong(say('expired'))
  if ((await entries(by.account)).length > 0) return location.assign('/outbox')
  await shut()
  wrong(refused.code === 'device.revoked' ? say('revoked') : refused.message || say('failed'))
}

async function missing(by: Opened): Promise<void> {
  view('missing')
  const rows = one('[data-pages]')
  const pages = named(await list(by))
  if (!rows) return
  fill(
    rows,
    pages.map((page) => {
      const row = make('li')
      const link = make('a')
      link.href = page.path
      link.textContent = page.title
      row.append(link)
      return row
    }),
  )
}

/** The record that an edit or a move is about. */
const record = (path: string): string => path.split('/').slice(0, 3).join('/')

/** The records of which a move waits in the outbox: a page that was kept before it knows nothing of it. */
async function moved(by: Opened): Promise<string[]> {
  const waiting = (await entries(by.account)).filter((entry) => entry.state === 'waiting')
  const said = await Promise.all(waiting.map((entry) => read(by, entry)))
  return said.filter((content) => content && content.fields.some((field) => field.name === 'version' && field.value !== '')).map((content) => record((content as Content).path))
}

/** What waits is not done once more: its second move would be one of a version that is over. */
function onceEach(root: Document, moved: string[]): void {
  root.querySelectorAll<HTMLFormElement>('form[data-keep]').forEach((form) => {
    // A form for a new record has no version.
    const version = form.querySelector<HTMLInputElement>('input[name=version]')
    if (!version || !version.value || !moved.includes(record(form.getAttribute('action') || ''))) return
    const note = make('span')
    note.className = 'ax-badge ax-info'
    note.dataset.waits = ''
    note.textContent = say('waiting')
    form.replaceWith(note)
  })
}

/** The kept page takes the shell's place, says how old it is, and its forms get ids of their own. */
function takeOver(html: string, at: number, moved: string[], done: Step[]): void {
  const asOf = say('as_of', time(at))
  const parsed = new DOMParser().parseFromString(html, 'text/html')
  Array.from(parsed.documentElement.attributes).forEach((attribute) => document.documentElement.setAttribute(attribute.name, attribute.value))
  document.documentElement.classList.add('js')
  document.title = parsed.title
  freshIds(parsed)
  onceEach(parsed, moved)
  walked(parsed, done, say('waiting'))
  document.body.replaceWith(document.adoptNode(parsed.body))
  const note = make('div')
  const line = make('p')
  note.className = 'ax-note ax-warn'
  note.setAttribute('role', 'status')
  note.dataset.asOf = String(at)
  line.textContent = asOf
  note.append(line)
  const main = one('#main')
  if (main) main.prepend(note)
  document.dispatchEvent(new Event('ax:taken'))
}

async function outbox(by: Opened, counted: () => void): Promise<void> {
  const part = view('outbox')
  const button = part && part.querySelector<HTMLButtonElement>('[data-send]')
  if (!button) return
  const draw = async (): Promise<void> => {
    await rows(by, draw)
    counted()
  }
  const sendAll = async (): Promise<void> => {
    button.setAttribute('aria-busy', 'true')
    await flush(by, true)
    button.removeAttribute('aria-busy')
    await draw()
  }
  button.onclick = sendAll
  document.addEventListener('ax:sent', draw)
  await draw()
  // What was settled on a page of its own goes; what is refused still says so.
  if (navigator.onLine !== false) await sendAll()
}

async function rows(by: Opened, draw: () => Promise<void>): Promise<void> {
  const list = one('[data-entries]')
  const empty = one('[data-empty]')
  const model = one<HTMLTemplateElement & HTMLElement>('template[data-entry]')
  if (!list || !empty || !model) return
  const waiting = await entries(by.account)
  const made = await Promise.all(waiting.map(async (entry) => row(model, entry, await read(by, entry), draw)))
  fill(list, made)
  list.hidden = waiting.length === 0
  empty.hidden = waiting.length > 0
}

function row(model: HTMLTemplateElement, entry: Entry, content: Content | null, draw: () => Promise<void>): Node {
  const made = model.content.cloneNode(true) as DocumentFragment
  const set = (name: string, text: string): HTMLElement | null => {
    const place = made.querySelector<HTMLElement>(`[data-${name}]`)
    if (place) place.textContent = text
    return place
  }
  const state = content ? entry.state : 'broken'
  set('label', entry.label)
  const badge = set('state', say(state))
  if (badge) badge.classList.add(state === 'waiting' ? 'ax-info' : 'ax-bad')
  set('when', entry.done > 0 ? say('filled', time(entry.done)) : '')
  set('do', state === 'broken' || entry.why.startsWith('say:') ? '' : say(`do_${state}`))
  set('why', state === 'broken' ? say('stale_store') : entry.why.startsWith('say:') ? say(entry.why.slice(4)) : entry.why)
  const told = content ? content.said : []
  set('fields', told.concat(content && content.files ? [say('files', String(content.files))] : []).join(' · '))
  const look = made.querySelector<HTMLElement>('[data-look]')
  if (look && content && (state === 'refused' || state === 'conflict') && (!entry.why.startsWith('say:') || entry.why === SHUT_OUT)) {
    look.hidden = false
    look.addEventListener('click', () => settle(content, entry))
  }
  const away = made.querySelector<HTMLElement>('[data-drop]')
  if (away && (state !== 'waiting' || (entry.tries || 0) >= TRIES)) {
    away.hidden = false
    away.addEventListener('click', async () => {
      if (!window.confirm(say('drop_ask'))) return
      await drop('entries', entry.seq as number)
      await draw()
    })
  }
  return made
}

/** Hands the form the files that were chosen. Where a browser lets nobody do that, the words go without them. */
async function along(form: HTMLFormElement, content: Content): Promise<void> {
  try {
    const data = await new Response(content.body, { headers: { 'content-type': content.media } }).formData()
    const chosen: Record<string, DataTransfer> = {}
    data.forEach((value, name) => {
      if (typeof value !== 'string' && value.size > 0) (chosen[name] = chosen[name] || new DataTransfer()).items.add(value)
    })
    Object.keys(chosen).forEach((name) => {
      const input = make('input')
      Object.assign(input, { type: 'file', name, multiple: true, files: chosen[name].files })
      form.append(input)
    })
    form.enctype = 'multipart/form-data'
  } catch (_) {
    // The outbox has said to look whether they are there.
  }
}

/**
 * Sends the entry as a form of the signed-in page: the server shows its own page about it, with both versions or with the faults at their fields.
 * Once it is settled there, the entry's id is known as done and the outbox lets it go.
 */
async function settle(content: Content, entry: Entry): Promise<void> {
  try {
    const door = await fetch('/account/devices', { cache: 'no-store' })
    const parsed = new DOMParser().parseFromString(await door.text(), 'text/html')
    const token = parsed.querySelector<HTMLInputElement>('input[name=csrf]')
    if (!door.ok || door.redirected || !token || parsed.documentElement.dataset.person !== entry.account) {
      return location.assign(entry.why === SHUT_OUT ? '/login?next=/outbox' : '/unlock?next=/outbox')
    }
    const form = make('form')
    Object.assign(form, { method: 'post', action: content.path, hidden: true })
    const field = (name: string, value: string): void => {
      const input = make('input')
      Object.assign(input, { type: 'hidden', name, value })
      form.append(input)
    }
    field('csrf', token.value)
    content.fields.forEach((one) => field(one.name, one.value))
    if (content.files) await along(form, content)
    document.body.append(form)
    form.submit()
  } catch (_) {
    // Still no network: the entry stays where it is.
    const button = one('[data-send]')
    if (button) button.focus()
  }
}
