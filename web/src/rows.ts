// A click anywhere in a row opens it; the real link stays in its first cell for keyboards and readers.
export function rowLinks(): void {
  document.addEventListener('click', (event) => {
    const target = event.target as Element
    if (target.closest('a, button, input, label, select, summary')) return
    const row = target.closest<HTMLElement>('tr[data-href]')
    if (!row || !row.dataset.href || String(window.getSelection())) return
    if (event.ctrlKey || event.metaKey) window.open(row.dataset.href)
    else location.assign(row.dataset.href)
  })
}
