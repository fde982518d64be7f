// Looking for something: from the top of any page, by a word, a name as it sounds, a code; on a desk with the keyboard, on a
// phone, and without a script. What is found is what the list holds, and nobody finds what is not his.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, picture, reader, send, shot, startBrowser, switchTheme, text, widths } from './lib.mjs'

let browser
before(async () => {
  browser = await startBrowser()
})
after(() => browser.close())

/** Each group of the page: its heading and its exact total. */
function groups(page) {
  return page.$$eval('.ax-found section', (cards) => cards.map((card) => [card.querySelector('h2').textContent.trim(), card.querySelector('.ax-badge').textContent.trim()]))
}

async function checkPage(page, name) {
  await checkAccess(page, name)
  await checkWidth(page, name)
  await switchTheme(page)
  await checkAccess(page, `${name} in the other theme`)
  await shot(page, `${name}-dark`)
  await switchTheme(page)
}

/** The name of the first pupil of a reader's list. */
async function somebody(page) {
  await go(page, '/pupils')
  return text(page, 'tbody a.ax-row-link')
}

test('a class teacher finds a pupil by name, and by nothing that is not hers', async () => {
  const page = await reader(browser, 'teacher')
  const name = await somebody(page)
  await go(page, '/')
  await page.keyboard.press('/')
  assert.equal(await page.evaluate(() => document.activeElement.name), 'q')
  await page.keyboard.type(name)
  await Promise.all([page.waitForEvent('load'), page.keyboard.press('Enter')])
  assert.match(page.url(), /\/search\?q=/)
  assert.equal(await page.inputValue('main input[name=q]'), name)
  const found = await groups(page)
  assert.equal(found[0][0], '学生')
  assert.equal(await text(page, '.ax-found .ax-row-title'), name)
  // The list behind it holds as many.
  await send(page, '.ax-found .ax-more a')
  assert.match(page.url(), /\/pupils\?q=/)
  assert.ok((await text(page, '.ax-total')).includes(found[0][1]))
  // From a list the key goes to the list's own field.
  await page.keyboard.press('/')
  assert.equal(await page.evaluate(() => document.activeElement.id), 'filter-q')
  const bureau = await reader(browser, 'bureau')
  await go(bureau, `/search?q=${encodeURIComponent(name)}`)
  assert.ok(!(await groups(bureau)).some(([heading]) => heading === '学生'))
  checkCalm(page)
})

test('the bureau finds words, codes and names as they sound', async () => {
  const page = await reader(browser, 'bureau')
  await go(page, '/schools')
  const code = await text(page, 'tbody td[data-label="学校标识码"]')
  await go(page, `/search?q=${code}`)
  assert.equal((await groups(page))[0][0], '学校')
  await go(page, '/staff')
  const person = (await text(page, 'tbody tr td[data-label="姓名"]')) || ''
  await go(page, `/search?q=${encodeURIComponent(person.slice(0, 1))}`)
  assert.ok((await groups(page)).length > 0)
  await go(page, `/search?q=${encodeURIComponent('灭火器')}`)
  const [[heading, total]] = await groups(page)
  assert.equal(heading, '隐患')
  assert.ok(Number(total.replace(',', '')) > 0)
  await go(page, '/search?q=daoxian')
  await checkPage(page, 'search-desk')
  await go(page, `/search?q=${encodeURIComponent('食堂')}`)
  await picture(page, 'search')
  checkCalm(page)
})

for (const width of Object.keys(widths)) {
  test(`what can be searched, nothing found and nothing to look for, at ${widths[width].width}`, async () => {
    const page = await reader(browser, 'school', { width })
    await go(page, '/search')
    assert.ok((await text(page, '.ax-searched')).includes('学生'))
    await checkPage(page, `search-empty-${width}`)
    await go(page, '/search?q=qqqqqq')
    assert.ok((await text(page, '.ax-calm')).includes('qqqqqq'))
    await go(page, '/search?q=!!!', 422)
    assert.ok((await text(page, '#search-fault')).includes('汉字'))
    await checkPage(page, `search-fault-${width}`)
    await go(page, `/search?q=${'a'.repeat(10_000)}`, 422)
    assert.ok((await text(page, '#search-fault')).includes('100'))
    await go(page, `/search?q=${encodeURIComponent('陈')}`)
    assert.ok((await groups(page)).length > 1)
    await shot(page, `search-found-${width}`)
    await checkPage(page, `search-found-${width}`)
    checkCalm(page)
    await page.context().close()
  })
}

test('on a phone the mark at the top leads there', async () => {
  const page = await reader(browser, 'teacher', { width: 'phone' })
  const name = await somebody(page)
  await go(page, '/')
  await send(page, '.ax-find-link')
  await page.fill('main input[name=q]', name)
  await send(page, 'main form[action="/search"] button')
  assert.equal(await text(page, '.ax-found .ax-row-title'), name)
  await checkWidth(page)
  checkCalm(page)
})

test('without a script it is a form and links', async () => {
  const page = await reader(browser, 'bureau', { script: false })
  await go(page, '/hazards')
  await page.fill('.ax-find input[name=q]', '小学')
  await Promise.all([page.waitForEvent('load'), page.press('.ax-find input[name=q]', 'Enter')])
  const found = await groups(page)
  assert.equal(found[0][0], '学校')
  await send(page, '.ax-found .ax-todo a')
  assert.match(page.url(), /\/schools\/[0-9a-f-]{36}$/)
})
