// Excel and CSV in and out: what was exported comes back unchanged, every fault of a file is shown at once with its
// row and column, nothing changes before somebody confirms, and the corrected file is taken.
import assert from 'node:assert/strict'
import { after, before, test } from 'node:test'
import { checkAccess, checkCalm, checkWidth, go, reader, send, serverUrl, startBrowser, text } from './lib.mjs'

let browser, page
before(async () => {
  browser = await startBrowser()
  page = await reader(browser, 'bureau')
})
after(() => browser.close())

async function download(path, status = 200) {
  const answer = await page.request.get(serverUrl() + path)
  assert.equal(answer.status(), status, path)
  return answer.body()
}

async function upload(plural, name, buffer) {
  await go(page, `/${plural}/import`)
  await page.setInputFiles('#file', { name, mimeType: 'application/octet-stream', buffer: Buffer.from(buffer) })
  await send(page, '.ax-upload button[type=submit]')
}

/** The five counts of the preview: new, changed, unchanged, faulty, missing. */
async function counts() {
  const numbers = await page.$$eval('.ax-counts dd', (cells) => cells.map((cell) => Number(cell.textContent.replaceAll(',', ''))))
  const [added, changed, unchanged, faulty, missing] = numbers
  return { added, changed, unchanged, faulty, missing }
}

/** A cell of a CSV file without quoted commas: `line` as a person counts them, the heading being 1. */
function put(csv, line, column, value) {
  const lines = csv.split('\r\n')
  const at = lines[0].replace('\ufeff', '').split(',').indexOf(column)
  assert.ok(at >= 0, column)
  const cells = lines[line - 1].split(',')
  cells[at] = value
  lines[line - 1] = cells.join(',')
  return lines.join('\r\n')
}

const isWorkbook = (bytes) => assert.equal(bytes.subarray(0, 2).toString(), 'PK')

for (const [plural, ending] of [['schools', 'csv'], ['schools', 'xlsx'], ['staff', 'xlsx']]) {
  test(`${plural} exported as ${ending} come back unchanged`, async () => {
    const file = await download(`/${plural}/export.${ending}`)
    await upload(plural, `${plural}.${ending}`, file)
    const found = await counts()
    assert.deepEqual({ ...found, unchanged: 0 }, { added: 0, changed: 0, unchanged: 0, faulty: 0, missing: 0 })
    assert.ok(found.unchanged > 0)
  })
}

test('the template is a workbook without rows, and the page says so', async () => {
  const template = await download('/schools/template.xlsx')
  isWorkbook(template)
  await upload('schools', 'template.xlsx', template)
  assert.match(await text(page, '.ax-note.ax-bad'), /没有/)
})

test('a faulty file is told apart by row and column, and nothing of it is taken', async () => {
  const good = (await download('/schools/export.csv')).toString()
  const lines = [[2, '开办日期', '二〇二一年底'], [3, '学校类型', '太空学校'], [4, '学校名称', '']]
  const bad = lines.reduce((csv, [line, column, value]) => put(csv, line, column, value), put(good, 5, '联系电话', '13900000000'))
  await upload('schools', 'schools.csv', bad)
  assert.equal((await counts()).faulty, 3)
  const told = await page.$$eval('section table tbody tr', (rows) => rows.map((row) => [...row.cells].map((cell) => cell.innerText.trim())))
  assert.deepEqual(told.map(([row, column]) => [Number(row), column]), lines.map(([line, column]) => [line, column]))
  for (const [, , , reason] of told) assert.ok(reason.length > 4, 'each has its reason')
  assert.equal(await page.locator('button:has-text("确认导入")').count(), 0, 'a faulty file cannot be confirmed')
  await checkAccess(page)
  await checkWidth(page)
  isWorkbook(await download(await page.getAttribute('a.btn-primary[href*="/import/faults/"]', 'href')))
  assert.equal((await download('/schools/export.csv')).toString(), good, 'nothing has changed')
})

test('the corrected file is previewed, confirmed and taken', async () => {
  const good = (await download('/schools/export.csv')).toString()
  const better = put(good, 3, '联系电话', good.includes('0746-5221234') ? '0746-5224321' : '0746-5221234')
  await upload('schools', 'schools.csv', better)
  const { changed, faulty, added } = await counts()
  assert.deepEqual({ changed, faulty, added }, { changed: 1, faulty: 0, added: 0 })
  assert.equal((await download('/schools/export.csv')).toString(), good, 'a preview changes nothing')
  await send(page, 'form:has(input[name=ticket]) button')
  assert.ok(await text(page, '[role=status]'))
  assert.equal((await download('/schools/export.csv')).toString(), better)
  checkCalm(page)
})

test('what is no table at all is refused in words, on the same page', async () => {
  await upload('schools', 'schools.xlsx', 'this is no workbook')
  assert.ok((await text(page, '.ax-note.ax-bad')).length > 4)
  await checkAccess(page)
})
