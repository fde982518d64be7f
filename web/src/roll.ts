// The bar under the names of a roll says what has been marked: whoever scrolls a class of fifty sees it before confirming.

const TILE = '.ax-roll-tile > input'

export function countTiles(): void {
  tally()
  // A page that was kept takes the shell's place with names of its own.
  document.addEventListener('ax:taken', tally)
  document.addEventListener('change', (event) => (event.target as Element).matches(TILE) && tally())
  // Going back, a browser ticks again what was ticked, after the page was read.
  window.addEventListener('pageshow', tally)
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
