// A guard on his round with a telephone: each printed code is one touch to scan and one to say "all well"; what is wrong is a hazard at once;
// a round in seconds waits for the principal. And a class teacher's minute before going home. With ANXIAO_SHOTS=1 the guide's pictures are taken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { accounts, go, openPage, picture, reader, send, signIn, sound, startBrowser, text, themes } from './lib.mjs'

let browser, codes
before(async () => {
  browser = await startBrowser()
  const school = await reader(browser, 'school')
  codes = await printed(school)
  await school.context().close()
})
after(() => browser.close())

/** The addresses on the sheet of the guards' route, in the order of its points. */
async function printed(page) {
  await go(page, '/patrol-routes?kind=guard')
  await send(page, 'tbody a.ax-row-link')
  await send(page, 'a[href$="/sheet"]')
  return page.$$eval('.ax-wall-address', (lines) => lines.map((line) => new URL(line.textContent.trim()).pathname))
}

/** What a guard reads and touches outdoors: letters of 18 px, touches of 48. */
async function large(page, name) {
  const small = await page.$$eval('.ax-patrol *', (all) => {
    const seen = all.filter((one) => one.getClientRects().length > 0)
    const words = seen.filter((one) => [...one.childNodes].some((node) => node.nodeType === 3 && node.textContent.trim()) && !one.closest('.visually-hidden'))
    const letters = words.filter((one) => parseFloat(getComputedStyle(one).fontSize) < 18).map((one) => `letters ${one.textContent.trim()}`)
    const touches = seen.filter((one) => one.matches('.btn, summary, label:has(input[type=radio]), input:not([type=hidden]):not([type=radio])'))
    return letters.concat(touches.filter((one) => one.getBoundingClientRect().height < 48).map((one) => `touch ${one.outerHTML.slice(0, 90)} ${one.getBoundingClientRect().height}`))
  })
  assert.deepEqual(small, [], name)
}

test('the sheet with the codes', async () => {
  assert.ok(codes.length >= 4 && codes.every((code) => /^\/p\/[2-9A-Z]{12}$/.test(code)), String(codes))
  for (const width of ['desk', 'phone']) {
    const page = await reader(browser, 'school', { width })
    await printed(page)
    assert.ok(await page.$$eval('.ax-plate img', (images) => images.length >= 4 && images.every((image) => image.complete && image.naturalWidth > 0)))
    await sound(page, `sheet ${width}`)
    if (width === 'desk') await picture(page, 'patrol-sheet')
    await page.context().close()
  }
})

test('a round: two touches and ten seconds a point, and a finding is a hazard', async () => {
  const page = await reader(browser, 'guard', { width: 'phone' })
  await go(page, '/patrol')
  await sound(page, 'due')
  await large(page, 'due')
  await picture(page, 'patrol-due')
  const words = '灭火器缺失、失效'
  for (const [at, code] of codes.entries()) {
    let taps = 1
    const begun = Date.now()
    await go(page, code)
    if (at === 0) {
      await sound(page, 'point')
      await large(page, 'point')
      await picture(page, 'patrol-point')
    }
    const again = Date.now()
    if (at === 1) {
      for (const touch of ['.ax-trouble > summary', '.ax-tip-chips label:has([value=extinguisher])']) await page.click(touch)
      await sound(page, 'finding')
      await large(page, 'finding')
      await send(page, '.ax-trouble button[type=submit]')
      continue
    }
    taps += 1
    await send(page, '.ax-touch button[type=submit]')
    const seconds = (Date.now() - (at === 0 ? again : begun)) / 1000
    assert.ok(taps <= 2 && seconds <= 10, `${taps} touches, ${seconds} s`)
    if (at === 0) {
      await sound(page, 'walk')
      await large(page, 'walk')
      await picture(page, 'patrol-walk')
    }
  }
  assert.match(page.url(), /\/patrol\?done=1$/)
  assert.match(await text(page, 'main .ax-note:not([hidden])'), /走完了/)
  await page.context().close()

  const officer = await reader(browser, 'school')
  await go(officer, '/hazards?state=registered&sort=-found_on')
  await send(officer, `tbody tr:has-text("${words}") a.ax-row-link`)
  assert.ok((await officer.textContent('main')).includes('到点记录'), 'the round stands on the page of its hazard')
  await sound(officer, 'hazard')
  await officer.context().close()
})

