// A roll on the page: it is there from its hour on, and the bar under its names says what has been marked, so that whoever scrolls a class of fifty sees
// it before confirming.

const TILE = '.ax-roll-tile > input'

export function rolls(): void {
  begin()
  // A page that was kept takes the shell's place with names of its own.
  document.addEventListener('ax:taken', begin)
  document.addEventListener('change', (event) => (event.target as Element).matches(TILE) && tally())
  // Going back, a browser ticks again what was ticked, after the page was read.
  window.addEventListener('pageshow', begin)
}

function begin(): void {
  tally()
  openInTime()
}

const loaded = Date.now()
let clock = 0

/** A roll is there from its hour on: by how long its page has been here, for the hour of a telephone's clock may be wrong. */
function openInTime(): void {
  const note = document.querySelector<HTMLElement>('[data-opens-in]')
  const form = document.querySelector<HTMLElement>('form.ax-roll')
  if (!note || !form) return
  const kept = document.querySelector<HTMLElement>('[data-as-of]')
  const left = Number(kept ? kept.dataset.asOf : loaded) + Number(note.dataset.opensIn) - Date.now()
  note.hidden = left <= 0
  form.hidden = left > 0
  clearTimeout(clock)
  // A telephone that slept counts no time: it looks again every minute.
  if (left > 0) clock = window.setTimeout(openInTime, Math.min(left, 60000))
}

function tally(): void {
  document.querySelectorAll<HTMLElement>('[data-tally]').forEach((line) => {
    const form = line.closest('form')
    const marked = form ? form.querySelectorAll(`${TILE}:checked`).length : 0
    const words = (marked ? line.dataset.tallySome : line.dataset.tallyNone) || ''
    const said = words.replace('{all}', line.dataset.tally || '').replace('{n}', String(marked))
    if (line.textContent !== said) line.textContent = said
  })
}
