// A board that moves by itself: the server says that something has changed, and the part marked data-live is read again. Without a script the
// page is as good as when it was opened.
export function liveBoards(): void {
  const board = document.querySelector<HTMLElement>('[data-live]')
  const from = board?.dataset.live
  if (!board || !from || !('EventSource' in window)) return
  let known = false
  const stream = new EventSource(from)
  stream.addEventListener('message', () => {
    // The first word comes with the opening, about what is on the page already.
    if (known) void readAgain(board)
    known = true
  })
  window.addEventListener('pagehide', () => stream.close())
}

async function readAgain(board: HTMLElement): Promise<void> {
  const answer = await fetch(location.href, { headers: { accept: 'text/html' } })
  if (!answer.ok || answer.redirected) return
  const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
  const fresh = page.querySelector('[data-live]')
  if (fresh) board.replaceChildren(...fresh.childNodes)
}
