// Lists as their readers want them: a view kept and shared, columns chosen, the way back after an edit; and two people at one record.
// At both widths; the pictures of docs/guide/lists.md and docs/guide/together.md are taken with ANXIAO_SHOTS=1.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { go, picture, reader, send, sound, startBrowser, text } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

const heads = (page) => page.$$eval('#list thead th:not(.ax-pick)', (cells) => cells.map((cell) => cell.textContent.trim()))

for (const width of ['desk', 'phone']) {
  test(`a view is kept, opens by its name, and is removed: ${width}`, async () => {
    const page = await reader(browser, 'bureau', { width })
    const label = width === 'desk' ? '已销号的消防隐患' : '手机上的视图'
    await go(page, '/hazards?state=closed&category=fire')
    await page.click('.ax-list-tools summary:has-text("列")')
    await page.check('.ax-columns-form input[value=remark]')
    await sound(page)
    await send(page, '.ax-columns-form button[type=submit]')
    assert.ok((await heads(page)).includes('备注'))
    assert.equal(await page.inputValue('#filter-state'), 'closed', 'the filters stay')
    await page.click('.ax-list-tools summary:has-text("视图")')
    await send(page, '.ax-views a:has-text("保存与管理视图")')
    assert.match(await text(page, '.ax-says'), /已销号/)
    await page.fill('#f-label', label)
    await page.check('input[name=shared][value=county]')
    await sound(page)
    if (width === 'desk') await picture(page, 'view-keep')
    await send(page, 'form[action="/hazards/views"] button[type=submit]')
    assert.match(await text(page, '.ax-view-now'), new RegExp(label))
    assert.ok((await heads(page)).includes('备注'))
    await page.click('.ax-list-tools summary:has-text("视图")')
    await sound(page)
    await picture(page, width === 'desk' ? 'views' : 'views-phone')
    // A filter of the view is taken off, and comes back with the view.
    await send(page, '.ax-chips a >> nth=0')
    assert.equal(await page.inputValue('#filter-category') === 'fire' && await page.inputValue('#filter-state') === 'closed', false)
    await go(page, '/hazards/views')
    await page.click(`.ax-own-views li:has-text("${label}") form[action$="/remove"] button`)
    await Promise.all([page.waitForEvent('load'), page.click('#ask button[value=yes]')])
    assert.equal(await page.locator(`.ax-own-views li:has-text("${label}")`).count(), 0)
    await page.context().close()
  })
}

test('on an ordinary screen nothing of a list is cut off', async () => {
  const page = await reader(browser, 'bureau')
  await page.setViewportSize({ width: 1280, height: 800 })
  for (const path of ['/hazards', '/report-snapshots']) {
    await go(page, path)
    const over = await page.$$eval('#list .ax-scroll', (frames) => frames.map((frame) => frame.scrollWidth - frame.clientWidth).filter((over) => over > 0))
    assert.deepEqual(over, [], path)
  }
  await page.context().close()
})

test('without a script a view is kept and columns are chosen', async () => {
  const page = await reader(browser, 'school', { script: false })
  await go(page, '/hazards?state=closed')
  await page.click('.ax-list-tools summary:has-text("列")')
  await page.check('.ax-columns-form input[value=remark]')
  await page.click('.ax-columns-form button[type=submit]')
  assert.ok((await heads(page)).includes('备注'))
  await page.click('.ax-list-tools summary:has-text("视图")')
  await page.click('.ax-views a:has-text("保存与管理视图")')
  await page.fill('#f-label', '无脚本')
  await page.click('form[action="/hazards/views"] button[type=submit]')
  assert.match(await text(page, '.ax-view-now'), /无脚本/)
  await page.context().close()
})

async function report(page, place) {
  await go(page, '/hazards/new')
  await page.fill('input[name=place]', place)
  await page.fill('textarea[name=description]', '应急灯不亮')
  await page.selectOption('select[name=category]', 'fire')
  await page.selectOption('select[name=source]', 'self_check')
  await page.fill('input[name=found_on]', '2021-12-20')
  await send(page, 'form[data-guard] button[type=submit]')
  return new URL(page.url()).pathname
}

test('after an edit a reader is back in his list, as he left it', async () => {
  const page = await reader(browser, 'school')
  await report(page, '图书馆走廊')
  await go(page, '/hazards?state=registered&sort=-found_on&columns=place')
  const list = page.url()
  await send(page, 'tbody a.ax-row-link')
  assert.equal(await page.locator('.ax-back a').first().getAttribute('href'), new URL(list).pathname + new URL(list).search)
  await sound(page)
  await send(page, '.ax-head a[href*="/edit"]')
  await page.fill('textarea[name=remark]', '已拉警戒线')
  await send(page, 'form[data-guard] button[type=submit]')
  assert.equal(page.url(), list)
  assert.equal(await page.locator('.ax-note.ax-good').count(), 1)
  await page.context().close()
})

for (const width of ['desk', 'phone']) {
  test(`two people at one record: ${width}`, async () => {
    const [mine, theirs] = [await reader(browser, 'school', { width }), await reader(browser, 'principal')]
    const where = width === 'desk' ? '实验楼' : '综合楼'
    const path = await report(mine, `${where}一楼`)
    await go(mine, `${path}/edit`)
    await mine.fill('input[name=place]', `${where}一楼西侧`)
    await mine.fill('textarea[name=description]', '两盏应急灯不亮')
    await go(theirs, `${path}/edit`)
    await theirs.fill('input[name=place]', `${where}一楼东侧`)
    await theirs.fill('textarea[name=remark]', '已通知电工')
    await send(theirs, 'form[data-guard] button[type=submit]')
    await send(mine, 'form[data-guard] button[type=submit]')
    const page = await mine.textContent('.ax-merge')
    for (const words of ['东侧', '西侧', '两盏应急灯不亮', '已通知电工']) assert.match(page, new RegExp(words))
    assert.ok(await mine.isChecked('input[name="pick.place"][value=mine]'))
    await sound(mine)
    await picture(mine, width === 'desk' ? 'merge' : 'merge-phone')
    await mine.check('input[name="pick.place"][value=theirs]')
    await send(mine, 'form[data-guard] button[type=submit]')
    const now = await mine.textContent('.ax-pairs')
    for (const words of ['东侧', '两盏应急灯不亮', '已通知电工']) assert.match(now, new RegExp(words))
    await send(mine, '.ax-compare button[type=submit]')
    assert.match(await mine.textContent('.ax-merge'), /两盏应急灯不亮/)
    await sound(mine)
    if (width === 'desk') await picture(mine, 'versions')
    // A move meets an edit.
    await go(mine, path)
    await go(theirs, `${path}/edit`)
    await theirs.fill('textarea[name=remark]', '电工明天到')
    await send(theirs, 'form[data-guard] button[type=submit]')
    await mine.click('#move-grade > summary')
    await mine.check('#move-grade [name=grade][value=general]')
    await send(mine, '#move-grade button[type=submit]')
    assert.match(await mine.textContent('.ax-merge'), /电工明天到/)
    await sound(mine)
    await send(mine, 'form[data-guard] button[type=submit]')
    assert.match(await text(mine, '.ax-marks .ax-badge'), /已分级/)
    await Promise.all([mine, theirs].map((page) => page.context().close()))
  })
}
