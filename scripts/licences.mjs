// node scripts/licences.mjs METADATA TREE FOLDER...: the licence texts of everything that is linked into the program, as one text. METADATA is what
// `cargo metadata` says, TREE the packages that `cargo tree` names ("serde v1.0.0"), each FOLDER an installed front-end package. The same lock files
// make the same text: nothing of this machine is in it.
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'

const [file, tree, ...folders] = process.argv.slice(2)
const { packages } = JSON.parse(readFileSync(file, 'utf8'))
const linked = new Set(readFileSync(tree, 'utf8').trim().split('\n'))

/** The texts that stand beside a package's sources, by the names under which authors put them. */
function texts(folder, named) {
  const called = /^(li[cs]en[cs]e|copying|copyright|notice|unlicense)/i
  const found = readdirSync(folder).filter((name) => called.test(name) && statSync(join(folder, name)).isFile())
  const all = new Set(found.map((name) => join(folder, name)))
  if (named) all.add(resolve(folder, named))
  return [...all].sort().map((path) => readFileSync(path, 'utf8').replace(/\r\n?/g, '\n').trim())
}

const crates = packages.filter((one) => one.source && linked.has(`${one.name} v${one.version}`)).map((one) => ({
  title: `${one.name} ${one.version}`,
  licence: one.license ?? 'see its text',
  home: one.repository ?? one.homepage ?? '',
  texts: texts(dirname(one.manifest_path), one.license_file),
}))
const front = folders.map((folder) => {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const home = about.homepage ?? ''
  return { title: `${about.name} ${about.version}`, licence: about.license, home, texts: texts(folder) }
})
const parts = [...crates, ...front].sort((left, right) => (left.title < right.title ? -1 : 1))

// A text that many share is written once.
const shared = new Map()
for (const part of parts) for (const text of part.texts) shared.set(text, [...(shared.get(text) ?? []), part.title])
const rule = '-'.repeat(78)
const list = parts.map(({ title, licence, home, texts }) =>
  [title, licence, home, texts.length ? '' : '(brings no text of its own: the standard text of that name holds)'].filter(Boolean).join('  '))
const said = [...shared].map(([text, titles]) => `${rule}\n${titles.join(', ')}\n${rule}\n\n${text}\n`)
process.stdout.write(['What the program contains of others, and under which licences:', '', ...list, '', ...said].join('\n'))
