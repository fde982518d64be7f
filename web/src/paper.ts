/** A button that prints the page; without a script the browser's own menu does. */
export function printButtons(): void {
  document.addEventListener('click', (event) => {
    if (event.target instanceof Element && event.target.closest('[data-print]')) window.print()
  })
}
