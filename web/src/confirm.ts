// A form (or a button of one) with data-confirm asks before it sends. The server asks nothing again: what can
// do harm is checked there by rule, this only catches a slip of the finger.
import { pressed } from './dom'

let asked: HTMLFormElement | null = null

export function askFirst(): void {
  document.addEventListener(
    'submit',
    (event) => {
      const form = event.target as HTMLFormElement
      const button = pressed(event)
      const question = (button && button.dataset.confirm) || form.dataset.confirm
      if (!question || asked === form) return
      const dialog = document.querySelector<HTMLDialogElement>('#ask')
      if (dialog && typeof dialog.showModal === 'function') {
        event.preventDefault()
        event.stopImmediatePropagation()
        ask(dialog, question, form, button)
      } else if (!window.confirm(question)) {
        event.preventDefault()
        event.stopImmediatePropagation()
      }
    },
    true,
  )
}

function ask(dialog: HTMLDialogElement, question: string, form: HTMLFormElement, button: HTMLElement | null): void {
  const text = dialog.querySelector('[data-question]')
  if (text) text.textContent = question
  dialog.returnValue = ''
  dialog.addEventListener('close', () => dialog.returnValue === 'yes' && send(form, button), { once: true })
  dialog.showModal()
}

/** Sends as the button would have: with its name and value, and to its own address. */
function send(form: HTMLFormElement, button: HTMLElement | null): void {
  asked = form
  if (button) button.click()
  // Whoever listens to the form is asked as if a button had been pressed.
  else if (form.dispatchEvent(new Event('submit', { bubbles: true, cancelable: true }))) form.submit()
  asked = null
}
