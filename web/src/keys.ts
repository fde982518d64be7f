// Two keys for those who work sitting: / goes to the page's search field, else to the search over everything; ? shows the keys.
function typing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName))
}

export function listenToKeys(): void {
  document.addEventListener('keydown', (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return
    if (event.key === '/') search(event)
    if (event.key === '?') help()
  })
  document.addEventListener('click', (event) => {
    if ((event.target as Element).closest('[data-keys]')) help()
  })
}

function search(event: KeyboardEvent): void {
  const field = document.querySelector<HTMLInputElement>('[data-search]') ?? document.querySelector<HTMLInputElement>('[data-find]')
  if (!field) return
  event.preventDefault()
  if (field.matches('[data-find]') && !field.offsetParent) return location.assign('/search')
  const fold = field.closest('details')
  if (fold) fold.open = true
  field.focus()
  field.select()
}

function help(): void {
  const dialog = document.querySelector<HTMLDialogElement>('#keys')
  if (dialog && typeof dialog.showModal === 'function' && !dialog.open) dialog.showModal()
}
