// A round that is walked where there is no network: the page that was kept is older than what was touched since, which waits in the outbox.
import { Opened, entries } from './db'
import { read } from './outbox'

export type Step = { path: string; done: number }

/** A touch so soon after the end of a round is a second one of it, and begins none: as the server has it. */
const TWICE = 120000

/** Where what waits is sent to, in the order in which it was done. */
export async function steps(by: Opened): Promise<Step[]> {
  const waiting = (await entries(by.account)).filter((entry) => entry.state === 'waiting')
  return Promise.all(
    waiting.map(async (entry) => {
      const content = await read(by, entry)
      return { path: content ? content.path : '', done: entry.done }
    }),
  )
}

/**
 * Which points of the round that goes on were touched. With its last point, ended by hand, or left alone for longer than a round may last, it is over, and
 * the next one begins. `whole`: these are all its points; of a round that had begun before the page was kept nobody knows here when the next may begin.
 */
function touched(all: Step[], points: string[], end: string, longest: number, whole: boolean, now: number): string[] {
  const over = (round: string[], since: number): boolean =>
    since > longest || (whole && since > TWICE && points.every((point) => round.includes(point)))
  let round: string[] = []
  let last = 0
  for (const step of all) {
    const point = points.includes(step.path)
    if (!point && step.path !== end) continue
    if (!point || over(round, step.done - last)) round = []
    if (point) round.push(step.path)
    last = step.done
  }
  return over(round, now - last) ? [] : round
}

/** A point that was touched is not offered once more, and the next one stands out. */
export function walked(root: Document, all: Step[], said: string): void {
  const stops = root.querySelector<HTMLElement>('[data-round-minutes]')
  if (!stops) return
  const forms = Array.from(stops.querySelectorAll<HTMLFormElement>('form[data-keep]'))
  const action = (form: HTMLFormElement): string => form.getAttribute('action') || ''
  const whole = forms.length === stops.querySelectorAll('li').length
  const longest = Number(stops.dataset.roundMinutes) * 60000
  const gone = touched(all, forms.map(action), stops.dataset.roundEnd || '', longest, whole, Date.now())
  forms.forEach((form) => {
    if (!gone.includes(action(form))) return
    const note = root.createElement('span')
    note.className = 'ax-badge ax-info'
    note.dataset.waits = ''
    note.textContent = said
    form.replaceWith(note)
  })
  const next = gone.length > 0 && stops.querySelector('form[data-keep] button')
  if (next) next.classList.add('btn-primary')
}
