import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { SnapshotFiles } from 'quorate/wal'
import { describe, expect, test } from 'vitest'
import { snapshotAt } from '../../../support/entries.ts'
import { temporaryDirectory } from '../../../support/temporary.ts'
import { systemError, WalDisk } from '../../../support/wal-disk.ts'

const body = Uint8Array.from({ length: 70_001 }, (_, at) => (at * 7) & 0xff)

function* inPieces(bytes: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function* arriving(bytes: Uint8Array, size = 1000): AsyncGenerator<Uint8Array> {
  for (const piece of inPieces(bytes, size)) {
    await Promise.resolve()
    yield piece
  }
}

async function all(pieces: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const parts: Uint8Array[] = []
  for await (const piece of pieces) parts.push(piece)
  return new Uint8Array(Buffer.concat(parts))
}

async function codeOf(promise: Promise<unknown>): Promise<unknown> {
  try {
    await promise
  } catch (error) {
    return (error as { code?: unknown }).code ?? (error as Error).message
  }
  return 'resolved'
}

describe('a store of snapshots', () => {
  test('gives back what was put in, in pieces, from anywhere, and after it was opened again', async () => {
    const directory = temporaryDirectory()
    const store = await SnapshotFiles.open({ directory, pieceSize: 10_000 })
    const ticket = await store.save(inPieces(body, 6400))
    for (const opened of [store, await SnapshotFiles.open({ directory, pieceSize: 10_000 })]) {
      expect(opened.size(ticket)).toBe(body.length)
      expect(await all(opened.read(ticket))).toEqual(body)
      expect(await all(opened.read(ticket, 30_000))).toEqual(body.subarray(30_000))
      expect(await all(opened.read(ticket, body.length))).toEqual(new Uint8Array())
    }
  })

  test('takes what a peer sends, under a ticket of its own, and nothing that differs from what was announced', async () => {
    const source = await SnapshotFiles.open({ directory: temporaryDirectory() })
    const directory = temporaryDirectory()
    const target = await SnapshotFiles.open({ directory })
    const sent = { ...snapshotAt(9, 2), data: await source.save([body]) }
    const received = await target.receive(sent, arriving(body))
    expect({ ...received, data: null }).toEqual({ ...sent, data: null })
    expect(await all(target.read(received.data))).toEqual(body)
    const wrong = body.slice()
    wrong[77] = 1
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield* arriving(body.subarray(0, 5000))
      throw new Error('the connection broke')
    }
    const attempts = [
      arriving(wrong),
      arriving(body.subarray(1)),
      arriving(Buffer.concat([body, body])),
      broken(),
    ]
    const codes: unknown[] = []
    for (const chunks of attempts) codes.push(await codeOf(target.receive(sent, chunks)))
    expect(codes).toEqual(['ERR_WAL_CORRUPT', 'ERR_WAL_CORRUPT', 'ERR_WAL_CORRUPT', 'the connection broke'])
    expect(readdirSync(directory).length).toBe(1)
  })

  test('keeps what is needed, what is being read, and what is so new that nobody can have named it', async () => {
    const directory = temporaryDirectory()
    const store = await SnapshotFiles.open({ directory, pieceSize: 1000 })
    const [first, second] = [await store.save([body]), await store.save([body])]
    await store.keep([first])
    expect(readdirSync(directory).length).toBe(2)
    const reading = store.read(second)
    await reading.next()
    await store.keep([first])
    expect(readdirSync(directory).length).toBe(2)
    expect((await all(reading)).length).toBe(body.length - 1000)
    expect(readdirSync(directory).length).toBe(1)
    expect(() => store.size(second)).toThrow(expect.objectContaining({ code: 'ERR_WAL_CORRUPT' }) as Error)
    expect(store.size(first)).toBe(body.length)
  })

  test('removes what was not finished, and leaves alone what is not its own', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, `${'a'.repeat(32)}.body.tmp`), 'half')
    writeFileSync(join(directory, 'notes.txt'), 'mine')
    await SnapshotFiles.open({ directory })
    expect(readdirSync(directory)).toEqual(['notes.txt'])
  })

  test('notices bytes that have changed, and files that are too short or gone', async () => {
    const directory = temporaryDirectory()
    const store = await SnapshotFiles.open({ directory })
    const ticket = await store.save([body])
    const file = join(directory, readdirSync(directory)[0] as string)
    const bytes = readFileSync(file)
    bytes[50_000] = 1
    writeFileSync(file, bytes)
    expect(await codeOf(all(store.read(ticket)))).toBe('ERR_WAL_CORRUPT')
    writeFileSync(file, bytes.subarray(0, 5))
    const again = await SnapshotFiles.open({ directory })
    expect(() => again.size(ticket)).toThrow(/70001 bytes, got 5/)
  })

  test('refuses what is no ticket, no chunk and no place in it', async () => {
    const directory = temporaryDirectory()
    const store = await SnapshotFiles.open({ directory })
    const ticket = await store.save([body])
    const flipped = ticket.slice()
    flipped[30] = 1
    for (const wrong of [flipped, new Uint8Array(), null, 'ticket'])
      expect(() => store.size(wrong as Uint8Array)).toThrow(/ticket of a snapshot/)
    expect(await codeOf(all(store.read(ticket, -1)))).toBe('ERR_INVALID_ARGUMENT')
    expect(await codeOf(store.save(['text'] as unknown as Uint8Array[]))).toBe('ERR_INVALID_ARGUMENT')
    expect(readdirSync(directory).length).toBe(1)
  })

  test('leaves nothing behind when the disk is full or fails, and can be used afterwards', async () => {
    const disk = new WalDisk()
    const store = await SnapshotFiles.open({ directory: '/snapshots', fileSystem: disk })
    for (const [op, code, expected] of [
      ['write', 'ENOSPC', 'ERR_WAL_FULL'],
      ['sync', 'EIO', 'ERR_WAL_FAILED'],
    ] as const) {
      disk.fault = (call) => {
        if (call.op === op) throw systemError(code)
        return undefined
      }
      expect(await codeOf(store.save([body]))).toBe(expected)
    }
    // A disk that takes a part of each write and says nothing.
    disk.fault = (call) => (call.op === 'write' ? Math.ceil(call.bytes.length / 3) : undefined)
    const ticket = await store.save([body])
    expect(disk.files().size).toBe(1)
    expect(await all(store.read(ticket))).toEqual(body)
  })

  test('what was put away is there after a power cut', async () => {
    const disk = new WalDisk()
    const store = await SnapshotFiles.open({ directory: '/snapshots', fileSystem: disk })
    const ticket = await store.save([body])
    const after = await SnapshotFiles.open({ directory: '/snapshots', fileSystem: disk.afterPowerCut() })
    expect(await all(after.read(ticket))).toEqual(body)
  })
})
