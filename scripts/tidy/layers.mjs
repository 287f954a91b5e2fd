/**
 * The architecture as a table: which part of src/ may import which. A part may always import itself.
 * It is an allow-list and not a ranking, since a ranking would let node/ reach for storage/wal.
 * `import type` counts like any other import.
 */

/** @typedef {{ name: string, files: RegExp, may: string[], packages?: RegExp }} Row */

const reducers = [
  'core/options',
  'core/quorum',
  'core/log-reader',
  'core/log',
  'core/tracker',
  'core/confchange',
]
const core = ['core/base', ...reducers, 'core/raft', 'core/facade']
const interfaces = ['storage/interface', 'transport/interface']

/** The first row whose pattern fits a file is the file's row. @type {Row[]} */
const rows = [
  {
    name: 'core/base',
    files: /^src\/core\/(types|messages|errors|invariant|random|trace|validity|conf-state|entry-size)\.ts$/,
    may: [],
  },
  {
    name: 'core/options',
    files: /^src\/core\/options\.ts$/,
    may: ['core/base', 'core/log-reader'],
  },
  { name: 'core/quorum', files: /^src\/core\/quorum\//, may: ['core/base'] },
  { name: 'core/log-reader', files: /^src\/core\/log\/log-reader\.ts$/, may: ['core/base'] },
  { name: 'core/log', files: /^src\/core\/log\//, may: ['core/base', 'core/log-reader'] },
  { name: 'core/tracker', files: /^src\/core\/tracker\//, may: ['core/base', 'core/quorum'] },
  {
    name: 'core/confchange',
    files: /^src\/core\/confchange\//,
    may: ['core/base', 'core/quorum', 'core/tracker'],
  },
  { name: 'core/raft', files: /^src\/core\/raft\//, may: ['core/base', ...reducers] },
  {
    name: 'core/facade',
    files:
      /^src\/core\/(raw-node|ready|ready-cycle|check-message|check-argument|checked-size|outcomes|status|storage-messages)\.ts$/,
    may: core,
  },

  {
    name: 'storage/wal',
    files: /^src\/storage\/wal\//,
    may: ['core/base', 'core/log-reader', 'storage/interface', 'storage/memory', 'codec'],
    packages: /^node:/,
  },
  {
    name: 'storage/interface',
    files: /^src\/storage\/(storage|snapshot-store)\.ts$/,
    may: ['core/base', 'core/log-reader'],
  },
  {
    name: 'storage/memory',
    files: /^src\/storage\/[^/]+\.ts$/,
    may: ['core/base', 'core/log-reader', 'storage/interface'],
  },
  {
    name: 'transport/tcp',
    files: /^src\/transport\/tcp\//,
    may: ['core/base', ...interfaces, 'transport/memory', 'codec'],
    packages: /^node:/,
  },
  { name: 'transport/interface', files: /^src\/transport\/transport\.ts$/, may: ['core/base'] },
  {
    name: 'transport/memory',
    files: /^src\/transport\/[^/]+\.ts$/,
    may: ['core/base', ...interfaces],
  },
  { name: 'codec', files: /^src\/codec\//, may: ['core/base'] },

  // Whoever starts a node passes storage, transport and codec in; the node itself knows the interfaces.
  {
    name: 'node',
    files: /^src\/node\//,
    may: ['core/base', 'core/options', 'core/facade', ...interfaces],
    packages: /^eventemitter3$/,
  },
  { name: 'history', files: /^src\/history\//, may: ['core/base'] },
  // The simulator drives the synchronous facade: without promises a run can be repeated exactly.
  { name: 'sim', files: /^src\/sim\//, may: [...core, 'history', ...interfaces] },
  { name: 'testing', files: /^src\/testing\//, may: ['core/base', 'core/facade', 'history', ...interfaces] },
  {
    name: 'index',
    files: /^src\/index\.ts$/,
    may: [...core, 'node', ...interfaces, 'storage/memory', 'transport/memory'],
  },
]

/** The only files that may be called index.ts: the entries of the package. */
export const entries = [
  'src/index.ts',
  'src/codec/index.ts',
  'src/sim/index.ts',
  'src/storage/wal/index.ts',
  'src/testing/index.ts',
  'src/transport/tcp/index.ts',
]

/** Inside core/raft an import goes to a later line; only the concerns, which are all the other files, may share one. */
const raftOrder = [
  ['tick'],
  ['step'],
  ['follower', 'candidate', 'leader'],
  ['(concern)'],
  ['transitions'],
  ['state'],
  ['outbox', 'role'],
  // The data of a leader's reads, which is part of its role; what is done with it is a concern.
  ['read-only'],
]

/** @param {string} file @returns {Row | undefined} */
export function rowOf(file) {
  return rows.find((row) => row.files.test(file))
}

/**
 * Why `from` may not import `to`, both files of src/; undefined if it may.
 * @param {string} from @param {string} to
 */
export function refuseImport(from, to) {
  const source = rowOf(from)
  const target = rowOf(to)
  if (source === undefined || target === undefined) return undefined // reported as strays
  if (source !== target) {
    if (source.may.includes(target.name)) return undefined
    return `${source.name} may not import ${target.name} (it may: ${source.may.join(', ') || 'only itself'})`
  }
  if (source.name !== 'core/raft') return undefined
  const [above, below] = [raftLine(from), raftLine(to)]
  const concerns = raftOrder.findIndex((line) => line[0] === '(concern)')
  if (below > above || (above === concerns && below === concerns)) return undefined
  return `inside core/raft ${describeLine(above)} may not import ${describeLine(below)}`
}

/**
 * Why `file` may not import the package or built-in module `specifier`; undefined if it may.
 * @param {string} file @param {string} specifier
 */
export function refusePackage(file, specifier) {
  const row = rowOf(file)
  if (row === undefined || row.packages?.test(specifier)) return undefined
  return `${row.name} may not import the module ${specifier}`
}

/** @param {string} file */
function raftLine(file) {
  const name = file.slice('src/core/raft/'.length, -'.ts'.length)
  const line = raftOrder.findIndex((names) => names.includes(name))
  return line >= 0 ? line : raftOrder.findIndex((names) => names[0] === '(concern)')
}

/** @param {number} line */
function describeLine(line) {
  return raftOrder[line][0] === '(concern)' ? 'a concern' : raftOrder[line].join('|')
}
