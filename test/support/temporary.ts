/** A directory that is gone after the test. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/** Makes one, within a test. */
export function temporaryDirectory(): string {
  const path = mkdtempSync(join(tmpdir(), 'quorate-wal-'))
  onTestFinished(() => {
    rmSync(path, { recursive: true, force: true })
  })
  return path
}
