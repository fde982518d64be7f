// Evidence through the pages: a guard photographs a hazard on his phone, the keeper what was done; what is no photograph is
// refused by name, and a picture that was used before is shown to whoever looks.
import assert from 'node:assert/strict'
import { mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, picture, reader, send, shot, startBrowser, switchTheme } from './lib.mjs'

const guide = join(dirname(fileURLToPath(import.meta.url)), '..', 'docs', 'guide')
let browser
before(async () => {
  browser = await startBrowser()
  await mkdir(guide, { recursive: true })
})
after(() => browser.close())

/** A photograph of something; another number is another thing, `size` in hundredths. */
async function photo(page, number, size = 100) {
  const data = await page.evaluate(
    ([number, size]) => {
      const canvas = document.createElement('canvas')
      canvas.width = 6 * size
      canvas.height = 4.5 * size
      const pen = canvas.getContext('2d')
      pen.scale(size / 100, size / 100)
      pen.fillStyle = '#cdd3d6'
      pen.fillRect(0, 0, 600, 450)
      let state = number * 7919 + 13
      const next = (most) => (state = (state * 48271) % 2147483647) % most
      for (let at = 0; at < 14; at++) {
        pen.fillStyle = `rgb(${next(256)},${next(256)},${next(256)})`
        pen.fillRect(next(500), next(380), 60 + next(200), 50 + next(160))
      }
      return canvas.toDataURL('image/jpeg', 0.85).split(',')[1]
    },
    [number, size],
  )
  return { name: `IMG_${number}.jpg`, mimeType: 'image/jpeg', buffer: Buffer.from(data, 'base64') }
}

async function report(page, place) {
  await go(page, '/hazards/new')
  await page.fill('input[name=place]', place)
  await page.fill('textarea[name=description]', '外墙瓷砖空鼓，有脱落危险')
  await page.selectOption('select[name=category]', 'building')
  await send(page, 'form[data-guard] button[type=submit]')
  return new URL(page.url()).pathname
}

async function attach(page, role, input, files) {
  await page.click('#attach > summary')
  await page.check(`#attach [name=role][value=${role}]`)
  await page.setInputFiles(`#attach-${input}`, files)
  await send(page, '#attach button[type=submit]')
}

const shown = (page) => page.$$eval('.ax-piece img', (all) => all.filter((image) => image.complete && image.naturalWidth > 0).length)

for (const script of [true, false]) {
  test(`photographs of before and after stand side by side${script ? '' : ', without a script too'}`, async () => {
    const guard = await reader(browser, 'guard', { width: 'phone' })
    const bytes = [await photo(guard, script ? 1 : 2), await photo(guard, script ? 3 : 4)]
    const page = script ? guard : await reader(browser, 'guard', { width: 'phone', script: false })
    const path = await report(page, script ? '教学楼东侧外墙' : '教学楼西侧外墙')
    assert.equal(await page.locator('.ax-vacant').count(), 2, 'both sides say that they wait')
    assert.equal(await page.getAttribute('#attach-camera', 'capture'), 'environment')
    await attach(page, 'before', 'camera', bytes[0])
    await attach(page, 'after', 'file', [bytes[1]])
    await page.locator('#evidence').scrollIntoViewIfNeeded()
    await page.waitForTimeout(300)
    assert.equal(await shown(page), 2)
    const sides = await page.$$eval('.ax-sides > div', (all) => all.map((side) => side.innerText))
    assert.ok(sides[0].includes('整改前') && sides[0].includes('拍摄于2021-12-20') && sides[0].includes('外墙'), sides[0])
    assert.ok(sides[1].includes('没有拍摄时间'), sides[1])
    if (script) {
      await checkAccess(page)
      await checkWidth(page)
      await shot(page, 'evidence-phone')
      await switchTheme(page)
      await checkAccess(page)
    }
    checkCalm(page)
    await page.context().close()
    if (!script) await guard.context().close()
  })
}

test('what is refused is named with its reason, and the rest is kept', async () => {
  const page = await reader(browser, 'school')
  await report(page, '操场看台')
  const exe = { name: '清单.jpg', mimeType: 'image/jpeg', buffer: Buffer.from('MZ this is no picture') }
  await attach(page, 'before', 'file', [await photo(page, 5), exe])
  assert.ok(await page.evaluate(() => document.activeElement.matches('[data-errors]')), 'what was wrong is read first')
  assert.match(await page.innerText('[data-errors]'), /清单\.jpg.*内容与扩展名不符/)
  assert.equal(await page.locator('.ax-piece img').count(), 1)
  assert.ok(await page.isChecked('#attach [name=role][value=before]'), 'what was chosen is still chosen')
  await checkAccess(page)
  await checkWidth(page)
  await page.click('.ax-piece summary')
  await page.fill('.ax-piece [name=reason]', '拍得不清楚，重拍')
  await send(page, '.ax-piece form button')
  assert.equal(await page.locator('.ax-piece img').count(), 0)
  await page.click('.ax-gone > summary')
  assert.match(await page.innerText('.ax-gone'), /拍得不清楚，重拍/)
  await checkAccess(page)
  checkCalm(page)
  await page.context().close()
})

test('a picture that was used before is found, also when it was made smaller', async () => {
  const guard = await reader(browser, 'guard', { width: 'phone' })
  await report(guard, '一号楼楼道')
  await attach(guard, 'after', 'file', [await photo(guard, 6)])
  await report(guard, '二号楼楼道')
  await attach(guard, 'after', 'file', [await photo(guard, 6, 50)])
  assert.match(await guard.innerText('.ax-like'), /一号楼楼道/)
  await checkAccess(guard)
  await checkWidth(guard)
  await guard.context().close()
  const bureau = await reader(browser, 'bureau')
  await go(bureau, '/attachments/alike')
  assert.ok((await bureau.locator('section.card').count()) >= 1)
  assert.match(await bureau.innerText('main'), /二号楼楼道[\s\S]*一号楼楼道/)
  await bureau.waitForTimeout(300)
  await checkAccess(bureau)
  await checkWidth(bureau)
  await bureau.locator('section.card').last().scrollIntoViewIfNeeded()
  await picture(bureau, 'evidence-alike')
  await go(bureau, '/attachments')
  await checkAccess(bureau)
  await send(bureau, 'tbody a.ax-row-link')
  await checkAccess(bureau)
  await send(bureau, '.ax-head a[href$="/record"]')
  assert.match(bureau.url(), /\/hazards\/[0-9a-f-]{36}#evidence$/)
  checkCalm(bureau)
  await bureau.context().close()
})

test('the evidence of a hazard, as the guide shows it', async () => {
  const page = await reader(browser, 'school')
  await go(page, '/hazards?state=submitted&sort=-found_on')
  await send(page, 'tbody a.ax-row-link')
  await page.locator('#evidence').scrollIntoViewIfNeeded()
  await page.waitForTimeout(300)
  assert.ok((await shown(page)) >= 2, 'the sample county has photographs')
  await picture(page, 'evidence')
  await switchTheme(page)
  await checkAccess(page)
  await shot(page, 'evidence-dark')
  checkCalm(page)
  await page.context().close()
})
