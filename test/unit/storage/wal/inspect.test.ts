import { execFile } from 'node:child_process'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { WalStorage } from 'quorate/wal'
import { expect, test } from 'vitest'
import { temporaryDirectory } from '../../../support/temporary.ts'
import { batchOf, entriesFrom } from '../../../support/wal.ts'

function run(...args: string[]): Promise<{ code: number; out: string; error: string }> {
  const cwd = fileURLToPath(new URL('../../../..', import.meta.url))
  const command = ['--import', 'tsx', 'src/storage/wal/inspect-main.ts', ...args]
  return new Promise((resolve) => {
    execFile(process.execPath, command, { cwd }, (failure, out, error) => {
      resolve({ code: Number(failure?.code ?? 0), out, error })
    })
  })
}

async function aLog(): Promise<string> {
  const directory = temporaryDirectory()
  const storage = WalStorage.openSync({ directory, cluster: 'test', node: 7, segmentSize: 4096 })
  storage.append(batchOf({ entries: entriesFrom(1, 5, 2), hardState: { term: 2, vote: 3, commit: 1 } }))
  storage.append(batchOf({ entries: entriesFrom(4, 9, 3) }))
  await storage.close()
  return directory
}

test('an intact log is told record by record, and nothing is changed', async () => {
  const directory = await aLog()
  const before = readdirSync(directory).map((name) => readFileSync(join(directory, name)))
  const { code, out } = await run('inspect', directory, '--records')
  expect(out).toContain('of node 7 of the cluster "test"')
  expect(out).toContain('entries 1 to 5, terms 2 to 2, term 2, vote 3, commit 1')
  expect(out).toContain('entries 1 to 9; term 2, vote 3, commit 1; no snapshot')
  expect(out).toMatch(/INTACT: it can be opened\n$/)
  expect(code).toBe(0)
  expect(readdirSync(directory).map((name) => readFileSync(join(directory, name)))).toEqual(before)
})

test('a damaged log is told with the place, and what can be read of it is told all the same', async () => {
  const directory = await aLog()
  const name = readdirSync(directory).find((file) => file.endsWith('.wal')) as string
  const bytes = readFileSync(join(directory, name))
  bytes[600] = (bytes[600] as number) ^ 1
  writeFileSync(join(directory, name), bytes)
  const { code, out } = await run('inspect', directory)
  expect(out).toContain('DAMAGE follows')
  expect(out).toMatch(/^DAMAGED: .* at byte 552; entries from 1 /m)
  expect(code).toBe(1)
})

test('what is no directory, and what is no command, cannot be looked at', async () => {
  expect(await run('inspect', '/nowhere/at/all')).toMatchObject({ code: 2 })
  expect(await run('repair', '.')).toMatchObject({ code: 2, out: '' })
})
