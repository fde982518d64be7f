// A form has an id, under which the server does nothing twice: pressed again after an answer that was lost, it is done once. Somebody who
// goes back and types something else means something else: his form gets an id of its own, or what he typed would be lost in silence.
import { newId } from './device/keys'
import { pressed } from './dom'

/** What this window asked for last, and what it has been through with. */
const ASKED = 'asked'
const SENT = 'sent'
const MOST = 50

/** The id that the page gave, a number for what was typed, and the id under which it was sent. */
type Form = [page: string, content: number, id: string]
const read = <T>(name: string, none: T): T => JSON.parse(sessionStorage.getItem(name) || JSON.stringify(none)) as T

export function newContentNewId(): void {
  try {
    const asked = read<Form | null>(ASKED, null)
    // A page that shows the form again has refused it: it is still the same form.
    const again = asked && Array.from(document.querySelectorAll<HTMLInputElement>('input[name=request_id]')).some((field) => field.value === asked[2])
    if (asked && !again) sessionStorage.setItem(SENT, JSON.stringify(read<Form[]>(SENT, []).concat([asked]).slice(-MOST)))
    sessionStorage.removeItem(ASKED)
  } catch (_) {
    // A browser that keeps nothing sends as before.
    return
  }
  document.addEventListener('submit', mark, true)
}

/** A form that is kept on the telephone has not been carried out: what is made of it later, in a conflict, is still the same form. */
export function keptInstead(): void {
  sessionStorage.removeItem(ASKED)
}

function mark(event: Event): void {
  const form = event.target as HTMLFormElement
  const field = form.querySelector<HTMLInputElement>('input[name=request_id]')
  if (!field || !field.value) return
  const content = sum(form, pressed(event))
  const page = field.value
  // A browser that goes back shows the page as it came: with its own id, whatever it was sent under.
  const sent = read<Form[]>(SENT, []).filter((one) => one[0] === page)
  const same = sent.find((one) => one[1] === content)
  if (sent.length > 0) field.value = same ? same[2] : newId()
  sessionStorage.setItem(ASKED, JSON.stringify([page, content, field.value]))
}

/** A number for what is typed, by which it is known again and not read (FNV-1a). */
function sum(form: HTMLFormElement, button: HTMLElement | null): number {
  let hash = 0x811c9dc5
  const add = (text: string): void => {
    for (const unit of text) hash = Math.imul(hash ^ (unit.codePointAt(0) as number), 0x01000193)
    hash = Math.imul(hash ^ 0x110000, 0x01000193)
  }
  new FormData(form).forEach((value, name) => {
    if (name === 'csrf' || name === 'request_id') return
    add(name)
    // A place for a file without one bears the time at which it is asked.
    add(typeof value === 'string' ? value : value.size === 0 ? '' : `${value.name} ${value.size} ${value.lastModified}`)
  })
  if (button) add(`${button.getAttribute('name')} ${button.getAttribute('value')} ${button.getAttribute('formaction')}`)
  return hash
}
