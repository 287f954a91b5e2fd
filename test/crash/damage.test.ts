/**
 * Damage to the files of a log: each byte of them, and whole records and files that are where they do not belong. The log that is
 * opened then must be the one that was written, or be refused; of a last record alone the write may be taken for torn, if a
 * sector of it is gone.
 */

import { WalError, type WalStorage } from 'quorate/wal'
import { beforeAll, describe, expect, test } from 'vitest'
import { confState } from '../support/entries.ts'
import { batchOf, contentsOf, entriesFrom, entryOf, openOn } from '../support/wal.ts'
import { WalDisk } from '../support/wal-disk.ts'

const refusals = new Set(['ERR_WAL_CORRUPT', 'ERR_WAL_VERSION', 'ERR_WAL_FOREIGN'])
/** How far apart the bytes are that are changed; with `QUORATE_FLIPS=1` every one is. */
const stride = process.env['QUORATE_FLIPS'] === undefined ? 7 : 1

type Files = Map<string, Uint8Array>

/** A log of three segments, with a snapshot in a file, closed. The last record is a vote. */
async function written(): Promise<{ files: Files; contents: string }> {
  const disk = new WalDisk()
  const storage = openOn(disk, { segmentSize: 4096 })
  storage.append(batchOf({ entries: entriesFrom(1, 6, 1, 200), hardState: { term: 1, vote: 1, commit: 0 } }))
  storage.append(batchOf({ entries: entriesFrom(7, 12, 1, 200) }))
  storage.createSnapshot(3, confState({ voters: [1, 2, 3] }), new Uint8Array(17_000).fill(9))
  storage.append(
    batchOf({ entries: entriesFrom(11, 20, 2, 150), hardState: { term: 2, vote: null, commit: 9 } }),
  )
  storage.append(batchOf({ entries: entriesFrom(21, 22, 2, 30) }))
  storage.append(batchOf({ hardState: { term: 3, vote: 2, commit: 15 } }))
  await storage.close()
  return { files: disk.files(), contents: contentsOf(storage) }
}

/** What comes of opening these files. */
function outcomeOf(files: Files): { contents: string; torn: boolean } | WalError {
  try {
    const storage: WalStorage = openOn(WalDisk.of(files), { segmentSize: 4096 })
    return { contents: contentsOf(storage), torn: storage.torn !== null }
  } catch (error) {
    if (error instanceof WalError && refusals.has(error.code)) return error
    throw error
  }
}

function changed(files: Files, name: string, change: (bytes: Uint8Array) => Uint8Array): Files {
  return new Map(files).set(name, change((files.get(name) as Uint8Array).slice()))
}

let files: Files = new Map()
let contents = ''
let names: string[] = []

beforeAll(async () => {
  ;({ files, contents } = await written())
  names = [...files.keys()].toSorted()
})

/** The records of a segment: where each begins and ends. */
function recordsOf(bytes: Uint8Array): [number, number][] {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  const records: [number, number][] = []
  for (let at = 512; at + 32 <= bytes.length && view.getUint32(at + 16, true) === at;) {
    const end = at + ((32 + view.getUint32(at, true) + 8) & ~7)
    records.push([at, end])
    at = end
  }
  return records
}

function segments(): string[] {
  return names.filter((name) => name.endsWith('.wal'))
}

describe('a byte that has changed', () => {
  test('is harmless or refused, wherever it is, and no entry changes', () => {
    const tally = { same: 0, refused: 0, flips: 0 }
    for (const name of names) {
      const size = (files.get(name) as Uint8Array).length
      for (let at = 0; at < size; at += name.endsWith('.snap') ? 61 * stride : stride) {
        const found = outcomeOf(
          changed(files, name, (bytes) => {
            bytes[at] = (bytes[at] as number) ^ (1 << (at & 7))
            return bytes
          }),
        )
        tally.flips++
        if (found instanceof WalError) tally.refused++
        else if (found.contents === contents) tally.same++
        else throw new Error(`${name} at ${at}: another log, ${found.contents.slice(0, 200)}`)
      }
    }
    process.stdout.write(
      `${tally.flips} flips: ${tally.refused} refused, ${tally.same} without effect`.concat('\n'),
    )
    expect(tally.refused).toBeGreaterThan(500)
  })

  test('in a record that others follow is refused with the file, the place and the entries', () => {
    const name = segments()[0] as string
    const [start] = recordsOf(files.get(name) as Uint8Array)[1] as [number, number]
    const error = outcomeOf(
      changed(files, name, (bytes) => {
        bytes[start + 100] = (bytes[start + 100] as number) ^ 1
        return bytes
      }),
    ) as WalError
    expect(error).toBeInstanceOf(WalError)
    expect([error.code, error.file, error.offset]).toEqual(['ERR_WAL_CORRUPT', `/wal/${name}`, start])
    expect(error.indexes).toMatchObject({ from: 1 })
    expect(error.message).toContain('npx quorate-wal inspect')
  })

  test('in the last record is refused, unless it is said that it may be dropped', () => {
    const name = segments().at(-1) as string
    const [start, end] = recordsOf(files.get(name) as Uint8Array).at(-1) as [number, number]
    const damaged = changed(files, name, (bytes) => {
      bytes[end - 9] = (bytes[end - 9] as number) ^ 1
      return bytes
    })
    expect(outcomeOf(damaged)).toMatchObject({ code: 'ERR_WAL_CORRUPT', offset: start })
    const storage = openOn(WalDisk.of(damaged), { segmentSize: 4096, tornTail: 'lenient' })
    expect(storage.torn).toEqual({ file: `/wal/${name}`, offset: start, verdict: 'ambiguous' })
    expect(storage.hardState()).toEqual({ term: 2, vote: null, commit: 9 })
  })

  test('in a last record with whole sectors of zeros is refused too: that they are zeros does not mean that they are gone', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk, { segmentSize: 16_384 })
    for (const index of [1, 2])
      storage.append(
        batchOf({ entries: [{ type: 'EntryNormal', term: 1, index, data: new Uint8Array(3000) }] }),
      )
    await storage.close()
    const name = [...disk.files().keys()].find((file) => file.endsWith('.wal')) ?? ''
    const [start, end] = recordsOf(disk.files().get(name) as Uint8Array).at(-1) as [number, number]
    for (let at = start; at < end; at += 97) {
      const damaged = changed(disk.files(), name, (bytes) => {
        bytes[at] = (bytes[at] as number) ^ 4
        return bytes
      })
      expect([at, outcomeOf(damaged)]).toEqual([at, expect.objectContaining({ code: 'ERR_WAL_CORRUPT' })])
    }
    expect(openOn(disk).entries(1, 3, Infinity)).toEqual(storage.entries(1, 3, Infinity))
  })

  test('is not looked for by changing anything: what is refused is left as it is', () => {
    const name = segments()[0] as string
    const damaged = changed(files, name, (bytes) => bytes.fill(1, 600, 700))
    const disk = WalDisk.of(damaged)
    expect(() => openOn(disk)).toThrow(WalError)
    expect(disk.files()).toEqual(damaged)
  })
})

