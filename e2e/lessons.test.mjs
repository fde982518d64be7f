// A school's own timetable: its list, its import, and with whom a child should be now.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, picture, reader, send, startBrowser, switchTheme, text } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

async function sound(page, name) {
  await checkAccess(page, name)
  await checkWidth(page, name)
  await switchTheme(page)
  await checkAccess(page, `${name} in the other theme`)
  await switchTheme(page)
  checkCalm(page)
}

test('the school has its timetable and its import', async () => {
  const page = await reader(browser, 'school')
  await go(page, '/lessons')
  assert.ok((await page.locator('tbody tr').count()) > 10)
  await sound(page, 'lessons')
  await picture(page, 'lessons')
  await go(page, '/lessons/new')
  assert.match(await page.content(), /三年级/)
  await sound(page, 'a lesson of a grade')
  await go(page, '/lessons')
  await send(page, 'a[href="/lessons/import"]')
  await sound(page, 'import of lessons')
  await page.context().close()
})

test('a class teacher may call a lesson, and sees with whom a child should be', async () => {
  for (const width of ['desk', 'phone']) {
    const page = await reader(browser, 'teacher', { width })
    await go(page, '/rollcall')
    await page.click('.ax-lessons summary')
    assert.ok((await page.locator('.ax-lesson-list li').count()) > 3)
    await sound(page, `lessons to call ${width}`)
    await go(page, '/pupils')
    await send(page, 'tbody a.ax-row-link')
    await go(page, `${new URL(page.url()).pathname}/presence?day=2021-12-20`)
    assert.match(await text(page, '.ax-lessons h2'), /当日课表/)
    assert.match(await page.innerText('main'), /此刻（\d\d:\d\d）按课表/)
    await sound(page, `presence ${width}`)
    if (width === 'phone') await picture(page, 'lessons-now')
    await page.context().close()
  }
})
