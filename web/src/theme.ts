// Light or dark. The page follows the system until the reader chooses; the choice is a cookie, so that the
// server can write it into the next page and nothing flickers.
const year = 365 * 24 * 3600

function shown(): 'light' | 'dark' {
  const chosen = document.documentElement.getAttribute('data-bs-theme')
  if (chosen === 'light' || chosen === 'dark') return chosen
  return window.matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'
}

function choose(theme: 'light' | 'dark'): void {
  document.documentElement.setAttribute('data-bs-theme', theme)
  const secure = location.protocol === 'https:' ? '; secure' : ''
  document.cookie = `theme=${theme}; path=/; max-age=${year}; samesite=lax${secure}`
  say(theme)
}

/** The button says whether dark is on; its words are the server's. */
function say(theme: 'light' | 'dark'): void {
  document.querySelectorAll('[data-theme-switch]').forEach((button) => button.setAttribute('aria-pressed', String(theme === 'dark')))
}

export function themeSwitch(): void {
  say(shown())
  document.addEventListener('click', (event) => {
    if ((event.target as Element).closest('[data-theme-switch]')) choose(shown() === 'dark' ? 'light' : 'dark')
  })
}
