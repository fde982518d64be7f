// Looks at rendered sample pages without a server of the product:
//   ANXIAO_PREVIEW=/tmp/preview cargo test -p engine --test templates && node preview.mjs /tmp/preview
// Every page at phone and desktop width, light and dark, under the strict policy, checked by axe.
import { createServer } from 'node:http'
import { readFile, readdir } from 'node:fs/promises'
import { dirname, join, normalize } from 'node:path'
import { fileURLToPath } from 'node:url'
import { checkAccess, checkWidth, openPage, shot, startBrowser, themes, widths } from './lib.mjs'

const folder = process.argv[2]
const only = process.argv.slice(3)
const dist = join(dirname(fileURLToPath(import.meta.url)), '..', 'web', 'dist')
const kinds = { html: 'text/html; charset=utf-8', css: 'text/css', js: 'text/javascript', svg: 'image/svg+xml' }
const policy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

/** What the script adds: menu, theme, keys, question before a dangerous form; and that the menu needs none of it. */
async function checkShell() {
  const phone = await openPage(browser, { width: 'phone', script: false })
  await phone.goto(`${base}/list.html`)
  await phone.click('.ax-burger')
  await phone.waitForSelector('#nav', { state: 'visible' })
  await phone.screenshot({ path: join(dirname(fileURLToPath(import.meta.url)), 'shots', 'menu-phone.png') })
  await phone.context().close()
  const desk = await openPage(browser)
  await desk.goto(`${base}/show.html`)
  await desk.waitForSelector('html.js')
  await desk.click('[data-theme-switch]')
  await desk.waitForSelector('html[data-bs-theme=dark]')
  if (!(await desk.context().cookies()).some(({ name, value }) => name === 'theme' && value === 'dark')) wrong.push('no theme cookie')
  await checkAccess(desk, 'chosen dark').catch((error) => wrong.push(error.message))
  await desk.keyboard.press('?')
  await desk.waitForSelector('#keys[open]')
  await checkAccess(desk, 'keys').catch((error) => wrong.push(error.message))
  await desk.keyboard.press('Escape')
  await desk.click('#move-refuse > summary')
  await desk.fill('#move-refuse textarea', '两次通知，拒不整改')
  await desk.click('#move-refuse button[type=submit]')
  await desk.waitForSelector('#ask[open]')
  await checkAccess(desk, 'question').catch((error) => wrong.push(error.message))
  await shot(desk, 'question-desk-dark')
  const sent = desk.waitForRequest((request) => request.method() === 'POST')
  await desk.click('#ask button[value=yes]')
  if (!(await sent).postData().includes('facts=')) wrong.push('the confirmed form was not sent')
  await desk.goto(`${base}/list.html`)
  await desk.keyboard.press('/')
  if ((await desk.evaluate(() => document.activeElement.name)) !== 'q') wrong.push('the key / does not reach the search field')
  const partial = desk.waitForRequest((request) => request.headers()['hx-request'] === 'true')
  await desk.selectOption('#filter-state', 'doing')
  if (!(await partial).url().includes('state=doing')) wrong.push('the filter does not ask at once')
  wrong.push(...desk.complaints.filter((complaint) => !/404|Response Status/.test(complaint)))
  await desk.context().close()
}

const server = createServer(async (request, response) => {
  const name = normalize(decodeURIComponent(new URL(request.url, 'http://x').pathname)).slice(1)
  if (request.method === 'POST') return response.writeHead(204).end()
  try {
    const body = await readFile(join(name.endsWith('.html') ? folder : dist, name))
    response.writeHead(200, { 'content-type': kinds[name.split('.').pop()] ?? 'text/plain', 'content-security-policy': policy }).end(body)
  } catch {
    response.writeHead(404).end()
  }
})
await new Promise((done) => server.listen(0, '127.0.0.1', done))
const base = `http://127.0.0.1:${server.address().port}`
const browser = await startBrowser()
const wrong = []
const names = (await readdir(folder)).filter((name) => name.endsWith('.html')).map((name) => name.slice(0, -5))
for (const name of names.filter((name) => only.length === 0 || only.includes(name))) {
  for (const width of Object.keys(widths)) {
    for (const theme of themes) {
      const page = await openPage(browser, { width, theme })
      const label = `${name}-${width}-${theme}`
      await page.goto(`${base}/${name}.html`)
      await page.waitForSelector('html.js')
      await shot(page, label)
      for (const check of [checkWidth, checkAccess]) await check(page, label).catch((error) => wrong.push(error.message))
      wrong.push(...page.complaints.map((complaint) => `${label}: ${complaint}`))
      await page.context().close()
    }
  }
}
if (only.length === 0) await checkShell()
await browser.close()
server.close()
console.log(wrong.length === 0 ? `${names.length} pages, nothing wrong` : wrong.join('\n\n'))
process.exitCode = wrong.length === 0 ? 0 : 1
