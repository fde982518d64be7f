// The pages that the guide shows, as the guide shows them. With ANXIAO_SHOTS=1 their pictures are written to docs/guide.
import { after, before, test } from 'node:test'
import { checkCalm, go, picture, reader, send, serverUrl, startBrowser } from './lib.mjs'

let browser, desk
before(async () => {
  browser = await startBrowser()
  desk = await reader(browser, 'bureau')
})
after(() => browser.close())

/** The first hazard under way, whose page has moves and a history. */
async function openHazard(page) {
  await go(page, '/hazards?state=rectifying')
  await send(page, 'tbody a.ax-row-link')
  await page.waitForSelector('.ax-timeline > li')
}

test('today', async () => {
  await go(desk, '/')
  await picture(desk, 'today')
  checkCalm(desk)
})

test('the list of hazards', async () => {
  await go(desk, '/hazards')
  await picture(desk, 'hazards')
  checkCalm(desk)
})

test('a hazard', async () => {
  await openHazard(desk)
  await picture(desk, 'hazard')
  checkCalm(desk)
})

test('a hazard on the phone of its school', async () => {
  const phone = await reader(browser, 'school', { width: 'phone' })
  await openHazard(phone)
  await picture(phone, 'hazard-phone')
  checkCalm(phone)
  await phone.context().close()
})

test('an import with faults', async () => {
  const file = await (await desk.request.get(`${serverUrl()}/schools/export.csv`)).text()
  const [head, ...lines] = file.trim().split('\r\n')
  const faulty = lines.map((line, at) => (at === 0 ? line.replace('幼儿园,否', '幼稚园,否') : at === 1 ? line.replace('1953-09-01', '1953-13-01') : line))
  await go(desk, '/schools/import')
  await desk.setInputFiles('#file', { name: '学校基本情况.csv', mimeType: 'text/csv', buffer: Buffer.from([head, ...faulty].join('\r\n')) })
  await send(desk, '.ax-upload button[type=submit]')
  await desk.waitForSelector('text=错误')
  await picture(desk, 'import')
  checkCalm(desk)
})

test('the year report and a figure of it', async () => {
  await go(desk, '/reports/year/2021')
  await picture(desk, 'report')
  checkCalm(desk)
  await send(desk, '.ax-figure-link[title=发现隐患]')
  await desk.waitForSelector('.ax-figure-value')
  await picture(desk, 'figure')
  checkCalm(desk)
})
