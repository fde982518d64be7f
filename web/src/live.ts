// A board that moves by itself: the server says that something has changed, and the part marked data-live is read again. What comes due by the
// clock alone is seen within a minute. Without a script the page is as good as when it was opened.

import { fill } from './dom'

const MINUTE = 60_000
/** How long after the line was lost another is tried, and the reader is told: a stream that ends to begin anew is none that is lost. */
const SOON = 5_000

export function liveBoards(): void {
  const board = document.querySelector<HTMLElement>('[data-live]')
  const from = board?.dataset.live
  if (board && from && 'EventSource' in window) new Live(board, from).start()
}

class Live {
  private stream: EventSource | undefined
  private known = false
  private lost: number | undefined
  private again: number | undefined
  private reading = false
  private stale = false

  constructor(
    private readonly board: HTMLElement,
    private readonly from: string,
  ) {}

  start(): void {
    this.open()
    window.setInterval(() => document.visibilityState === 'visible' && void this.read(), MINUTE)
    window.addEventListener('pagehide', () => this.close())
    // Come back to by the browser's own button, the page is the one that was left, with its line closed.
    window.addEventListener('pageshow', (event) => event.persisted && this.open())
  }

  private open(): void {
    this.close()
    const stream = new EventSource(this.from)
    this.stream = stream
    stream.addEventListener('open', () => this.say(false))
    stream.addEventListener('message', () => {
      // The first word comes with the opening, about what is on the page already.
      if (this.known) void this.read()
      this.known = true
    })
    stream.addEventListener('error', () => {
      this.lost ??= window.setTimeout(() => this.say(true), SOON)
      // The browser tries again by itself, but not after an answer that is no stream: a proxy's, while the server starts.
      if (stream.readyState === EventSource.CLOSED) this.again = window.setTimeout(() => this.open(), SOON)
    })
  }

  private close(): void {
    this.stream?.close()
    window.clearTimeout(this.again)
  }

  /** Says that what is shown may be old, or no more. */
  private say(lost: boolean): void {
    window.clearTimeout(this.lost)
    this.lost = undefined
    const note = this.board.querySelector<HTMLElement>('[data-live-lost]')
    if (note) note.hidden = !lost
  }

  /** One reading at a time; what changed meanwhile is read after it. */
  private async read(): Promise<void> {
    this.stale = true
    if (this.reading) return
    this.reading = true
    while (this.stale) {
      this.stale = false
      await this.readOnce().catch(() => undefined)
    }
    this.reading = false
  }

  private async readOnce(): Promise<void> {
    const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
    if (!answer.ok || answer.redirected) return
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const fresh = page.querySelector('[data-live]')
    if (!fresh) return
    const held = this.board.contains(document.activeElement) ? document.activeElement?.getAttribute('href') : undefined
    fill(this.board, Array.from(fresh.childNodes))
    // Who goes through the list with the keyboard stays where he is.
    if (held) this.board.querySelector<HTMLElement>(`a[href="${CSS.escape(held)}"]`)?.focus({ preventScroll: true })
  }
}
