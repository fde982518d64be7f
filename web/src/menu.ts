// The menu on a phone is opened by the link to #nav and closed by the link to #top, so it works without this.
// With it, Escape closes the menu, and an open small menu (details) closes when the reader taps elsewhere.
export function phoneMenu(): void {
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    if (location.hash === '#nav') location.hash = '#top'
    shut(null)
  })
  document.addEventListener('click', (event) => shut(event.target as Element))
}

function shut(outside: Element | null): void {
  document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]').forEach((menu) => {
    if (outside && menu.contains(outside)) return
    const inside = menu.contains(document.activeElement)
    menu.open = false
    if (inside && !outside) menu.querySelector('summary')?.focus()
  })
}
