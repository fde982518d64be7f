// Typed and not saved: the browser asks before the page is left. Only forms with data-guard.
let typed = false

type Control = HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement

/** What has to be filled in, can be seen, and is empty. */
function wanting(form: HTMLFormElement): Control | undefined {
  const labels = [...form.querySelectorAll<HTMLLabelElement>('label.ax-required[for]')]
  const controls = labels.map((label) => label.control as Control | null)
  return controls.find((control): control is Control => control?.value === '' && control.offsetParent !== null)
}

/** A photograph does not come back with a form that is refused: what is missing is asked for before it is sent. */
function askBefore(event: Event): void {
  const form = event.target as HTMLFormElement
  const files = form.querySelectorAll<HTMLInputElement>('input[type=file]')
  if (!form.matches('[data-guard]') || ![...files].some((input) => input.files?.length)) return
  const control = wanting(form)
  if (!control) return
  event.preventDefault()
  event.stopImmediatePropagation()
  control.required = true
  control.reportValidity()
}

export function guardForms(): void {
  document.addEventListener('submit', askBefore, true)
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
