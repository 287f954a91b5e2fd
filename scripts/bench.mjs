/**
 * Runs a benchmark as a user's process would run the library: bundled to plain JavaScript first, since what executes
 * TypeScript directly adds calls of its own. Arguments are passed on to bench/main.ts.
 */

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
// In node_modules, so that the other codecs, which a user would not bundle, are found from there.
const cache = join(root, 'node_modules/.cache')
mkdirSync(cache, { recursive: true })
const folder = mkdtempSync(join(cache, 'quorate-bench-'))
const outfile = join(folder, 'bench.mjs')

try {
  buildSync({
    absWorkingDir: root,
    entryPoints: ['bench/main.ts'],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: ['protobufjs', 'pbf', '@bufbuild/protobuf'],
    alias: {
      quorate: join(root, 'src/index.ts'),
      'quorate/tcp': join(root, 'src/transport/tcp/index.ts'),
      'quorate/wal': join(root, 'src/storage/wal/index.ts'),
    },
  })
  // A young generation that holds one sample of the allocation measurement without a collection (bench/allocation.ts).
  // Others run as any process does: to go through so much memory takes longer than what they measure.
  const name = process.argv.slice(2).find((argument) => !argument.startsWith('-')) ?? 'core'
  const measured = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256']
  const flags = name === 'core' ? measured : []
  const run = spawnSync(process.execPath, [...flags, outfile, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = run.status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
