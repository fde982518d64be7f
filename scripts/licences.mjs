// node scripts/licences.mjs METADATA TREE FOLDER...: the licence texts of everything that is linked into the program, as one text. METADATA is what
// `cargo metadata` says, TREE the packages that `cargo tree` names ("serde v1.0.0"), each FOLDER an installed front-end package. The same lock files
// make the same text: nothing of this machine is in it.
//
// A package that brings no text of its own gets the standard one of its licence, with its authors. One whose licence has none here ends the program: what
// is passed on without its licence is passed on without a right to.
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

/** The texts of licences without those who give them. */
const STANDARD = new Map([
  ['MIT', 'packaging/licences/MIT.txt'],
  ['Apache-2.0', 'LICENSE'],
  ['BSD-3-Clause', 'packaging/licences/BSD-3-Clause.txt'],
  ['0BSD', 'packaging/licences/0BSD.txt'],
])

/** Which standard texts a package needs that brings none: of what its licence leaves to choose, MIT, whose text names the authors, or the first that is known. */
function standard({ title, licence }) {
  const mixed = / AND /.test(licence) && / OR |\//.test(licence)
  const ways = mixed ? [] : licence.replace(/[()]/g, '').split(/ OR |\//).map((way) => way.trim().split(' AND '))
  const known = ways.filter((way) => way.every((name) => STANDARD.has(name)))
  const way = known.find((names) => names[0] === 'MIT') ?? known[0]
  if (!way) throw new Error(`${title} (${licence}) brings no licence text, and none stands in packaging/licences: put the standard text there and name it in scripts/licences.mjs`)
  return way
}

/** Whoever made a package, as far as it says so, without his address. */
function holders(name, authors) {
  const named = authors.map((author) => author.replace(/\s*[<(].*$/, '').trim()).filter(Boolean)
  return named.length ? named.join(', ') : `the authors of ${name}`
}

const crates = packages.filter((one) => one.source && linked.has(`${one.name} v${one.version}`)).map((one) => ({
  title: `${one.name} ${one.version}`,
  licence: one.license ?? 'see its text',
  home: one.repository ?? one.homepage ?? '',
  holders: holders(one.name, one.authors ?? []),
  texts: texts(dirname(one.manifest_path), one.license_file),
}))
const front = folders.map((folder) => {
  const about = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'))
  const home = about.homepage ?? ''
  const authors = [about.author?.name ?? about.author].filter(Boolean)
  return { title: `${about.name} ${about.version}`, licence: about.license, home, holders: holders(about.name, authors), texts: texts(folder) }
})
const parts = [...crates, ...front].sort((left, right) => (left.title < right.title ? -1 : 1))

// A text that many share is written once.
const shared = new Map()
for (const part of parts) for (const text of part.texts) shared.set(text, [...(shared.get(text) ?? []), part.title])
// So is a standard text, for all who bring none.
const bare = new Map()
for (const part of parts.filter(({ texts }) => texts.length === 0)) {
  for (const name of standard(part)) bare.set(name, [...(bare.get(name) ?? []), part])
}
for (const [name, those] of [...bare].sort()) {
  const given = those.map(({ title, holders }) => `Copyright (c) ${holders} (${title})`)
  const text = readFileSync(join(import.meta.dirname, '..', STANDARD.get(name)), 'utf8').trim()
  shared.set(`${given.join('\n')}\n\n${text}`, [`The standard text of ${name}, for ${those.map(({ title }) => title).join(', ')}`])
}
const rule = '-'.repeat(78)
const list = parts.map(({ title, licence, home, texts }) =>
  [title, licence, home, texts.length ? '' : '(brings no text of its own: the standard text is below)'].filter(Boolean).join('  '))
const said = [...shared].map(([text, titles]) => `${rule}\n${titles.join(', ')}\n${rule}\n\n${text}\n`)
process.stdout.write(['What the program contains of others, and under which licences:', '', ...list, '', ...said].join('\n'))
