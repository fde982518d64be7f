// A hazard's whole life through the pages: a guard reports it on his phone, the safety officer grades it, the
// principal hands it over, the guard rectifies, another person confirms. Whoever rectified is never asked to confirm.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, reader, send, startBrowser, text } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

const who = async (login, options) => {
  const page = await reader(browser, login, options)
  return { page, name: (await page.textContent('.ax-user-name')).trim() }
}

/** The moves that the page of a record offers. */
const offered = (page) => page.$$eval('.ax-move', (moves) => moves.map((move) => move.id.replace('move-', '')))

/** Opens a move, fills it in and sends it. */
async function make(page, move, fill = async () => {}) {
  const open = `#move-${move}`
  await page.click(`${open} > summary`)
  await fill((field) => page.locator(`${open} [name=${field}]`))
  await send(page, `${open} button[type=submit]`)
}

const state = (page) => text(page, '.ax-marks .ax-badge')

async function report(page, place) {
  await go(page, '/hazards/new')
  await page.check('input[name=place_kind][value=school]')
  await page.fill('input[name=place]', place)
  await page.fill('textarea[name=description]', '灭火器压力不足，指针在红区')
  await page.selectOption('select[name=category]', 'fire')
  await page.fill('input[name=found_on]', '2021-12-20')
  await send(page, 'form[data-guard] button[type=submit]')
  return new URL(page.url()).pathname
}

test('a wrong report shows the fault at its field, and nothing that was typed is lost', async () => {
  const { page } = await who('guard', { width: 'phone' })
  await go(page, '/hazards/new')
  // His school, today and that he found it himself are known: they are filled in, not asked.
  assert.ok(await page.isChecked('input[name=place_kind][value=school]'))
  assert.equal(await page.inputValue('input[name=found_on]'), '2021-12-20')
  await page.fill('input[name=place]', '门卫室')
  await page.fill('textarea[name=description]', '伸缩门电机外壳开裂')
  await page.fill('input[name=found_on]', '2022-03-01')
  await send(page, 'form[data-guard] button[type=submit]')
  const wrong = await page.$$eval('.ax-wrong [name]', (fields) => [...new Set(fields.map((field) => field.name))])
  assert.deepEqual(wrong.sort(), ['category', 'found_on'])
  assert.equal(await page.inputValue('input[name=place]'), '门卫室')
  assert.equal(await page.inputValue('textarea[name=description]'), '伸缩门电机外壳开裂')
  assert.equal(await page.inputValue('input[name=found_on]'), '2022-03-01')
  assert.ok(await page.evaluate(() => document.activeElement.matches('[data-errors]')), 'the summary is read first')
  await page.click('[data-errors] a[href="#f-found_on"]')
  await checkAccess(page)
  await checkWidth(page)
  checkCalm(page)
  await page.context().close()
})

test('whoever goes back and types something else reports something else; the same again is done once', async () => {
  const { page } = await who('guard', { width: 'phone' })
  const first = await report(page, '体育器材室')
  await page.goBack()
  await page.fill('input[name=place]', '体育器材室隔壁')
  await send(page, 'form[data-guard] button[type=submit]')
  const second = new URL(page.url()).pathname
  assert.notEqual(second, first)
  assert.ok((await page.textContent('main')).includes('体育器材室隔壁'))
  await page.goBack()
  await send(page, 'form[data-guard] button[type=submit]')
  assert.equal(new URL(page.url()).pathname, second)
  checkCalm(page)
  await page.context().close()
})

test('from the report on a phone to the closing by somebody else', async () => {
  const guard = await who('guard', { width: 'phone' })
  const officer = await who('school')
  const principal = await who('principal')
  const path = await report(guard.page, '食堂后厨灭火器箱')
  assert.match(path, /^\/hazards\/[0-9a-f-]{36}$/)
  assert.equal(await state(guard.page), '已登记')

  await go(officer.page, path)
  await make(officer.page, 'grade', (field) => field('grade').and(officer.page.locator('[value=general]')).check())
  assert.equal(await state(officer.page), '已分级')

  await go(principal.page, path)
  await make(principal.page, 'hand_over', async (field) => {
    const option = field('keeper').locator('option').filter({ hasText: guard.name }).first()
    await field('keeper').selectOption(await option.getAttribute('value'))
    await field('measures').fill('更换灭火器，逐个登记有效期')
  })
  assert.equal(await state(principal.page), '已交办')

  await go(guard.page, '/')
  await guard.page.click('main a:has-text("食堂后厨灭火器箱")')
  await guard.page.waitForURL(`**${path}`)
  await make(guard.page, 'sign_for')
  assert.equal(await state(guard.page), '整改中')
  await make(guard.page, 'submit', (field) => field('statement').fill('已更换两具灭火器并登记'))
  assert.equal(await state(guard.page), '待复查')
  assert.ok(!(await offered(guard.page)).includes('confirm'), 'who rectified does not confirm')
  await checkAccess(guard.page)
  await checkWidth(guard.page)

  await go(officer.page, path)
  await make(officer.page, 'confirm', (field) => field('recheck_note').fill('现场看过，压力正常'))
  assert.equal(await state(officer.page), '已销号')
  const events = await officer.page.$$eval('.ax-timeline > li', (items) => items.map((item) => [item.querySelector('strong').textContent, item.querySelector('.ax-meta').textContent]))
  const expected = [['复查', officer], ['申请销号', guard], ['签收', guard], ['交办', principal], ['研判分级', officer], ['登记', guard]]
  assert.equal(events.length, expected.length)
  expected.forEach(([what, person], at) => {
    assert.ok(events[at][0].includes(what), `${events[at][0]} is ${what}`)
    assert.ok(events[at][1].includes(person.name), `${events[at][1]} names ${person.name}`)
  })
  for (const { page } of [guard, officer, principal]) {
    checkCalm(page)
    await page.context().close()
  }
})

test('an officer who rectified is not offered to confirm; the principal is', async () => {
  const officer = await who('school')
  const principal = await who('principal')
  const path = await report(officer.page, '二楼楼梯扶手')
  await make(officer.page, 'grade', (field) => field('grade').and(officer.page.locator('[value=general]')).check())
  await make(officer.page, 'fix_on_the_spot', (field) => field('statement').fill('当场拧紧固定螺栓'))
  assert.equal(await state(officer.page), '待复查')
  assert.ok(!(await offered(officer.page)).includes('confirm'))
  await go(principal.page, path)
  assert.ok((await offered(principal.page)).includes('confirm'))
  await principal.page.click('#move-send_back > summary')
  await principal.page.click('#move-send_back button[type=submit]')
  assert.equal(await principal.page.locator('#move-send_back [name=recheck_note]:invalid').count(), 1, 'a reason is asked for')
  await make(principal.page, 'confirm')
  assert.equal(await state(principal.page), '已销号')
  await Promise.all([officer, principal].map(({ page }) => page.context().close()))
})
