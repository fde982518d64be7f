// The service worker keeps the shell: styles, script, icons and one page without anybody's data. What people may read lies under their own
// keys, in IndexedDB, where the page finds it; this cache never holds any of it. It is named by the build, so a new build is a new cache.
declare const self: ServiceWorkerGlobalScope & { ANXIAO_ASSETS: string }

const assets = self.ANXIAO_ASSETS
const cache = `anxiao ${assets}`
const shell = '/offline'
const PATIENCE = 15000

/** A page that is asked for anew, past the browser's own cache. */
const fresh = (): Request => new Request(shell, { cache: 'reload' })

self.addEventListener('install', (event) => {
  const files = ['app.css', 'app.js', 'icons.svg', 'favicon.svg', 'icon-192.png'].map((name) => assets + name)
  event.waitUntil(caches.open(cache).then((kept) => kept.addAll([...files, fresh()])).then(() => self.skipWaiting()))
})

self.addEventListener('activate', (event) => {
  const old = caches.keys().then((names) => Promise.all(names.filter((name) => name !== cache).map((name) => caches.delete(name))))
  event.waitUntil(old.then(() => self.clients.claim()))
})

self.addEventListener('message', (event) => {
  if (event.data === 'shell') event.waitUntil(caches.open(cache).then((kept) => kept.add(fresh())).catch(() => undefined))
})

/** A gateway's word in the place of a server that does not answer: what is ours comes with its policy, also when it is a failure. */
const gateway = (answer: Response): boolean => answer.status >= 502 && answer.status <= 504 && !answer.headers.has('content-security-policy')

/** The network, or after a while the shell: half a network is none, and so is one at whose end nobody is. */
async function page(request: Request): Promise<Response> {
  let clock = 0
  const late = new Promise<never>((_, reject) => (clock = self.setTimeout(() => reject(new Error('late')), PATIENCE)))
  try {
    const answer = await Promise.race([fetch(request), late])
    return gateway(answer) ? (await caches.match(shell)) || answer : answer
  } catch (error) {
    const kept = await caches.match(shell)
    if (kept) return kept
    throw error
  } finally {
    clearTimeout(clock)
  }
}

/** A file of this build; a kept page of an earlier build finds its files by name. */
async function file(request: Request, path: string): Promise<Response> {
  const kept = await caches.match(request)
  if (kept) return kept
  try {
    return await fetch(request)
  } catch (error) {
    const same = await caches.match(assets + path.split('/').slice(3).join('/'))
    if (same) return same
    throw error
  }
}

self.addEventListener('fetch', (event) => {
  const request = event.request
  const url = new URL(request.url)
  if (request.method !== 'GET' || url.origin !== self.location.origin) return
  if (url.pathname.startsWith('/assets/')) event.respondWith(file(request, url.pathname))
  else if (request.mode === 'navigate') event.respondWith(page(request))
})

/** What a push says: one sentence, and where within the site it leads. */
interface Said {
  title?: string
  body?: string
  path?: string | null
  tag?: string
  urgent?: boolean
}

/** A browser that is woken must show something; what it cannot read is a sign that something is there. */
function said(data: PushMessageData | null): Said {
  try {
    return data ? (data.json() as Said) : {}
  } catch (_) {
    return {}
  }
}

self.addEventListener('push', (event) => {
  const told = said(event.data)
  const look = { body: told.body, tag: told.tag, icon: assets + 'icon-192.png', requireInteraction: told.urgent === true, data: told.path }
  // The same message again takes the place of its sign and makes no second noise.
  event.waitUntil(self.registration.showNotification(told.title || '安校', look))
})

/** Only within the site, whatever was sent. */
const within = (path: unknown): string => {
  const url = new URL(typeof path === 'string' ? path : '/', self.location.origin)
  return url.origin === self.location.origin ? url.href : self.location.origin + '/'
}

self.addEventListener('notificationclick', (event) => {
  event.notification.close()
  const target = within(event.notification.data)
  const show = async (): Promise<void> => {
    const open = await self.clients.matchAll({ type: 'window', includeUncontrolled: true })
    const same = open.find((client) => client.url === target)
    await (same ? same.focus() : self.clients.openWindow(target))
  }
  event.waitUntil(show())
})
export {}
