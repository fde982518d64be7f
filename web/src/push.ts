// 浏览器推送: this browser subscribes when somebody touches the button, and not before; nobody is asked for a permission that he did not want to give.

const bytes = (text: string): Uint8Array => {
  const plain = atob(text.replace(/-/g, '+').replace(/_/g, '/'))
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0))
}

const text = (key: ArrayBuffer | null): string =>
  key ? btoa(String.fromCharCode(...new Uint8Array(key))).replace(/\+/g, '-').replace(/\//g, '_').replace(/=+$/, '') : ''

/** The hash by which the page knows a browser: its address itself is in no page. */
async function known(endpoint: string): Promise<string> {
  const hash = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(endpoint))
  return Array.from(new Uint8Array(hash), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

async function held(): Promise<PushSubscription | null> {
  const worker = await navigator.serviceWorker.getRegistration()
  return worker ? worker.pushManager.getSubscription() : null
}

/** A subscription for this county's key; one for another key is of no use. */
async function subscribe(key: string): Promise<PushSubscription> {
  await navigator.serviceWorker.register('/sw.js')
  const worker = await navigator.serviceWorker.ready
  const old = await worker.pushManager.getSubscription()
  if (old && text(old.options.applicationServerKey) === key) return old
  if (old) await old.unsubscribe()
  return worker.pushManager.subscribe({ userVisibleOnly: true, applicationServerKey: bytes(key) })
}

export async function pushHere(): Promise<void> {
  const part = document.querySelector<HTMLElement>('[data-push]')
  const form = part && part.querySelector('form')
  if (!part || !form) return
  const say = (what: string): void => {
    part.hidden = false
    part.querySelectorAll<HTMLElement>('[data-push-say]').forEach((line) => (line.hidden = line.dataset.pushSay !== what))
  }
  if (!('serviceWorker' in navigator) || !('PushManager' in window) || !('Notification' in window)) return say('unable')
  const own = await held().catch(() => null)
  const hash = own ? await known(own.endpoint) : ''
  const line = hash && document.querySelector<HTMLElement>(`[data-push-known="${hash}"]`)
  if (line) {
    const badge = line.querySelector<HTMLElement>('[data-push-here]')
    if (badge) badge.hidden = false
    return
  }
  if (Notification.permission === 'denied') return say('denied')
  say('')
  form.hidden = false
  form.addEventListener('submit', async (event) => {
    event.preventDefault()
    form.setAttribute('aria-busy', 'true')
    try {
      if ((await Notification.requestPermission()) !== 'granted') return say('denied')
      const made = await subscribe(part.dataset.push || '')
      const fill = (name: string, value: string): void => void ((form.elements.namedItem(name) as HTMLInputElement).value = value)
      fill('endpoint', made.endpoint)
      fill('public', text(made.getKey('p256dh')))
      fill('auth', text(made.getKey('auth')))
      form.submit()
    } catch (_) {
      say('failed')
      const note = part.querySelector<HTMLElement>('[data-push-say="failed"]')
      if (note) note.focus()
    } finally {
      form.removeAttribute('aria-busy')
    }
  })
}
