// Builds the front end into dist/: one style sheet, one script, one sprite of icons, one favicon.
// Everything is embedded into the binary; nothing is fetched from elsewhere at run time.
import { build, transform } from 'esbuild'
import { PurgeCSS } from 'purgecss'
import postcss from 'postcss'
import { brotliCompressSync, gzipSync } from 'node:zlib'
import { mkdir, readFile, readdir, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { icon, shield, tick } from './icons.mjs'

const here = dirname(fileURLToPath(import.meta.url))
const crates = join(here, '..', 'crates')
const dist = join(here, 'dist')
// The web views inside WeChat and DingTalk of 2020 stand on Chromium 70 or later.
const targets = ['es2019', 'chrome70', 'safari12']
// A first visit may cost 150 kB with its page (at most 30 kB), so all files together may cost 120.
const budget = 120 * 1024

/** Every file under `folder` whose name ends with one of `endings`. */
async function filesUnder(folder, endings) {
  const entries = await readdir(folder, { withFileTypes: true, recursive: true })
  return entries
    .filter((entry) => entry.isFile() && endings.some((ending) => entry.name.endsWith(ending)))
    .map((entry) => join(entry.parentPath ?? entry.path, entry.name))
}

/** The templates of every crate, and the places that name a class outside a template. */
async function sources() {
  const html = await filesUnder(crates, ['.html'])
  const rust = (await filesUnder(join(crates, 'engine', 'src'), ['.rs'])).filter((name) => name.includes('view'))
  const scripts = await filesUnder(join(here, 'src'), ['.ts'])
  return [...html, ...rust, ...scripts]
}

/**
 * Lets the dark theme follow the system without a script: each rule for `[data-bs-theme=dark]` is repeated
 * for a page on which the reader has not chosen a theme.
 */
function followSystem() {
  const chosen = /\[data-bs-theme=(['"]?)dark\1\]/g
  const copy = (root, rule) => {
    const own = rule.selectors.filter((selector) => selector.match(chosen)?.length === 1 && !selector.includes('=light'))
    if (own.length === 0 || rule.parent.type !== 'root') return
    const twin = rule.clone({
      selectors: own.map((selector) => selector.replace(/^(html|body|:root)(?=\[)/, '').replace(chosen, 'html:not([data-bs-theme])')),
    })
    const media = postcss.atRule({ name: 'media', params: 'screen and (prefers-color-scheme: dark)' })
    media.append(twin)
    rule.after(media)
    // Paper is white, whatever was chosen for the screen.
    if (own.length < rule.selectors.length) return
    const screen = postcss.atRule({ name: 'media', params: 'screen' })
    rule.replaceWith(screen)
    screen.append(rule)
  }
  return { postcssPlugin: 'follow-system', OnceExit: (root) => root.walkRules((rule) => !rule.twin && copy(root, rule)) }
}

/**
 * Rows of parts keep their distance in browsers that know no `gap` in them (before Chrome 84 and Safari 14.1), on pages that the script has
 * marked: the distance of each such rule once more, as margins.
 */
function keepApart() {
  const value = (rule, name) => rule.nodes.findLast((node) => node.prop === name)?.value ?? ''
  const margins = (rule) => {
    const [row, column = row] = value(rule, 'gap').split(' ')
    const wraps = value(rule, 'flex-wrap') === 'wrap'
    // At the end of each part: what pushes a part to the other side stands at its beginning.
    const ends = { 'margin-right': value(rule, 'flex-direction') !== 'column' && column, 'margin-bottom': (wraps || value(rule, 'flex-direction') === 'column') && row }
    // An icon stands before words that are no element.
    return [wraps ? ['> *'] : ['> :not(:last-child)', '> svg'], Object.entries(ends).filter(([, end]) => end && end !== '0')]
  }
  const copy = (rule) => {
    if (rule.selector.startsWith('.ax-no-gap') || !/flex$/.test(value(rule, 'display')) || !value(rule, 'gap')) return
    const [parts, ends] = margins(rule)
    const twin = postcss.rule({ selectors: rule.selectors.flatMap((selector) => parts.map((part) => `.ax-no-gap ${selector} ${part}`)) })
    twin.append(...ends.map(([prop, value]) => postcss.decl({ prop, value })))
    rule.after(twin)
  }
  return { postcssPlugin: 'keep-apart', OnceExit: (root) => root.walkRules(copy) }
}

async function styles() {
  const kit = await readFile(join(here, 'node_modules/@tabler/core/dist/css/tabler.css'), 'utf8')
  const content = await sources()
  const [purged] = await new PurgeCSS().purge({
    content,
    css: [{ raw: kit }],
    keyframes: true,
    fontFace: true,
    variables: true,
    // Rules for ways of writing that this product never uses.
    blocklist: [/theme-light/, /rtl/, /navbar/, /flatpickr/, /ts-/, /litepicker/, /dropzone/, /jvm-/, /apexcharts/, /fslightbox/],
    safelist: { variables: [] },
  })
  // One to a line: each room that has styles of its own adds one.
  const sheets = [
    'theme.css',
    'shell.css',
    'parts.css',
    'evidence.css',
    'calendar.css',
    'paper.css',
    'tips.css',
    'duties.css',
    'patrol.css',
    'device.css',
    'rollcall.css',
    'norms.css',
  ]
  const own = await Promise.all(sheets.map((name) => readFile(join(here, 'src', name), 'utf8')))
  const ours = postcss([keepApart()]).process(own.join('\n'), { from: undefined }).css
  const themed = postcss([followSystem()]).process(`${purged.css}\n${ours}`, { from: undefined }).css
  const { code } = await transform(themed, { loader: 'css', minify: true, target: targets.slice(1), legalComments: 'none' })
  return `/*! Tabler and Bootstrap, MIT licence; see NOTICE */\n${code}`
}

async function script(name) {
  const result = await build({
    entryPoints: [join(here, 'src', name)],
    bundle: true,
    minify: true,
    format: 'iife',
    target: targets,
    write: false,
    legalComments: 'none',
  })
  return result.outputFiles[0].text
}

/** The icons named in icons.json, as symbols; a template that draws another one breaks the build. */
async function sprite() {
  const names = JSON.parse(await readFile(join(here, 'src/icons.json'), 'utf8'))
  const drawn = (await Promise.all((await sources()).map((name) => readFile(name, 'utf8')))).join('\n')
  for (const [, name] of drawn.matchAll(/icons\.svg#([a-z0-9-]+)/g)) {
    if (!names.includes(name)) throw new Error(`icon "${name}" is drawn but not in src/icons.json`)
  }
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(join(here, `node_modules/@tabler/icons/icons/outline/${name}.svg`), 'utf8')
      const paths = [...svg.matchAll(/<path d="[^"]*"\s*\/>/g)].map(([path]) => path).join('')
      return `<symbol id="${name}" viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.75" stroke-linecap="round" stroke-linejoin="round">${paths}</symbol>`
    }),
  )
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join('')}</svg>`
}

const favicon =
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><path fill="#0f6b5c" d="${shield}"/>` +
  `<path fill="none" stroke="#fff" stroke-width="3" stroke-linecap="round" stroke-linejoin="round" d="${tick}"/></svg>`

const files = { 'app.css': await styles(), 'app.js': `/*! htmx, Zero-Clause BSD; see NOTICE */\n${await script('app.ts')}`, 'icons.svg': await sprite(), 'favicon.svg': favicon }
// A telephone that is enrolled fetches these; a first visit does not.
const later = { 'sw.js': await script('sw.ts'), 'icon-192.png': icon(192), 'icon-512.png': icon(512), 'icon-mask.png': icon(512, true) }
await rm(dist, { recursive: true, force: true })
await mkdir(dist, { recursive: true })
let total = 0
for (const [name, text] of Object.entries(files)) {
  await writeFile(join(dist, name), text)
  const gzip = gzipSync(text, { level: 6 }).length
  total += gzip
  console.log(`${name.padEnd(12)} ${String(text.length).padStart(7)} B   gzip ${String(gzip).padStart(6)} B   br ${String(brotliCompressSync(text).length).padStart(6)} B`)
}
for (const [name, data] of Object.entries(later)) {
  await writeFile(join(dist, name), data)
  console.log(`${name.padEnd(12)} ${String(data.length).padStart(7)} B`)
}
console.log(`total gzip ${total} B of ${budget} B`)
if (total > budget) {
  console.error('over budget')
  process.exit(1)
}
