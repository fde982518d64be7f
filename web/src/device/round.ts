// A round that is walked where there is no network: the page that was kept is older than what was touched since, which waits in the outbox.
import { Opened, entries } from './db'
import { read } from './outbox'

export type Step = { path: string; done: number }

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

/** Which points of the round that goes on were touched. Ended by hand, or left alone for longer than a round may last, it is over, and the next one begins. */
function touched(all: Step[], points: string[], end: string, longest: number): string[] {
  let round: string[] = []
  let last = 0
  for (const step of all) {
    const point = points.includes(step.path)
    if (!point && step.path !== end) continue
    if (!point || step.done - last > longest) round = []
    if (point) round.push(step.path)
    last = step.done
  }
  return Date.now() - last > longest ? [] : round
}

/** A point that was touched is not offered once more, and the next one stands out. */
export function walked(root: Document, all: Step[], said: string): void {
  const stops = root.querySelector<HTMLElement>('[data-round-minutes]')
  if (!stops) return
  const forms = Array.from(stops.querySelectorAll<HTMLFormElement>('form[data-keep]'))
  const action = (form: HTMLFormElement): string => form.getAttribute('action') || ''
  const gone = touched(all, forms.map(action), stops.dataset.roundEnd || '', Number(stops.dataset.roundMinutes) * 60000)
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
