/**
 * Runs a benchmark as a user's process would run the library: bundled to plain JavaScript first, since what executes
 * TypeScript directly adds calls of its own. Arguments are passed on to bench/main.ts.
 */

import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'

const root = fileURLToPath(new URL('..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'quorate-bench-'))
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
    alias: {
      quorate: join(root, 'src/index.ts'),
      'quorate/wal': join(root, 'src/storage/wal/index.ts'),
    },
  })
  // A young generation that holds one sample of the allocation measurement without a collection (bench/allocation.ts).
  const flags = ['--expose-gc', '--max-semi-space-size=256', '--min-semi-space-size=256']
  const run = spawnSync(process.execPath, [...flags, outfile, ...process.argv.slice(2)], { stdio: 'inherit' })
  process.exitCode = run.status ?? 1
} finally {
  rmSync(folder, { recursive: true })
}
