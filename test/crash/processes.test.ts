/** Real processes on real files: killed at any moment, and with calls to the operating system that fail. */

import { spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildSync } from 'esbuild'
import { type WalError, WalStorage } from 'quorate/wal'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryDirectory } from '../support/temporary.ts'
import { batchOf, entriesFrom } from '../support/wal.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'quorate-writer-'))
const program = join(folder, 'writer.mjs')

beforeAll(() => {
  buildSync({
    absWorkingDir: root,
    entryPoints: ['test/crash/writer-process.ts'],
    outfile: program,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    alias: { 'quorate/wal': join(root, 'src/storage/wal/index.ts') },
  })
})
afterAll(() => {
  rmSync(folder, { recursive: true })
})

interface Said {
  readonly lines: readonly string[]
  /** The last entry that was said to be durable. */
  readonly last: number
}

function saidIn(output: string): Said {
  const lines = output.split('\n').filter((line) => line !== '')
  return { lines, last: Math.max(0, ...lines.filter((line) => /^\d+$/.test(line)).map(Number)) }
}

/** Runs the process until it has said so many lines, and kills it. */
function runAndKill(directory: string, calls: string, disk: string, lines: number): Promise<Said> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [program, directory, calls, disk, '100000'])
    let output = ''
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      output += text
      if (output.split('\n').length > lines) child.kill('SIGKILL')
    })
    child.on('close', () => {
      resolve(saidIn(output))
    })
  })
}

function openPlain(directory: string): WalStorage {
  return WalStorage.openSync({ directory, cluster: 'crash', node: 1, segmentSize: 64 * 1024 })
}

describe('a process that is killed', () => {
  test.each(['sync', 'async'])('has everything that it said was durable (%s)', async (calls) => {
    const directory = temporaryDirectory()
    let last = 0
    // Each one finds what the others have left, and their lock.
    for (const lines of [3, 20, 55]) {
      const said = await runAndKill(directory, calls, 'held', lines)
      expect(said.last).toBeGreaterThan(last)
      last = said.last
      const storage = openPlain(directory)
      expect(storage.lastIndex()).toBeGreaterThanOrEqual(last)
      const entries = storage.entries(1, storage.lastIndex() + 1, Infinity)
      expect(
        typeof entries !== 'string' &&
          entries.every((entry) => entry.type === 'EntryNormal' && entry.data?.[0] === (entry.index & 0xff)),
      ).toBe(true)
      await storage.close()
    }
  })

  test('would not, if nothing were synced: then this test sees it', async () => {
    const directory = temporaryDirectory()
    const said = await runAndKill(directory, 'sync', 'lying', 20)
    expect(said.last).toBeGreaterThan(10)
    let left: number
    try {
      left = openPlain(directory).lastIndex()
    } catch (error) {
      expect((error as WalError).code).toBe('ERR_WAL_CORRUPT')
      left = 0
    }
    expect(left).toBeLessThan(said.last)
  })
})

describe('a directory', () => {
  test('that a living process has open is refused, also within that process', async () => {
    const directory = temporaryDirectory()
    const storage = openPlain(directory)
    expect(() => openPlain(directory)).toThrow(expect.objectContaining({ code: 'ERR_WAL_LOCKED' }) as Error)
    const other = spawnSync(process.execPath, [program, directory, 'sync', 'plain', '4'], {
      encoding: 'utf8',
    })
    expect(other.stderr).toContain(`process ${process.pid}`)
    await storage.close()
    const next = openPlain(directory)
    next.append(batchOf({ entries: entriesFrom(1, 3, 1) }))
    await next.close()
  })
})

const strace = spawnSync('strace', ['-V']).status === 0

/** Runs the process with a fault in its system calls. */
function runWithFault(directory: string, calls: string, fault: string, count = 40): Said {
  const [name] = fault.split(':')
  const args = ['-f', '-qq', '-o', '/dev/null', '-e', `trace=${name}`, '-e', `inject=${fault}`]
  const command = [...args, process.execPath, program, directory, calls, 'plain', String(count)]
  // Strace counts the calls of each thread by itself.
  const env = { ...process.env, UV_THREADPOOL_SIZE: '1' }
  return saidIn(spawnSync('strace', command, { encoding: 'utf8', env }).stdout)
}

describe(
  strace ? 'a system call that fails' : 'a system call that fails (not run: there is no strace)',
  () => {
    test.runIf(strace).each([
      ['sync', 1],
      ['sync', 2],
      ['sync', 17],
      ['async', 1],
      ['async', 5],
    ])(
      'fdatasync (%s, the %ith): nothing is said to be durable after it, and all before is there',
      (calls, when) => {
        const directory = temporaryDirectory()
        const said = runWithFault(directory, calls, `fdatasync:error=EIO:when=${when}`)
        expect(said.lines.slice(-2)).toEqual(['failed ERR_WAL_FAILED', 'again ERR_WAL_FAILED'])
        if (calls === 'sync') expect(said.last).toBeLessThanOrEqual(when)
        expect(openPlain(directory).lastIndex()).toBeGreaterThanOrEqual(said.last)
      },
    )

    test.runIf(strace).each([12, 30])('a write without room (the %ith)', (when) => {
      const directory = temporaryDirectory()
      const said = runWithFault(directory, 'sync', `pwrite64:error=ENOSPC:when=${when}`)
      expect(said.lines.slice(-2)).toEqual(['failed ERR_WAL_FAILED', 'again ERR_WAL_FAILED'])
      expect(openPlain(directory).lastIndex()).toBeGreaterThanOrEqual(said.last)
    })

    test.runIf(strace)('a disk that takes half a second for a sync does not hold up the process', () => {
      const directory = temporaryDirectory()
      const said = runWithFault(directory, 'async', 'fdatasync:delay_enter=500000:when=2', 12)
      const stalled = Number(/^stalled (\d+)$/.exec(said.lines.at(-1) ?? '')?.[1])
      expect(stalled).toBeLessThan(400)
      expect(said.last).toBe(12)
    })
  },
)