describe('a sector that is gone', () => {
  test('is damage in whatever others follow', () => {
    for (const name of names) {
      const size = (files.get(name) as Uint8Array).length
      for (let at = 0; at < size; at += 512) {
        const found = outcomeOf(changed(files, name, (bytes) => bytes.fill(0, at, at + 512)))
        if (found instanceof WalError || found.contents === contents) continue
        const last = recordsOf(files.get(name) as Uint8Array).at(-1) as [number, number]
        // The last record of all: it may have been torn.
        expect([name, found.torn]).toEqual([segments().at(-1), true])
        expect(at + 512).toBeGreaterThan(last[0])
      }
    }
  })
})

/** Puts a record in the place of each one of a segment, and behind the last one. */
function putEverywhere(record: Uint8Array, name: string): number {
  const bytes = files.get(name) as Uint8Array
  const records = recordsOf(bytes)
  const starts = [...records.map(([start]) => start), records.at(-1)?.[1] ?? 512]
  const fitting = starts.filter((start) => start + record.length <= bytes.length)
  for (const start of fitting) {
    const found = outcomeOf(
      changed(files, name, (copy) => {
        copy.set(record, start)
        return copy
      }),
    )
    if (found instanceof WalError || found.contents === contents) continue
    expect([name, start, found.torn]).toEqual([segments().at(-1), records.at(-1)?.[0], true])
  }
  return fitting.length
}

describe('a record', () => {
  test('in the place of another one, of this segment or of others, is refused or makes no difference', () => {
    let tried = 0
    for (const from of segments())
      for (const source of recordsOf(files.get(from) as Uint8Array))
        for (const to of segments())
          tried += putEverywhere((files.get(from) as Uint8Array).slice(...source), to)
    expect(tried).toBeGreaterThan(50)
  })
})

describe('a file', () => {
  test('that is missing is refused', () => {
    for (const name of names) {
      const others = new Map(files)
      others.delete(name)
      expect([name, outcomeOf(others)]).toEqual([name, expect.any(WalError)])
    }
  })

  test('that is empty, or cut off, is refused', () => {
    for (const name of names) {
      const size = (files.get(name) as Uint8Array).length
      for (const length of [0, 12, size >> 1, size - 1])
        expect([name, outcomeOf(changed(files, name, (bytes) => bytes.slice(0, length)))]).toEqual([
          name,
          expect.any(WalError),
        ])
    }
  })

  test('under the name of another one is refused', () => {
    for (const from of segments())
      for (const to of segments())
        if (from !== to)
          expect([from, to, outcomeOf(new Map(files).set(to, files.get(from) as Uint8Array))]).toEqual([
            from,
            to,
            expect.any(WalError),
          ])
  })

  test('of the log that this node had before it was wiped is refused', async () => {
    const other = (await written()).files
    for (const name of [...segments(), 'MANIFEST'])
      expect([name, outcomeOf(new Map(files).set(name, other.get(name) as Uint8Array))]).toEqual([
        name,
        expect.any(WalError),
      ])
  })

  test('that was dropped and has come back makes no difference', async () => {
    const disk = new WalDisk()
    const storage = openOn(disk, { segmentSize: 4096 })
    storage.append(batchOf({ entries: entriesFrom(1, 40, 1, 300) }))
    for (let index = 41; index < 60; index++) storage.append(batchOf({ entries: [entryOf(index, 1, 900)] }))
    const old = new Map([...disk.files()].map(([name, bytes]) => [name, bytes.slice()]))
    storage.createSnapshot(50, confState({ voters: [1] }), new Uint8Array(1))
    storage.compact(50)
    for (let index = 60; index < 70; index++) storage.append(batchOf({ entries: [entryOf(index, 1, 900)] }))
    await storage.close()
    const gone = [...old.keys()].filter((name) => name.endsWith('.wal') && !disk.files().has(name))
    expect(gone.length).toBeGreaterThan(2)
    for (const name of gone) {
      const found = outcomeOf(new Map(disk.files()).set(name, old.get(name) as Uint8Array))
      expect(found).toMatchObject({ contents: contentsOf(storage) })
    }
  })

  test('that nobody knows is left alone', () => {
    const disk = WalDisk.of(new Map(files).set('notes.txt', Uint8Array.of(1)))
    openOn(disk, { segmentSize: 4096 })
    expect(disk.files().get('notes.txt')).toEqual(Uint8Array.of(1))
  })
})
