// Typed and not saved: the browser asks before the page is left. Only forms with data-guard.
let typed = false

export function guardForms(): void {
  document.addEventListener('input', (event) => {
    if ((event.target as Element).closest('form[data-guard]')) typed = true
  })
  document.addEventListener('submit', () => {
    typed = false
  })
  window.addEventListener('beforeunload', (event) => {
    if (!typed) return
    event.preventDefault()
    event.returnValue = ''
  })
  // After a refusal the first thing read is what was wrong.
  document.querySelector<HTMLElement>('[data-errors]')?.focus()
}
