// node scripts/npm-policy.mjs package-lock.json: every front-end package has a free licence, comes from the
// ordinary registry, and is pinned by its hash. The Rust counterpart is deny.toml.
import { readFileSync } from 'node:fs'

const registry = 'https://registry.npmjs.org/'
const free = new Set(['0BSD', 'Apache-2.0', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT'])
// Used by the build or the tests, not shipped: reasons beside them.
const exceptions = new Map([
  ['axe-core', 'MPL-2.0'], // the accessibility check of the browser journeys
])

/** What is wrong with one package of the lock file, in words. An entry without an address is the registry's. */
function faults(name, { license = 'no licence', resolved = registry, integrity }) {
  const isFree = license.replace(/[()]/g, '').split(' OR ').some((one) => free.has(one))
  return [
    !isFree && exceptions.get(name) !== license && `licence ${license}`,
    !resolved.startsWith(registry) && `comes from ${resolved}`,
    !integrity && 'is not pinned by a hash',
  ].filter(Boolean)
}

const [, , file] = process.argv
const packages = Object.entries(JSON.parse(readFileSync(file, 'utf8')).packages).filter(([path]) => path !== '')
const bad = packages.flatMap(([path, entry]) => {
  const name = path.split('node_modules/').at(-1)
  return faults(name, entry).map((fault) => `${file}: ${name} ${entry.version}: ${fault}`)
})
console.log(bad.length === 0 ? `${file}: ${packages.length} packages ok` : bad.join('\n'))
process.exitCode = bad.length === 0 ? 0 : 1
