// The menu on a phone is opened by the link to #nav and closed by the link to #top, so it works without this.
// With it, Escape closes the menu, and an open small menu (details) closes when the reader taps elsewhere.
export function phoneMenu(): void {
  rememberFolds()
  document.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape') return
    if (location.hash === '#nav') location.hash = '#top'
    shut(null)
  })
  document.addEventListener('click', (event) => shut(event.target as Element))
}

// Which chapters are open is a cookie, so that the server writes it into the next page and nothing jumps.
function rememberFolds(): void {
  const nav = document.getElementById('nav')
  nav?.addEventListener('click', (event) => {
    if (!(event.target as Element).closest('summary')) return
    // The summary opens or shuts after its click has gone by.
    setTimeout(() => {
      const open = [...nav.querySelectorAll<HTMLDetailsElement>('details[data-fold][open]')].map((fold) => fold.dataset.fold)
      const secure = location.protocol === 'https:' ? '; secure' : ''
      document.cookie = `menu=${open.join('.')}; path=/; max-age=${365 * 24 * 3600}; samesite=lax${secure}`
    })
  })
}

function shut(outside: Element | null): void {
  document.querySelectorAll<HTMLDetailsElement>('details[data-menu][open]').forEach((menu) => {
    if (outside && menu.contains(outside)) return
    const inside = menu.contains(document.activeElement)
    menu.open = false
    if (inside && !outside) menu.querySelector('summary')?.focus()
  })
}
