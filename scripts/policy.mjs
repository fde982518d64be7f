// node scripts/policy.mjs: what may be linked, bundled or used to build. Every package of the lock files, Rust's and the front end's, has a free licence
// and comes from its ordinary registry, pinned by its hash; some packages are forbidden, some may be there once. Known vulnerabilities are not asked for:
// their list is a repository of its own, and a test may not fail because somebody else's server is away.
//
// `cargo deny` does the Rust half of this, too; it was compiled anew on every fresh machine, for longer than all unit tests take.
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'

process.chdir(join(import.meta.dirname, '..'))
const satisfies = createRequire(join(process.cwd(), 'web/package.json'))('spdx-satisfies')

/** Free licences that let a county run, change and pass on the program without further conditions. */
const FREE = [
  '0BSD', 'Apache-2.0', 'Apache-2.0 WITH LLVM-exception', 'BSD-2-Clause', 'BSD-3-Clause', 'CC0-1.0', 'ISC', 'MIT', 'Unicode-3.0', 'Zlib',
]

/** Used by the build or the tests, not shipped. */
const TOOLS = new Map([
  ['axe-core', 'MPL-2.0'], // the accessibility check of the browser journeys
  ['spdx-exceptions', 'CC-BY-3.0'], // the names of licences and their order, by which this file judges
  ['spdx-ranges', '(MIT AND CC-BY-3.0)'],
])

const FORBIDDEN = new Map([
  ['openssl-sys', 'one TLS: rustls with ring, built from source everywhere'],
  ['native-tls', 'one TLS: rustls with ring'],
  ['aws-lc-sys', 'one TLS: rustls with ring; this one needs cmake'],
])

/** Two versions of a small package cost a little build time; two of these would be two programs in one. */
const ONCE = new Map([
  ['rustls', 'a second one has its own certificates and settings'],
  ['ring', 'one cryptographic library'],
  ['libsqlite3-sys', 'two cannot be linked'],
  ['sea-orm', 'one data layer'],
  ['sqlx-core', 'one data layer'],
  ['tokio', 'tasks of one runtime do not run in another'],
  ['axum', 'handlers of one version do not fit the router of another'],
])

/** What is shipped: other systems' packages stand in Cargo.lock but are never built. */
const TARGETS = ['x86_64-unknown-linux-gnu', 'aarch64-unknown-linux-gnu']

const CRATES_IO = 'registry+https://github.com/rust-lang/crates.io-index'
const NPM = 'https://registry.npmjs.org/'

/** Whether the licence is one of the free ones, or leaves the choice of one. Before SPDX knew `OR`, a stroke said it. */
function isFree(licence) {
  try {
    return satisfies(licence.replaceAll('/', ' OR '), FREE)
  } catch {
    return false
  }
}

/** The packages that Cargo builds for what is shipped, with all features, and those they are built and tested with. */
function crates() {
  const platforms = TARGETS.map((target) => `--filter-platform=${target}`)
  const said = execFileSync('cargo', ['metadata', '--locked', '--all-features', '--format-version=1', ...platforms], { maxBuffer: 1 << 28 })
  const { packages, resolve } = JSON.parse(said)
  const built = new Set(resolve.nodes.map((node) => node.id))
  return packages.filter((one) => built.has(one.id))
}

/** What is wrong with one of them, in words. Our own (no source) may not ask for just any version of another's. */
function ofCrate({ name, source, license, dependencies }, _index, all) {
  const versions = all.filter((other) => other.name === name).map((other) => other.version)
  const anyVersion = dependencies.filter((one) => !source && one.req === '*' && !one.path).map((one) => one.name)
  return [
    !isFree(license ?? '') && `licence ${license ?? 'is not said'}`,
    source && source !== CRATES_IO && `comes from ${source}`,
    FORBIDDEN.has(name) && `is forbidden: ${FORBIDDEN.get(name)}`,
    ONCE.has(name) && versions.length > 1 && `is there as ${versions.join(' and ')}: ${ONCE.get(name)}`,
    ...anyVersion.map((other) => `takes any version of ${other}`),
  ]
}

/** The packages of a front end's lock file, by name. */
function fronts(lock) {
  const packages = Object.entries(JSON.parse(readFileSync(lock, 'utf8')).packages).filter(([path]) => path !== '')
  return packages.map(([path, entry]) => ({ ...entry, name: path.split('node_modules/').at(-1) }))
}

/** What is wrong with one of them, in words. An entry without an address is the registry's. */
function ofFront({ name, license = 'is not said', resolved = NPM, integrity }) {
  return [
    !isFree(license) && TOOLS.get(name) !== license && `licence ${license}`,
    !resolved.startsWith(NPM) && `comes from ${resolved}`,
    !integrity && 'is not pinned by a hash',
  ]
}

/** Says of one lock file what is wrong with its packages; true where nothing is. */
function judge(lock, packages, faults) {
  const bad = packages.flatMap((one, index, all) =>
    faults(one, index, all).filter(Boolean).map((fault) => `${lock}: ${one.name} ${one.version}: ${fault}`))
  console.log(bad.length === 0 ? `${lock}: ${packages.length} packages ok` : bad.join('\n'))
  return bad.length === 0
}

const locks = ['web/package-lock.json', 'e2e/package-lock.json'].filter((lock) => existsSync(lock))
const verdicts = [judge('Cargo.lock', crates(), ofCrate), ...locks.map((lock) => judge(lock, fronts(lock), ofFront))]
process.exitCode = verdicts.every(Boolean) ? 0 : 1
