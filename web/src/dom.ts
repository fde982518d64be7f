// What browsers of 2020 lack, said once: see `targets` in build.mjs.

/** Puts `children` in the place of what an element holds (`replaceChildren`: Chrome 86, Safari 14). */
export function fill(element: Element, children: Iterable<Node>): void {
  while (element.firstChild) element.firstChild.remove()
  element.append(...Array.from(children))
}

let last: HTMLElement | null = null

/** Remembers which button was touched: events of older browsers do not name it (`submitter`: Chrome 81, Safari 15.4). */
export function listenToButtons(): void {
  document.addEventListener('click', (event) => (last = (event.target as Element).closest<HTMLElement>('button')), true)
}

/** The button that sends this form; none when the Enter key did. */
export function pressed(event: Event): HTMLElement | null {
  const named = (event as SubmitEvent).submitter as HTMLElement | null | undefined
  if (named !== undefined) return named
  return last && (last as HTMLButtonElement).form === event.target ? last : null
}

/** Marks a page whose browser sets no room between the parts of a flexible row (`gap`: Chrome 84, Safari 14.1). */
export function markGaps(): void {
  markGap()
  // A page that was kept takes the shell's place with marks of its own.
  document.addEventListener('ax:taken', markGap)
}

function markGap(): void {
  const probe = document.createElement('div')
  probe.style.cssText = 'display:flex;flex-direction:column;row-gap:1px;position:absolute'
  probe.append(document.createElement('i'), document.createElement('i'))
  document.body.append(probe)
  if (probe.scrollHeight !== 1) document.documentElement.classList.add('ax-no-gap')
  probe.remove()
}

/** Opens what the address names: whoever touched "something is wrong" has said so, and does not say it again. */
export function openByHash(): void {
  const open = (): void => document.querySelectorAll<HTMLDetailsElement>('details[data-by-hash]').forEach((part) => (part.open = part.open || location.hash === `#${part.id}`))
  open()
  document.addEventListener('ax:taken', open)
}

/** What a style sheet does by `:has()` (Chrome 105, Safari 15.4): a tile of the roll that is marked takes the whole row. */
export function markTiles(): void {
  if (CSS.supports('selector(:has(*))')) return
  const mark = (box: HTMLInputElement): unknown => box.parentElement && box.parentElement.classList.toggle('ax-roll-marked', box.checked)
  const boxes = (root: ParentNode): void => root.querySelectorAll<HTMLInputElement>('.ax-roll-tile > input').forEach(mark)
  boxes(document)
  document.addEventListener('ax:taken', () => boxes(document))
  document.addEventListener('change', (event) => (event.target as Element).matches('.ax-roll-tile > input') && mark(event.target as HTMLInputElement))
}