test('a round in seconds is looked at by a person, and the day shows what is missing', async () => {
  for (const theme of themes) {
    const page = await reader(browser, 'principal', { theme })
    await go(page, '/patrol/today?day=2021-12-17')
    await sound(page, `today ${theme}`)
    if (theme === 'light') await picture(page, 'patrol-today')
    await page.context().close()
  }
  const page = await reader(browser, 'principal', { width: 'phone' })
  await go(page, '/patrol-flags?state=waiting')
  await send(page, 'tbody a.ax-row-link')
  await sound(page, 'flag')
  await page.click('#move-look_at > summary')
  await page.locator('#move-look_at [name=conclusion]').and(page.locator('[value=explained]')).check()
  await page.fill('#move-look_at [name=note]', '带新保安认路')
  await send(page, '#move-look_at button[type=submit]')
  // Done, the list of what still waits stands there again.
  await go(page, '/patrol-flags?state=looked_at')
  await send(page, 'tbody a.ax-row-link')
  assert.equal(await text(page, '.ax-marks .ax-badge'), '已核实')
  const bureau = await reader(browser, 'bureau')
  await go(bureau, '/patrol/today?day=2021-12-17')
  await sound(bureau, 'county')
  assert.ok((await bureau.textContent('main')).includes('待核实提示'))
  for (const one of [page, bureau]) await one.context().close()
})

test('without a script a point is marked all the same', async () => {
  const page = await openPage(browser, { width: 'phone', script: false })
  await signIn(page, 'guard', (await accounts()).guard)
  await go(page, codes[2])
  await Promise.all([page.waitForEvent('load'), page.click('.ax-touch button[type=submit]')])
  // A moment after the round ended the same point is the same touch, later it begins the next round.
  assert.match(page.url(), /\/(walk|patrol\?done=1)$/)
  await page.context().close()
})

test('what was said to a class is one touch', async () => {
  for (const width of ['phone', 'desk']) {
    const page = await reader(browser, 'teacher', { width })
    await go(page, '/talk')
    await sound(page, `talk ${width}`)
    if (width === 'phone') {
      await large(page, 'talk')
      await picture(page, 'talk')
      await send(page, '[aria-labelledby=talk-lesson] button[type=submit]')
    }
    assert.match(await text(page, '[aria-labelledby=talk-lesson] .ax-badge'), /今天讲过了/)
    await page.context().close()
  }
  // A slip of the finger: set aside by whoever made it, and offered again.
  const slip = await reader(browser, 'teacher', { width: 'phone' })
  await go(slip, '/talks?kind=lesson&state=said&day.from=2021-12-20')
  await send(slip, 'tbody a.ax-row-link')
  await slip.click('#move-mistaken > summary')
  await slip.check('#move-mistaken [name=reason][value=slip]')
  await slip.click('#move-mistaken button[type=submit]')
  await send(slip, '#ask button[value=yes]')
  assert.match(await text(slip, 'main'), /误记/)
  await go(slip, '/talk')
  assert.doesNotMatch(await text(slip, '[aria-labelledby=talk-lesson] .ax-badge'), /今天讲过了/)
  await slip.context().close()
  const page = await reader(browser, 'principal', { width: 'phone', theme: 'dark' })
  await go(page, '/talk')
  assert.ok(await page.locator('#talk-flag').count(), 'Monday: the flag is raised')
  await sound(page, 'flag-raising')
  await page.context().close()
})
