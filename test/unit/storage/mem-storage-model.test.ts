import fc from 'fast-check'
import { type Entry, MemStorage } from 'quorate'
import { expect, test } from 'vitest'
import { bytes, confState, entry, snapshotAt } from '../../support/entries.ts'

type Command = {
  readonly do: 'append' | 'compact' | 'snapshot' | 'install'
  readonly at: number
  readonly count: number
}

const anyCommand: fc.Arbitrary<Command> = fc.record({
  do: fc.constantFrom(
    'append' as const,
    'append' as const,
    'compact' as const,
    'snapshot' as const,
    'install' as const,
  ),
  at: fc.nat(20),
  count: fc.integer({ min: 1, max: 6 }),
})

/** The same by hand: an array of entries, all of them, and where they begin. */
class Model {
  readonly storage = new MemStorage()
  entries: Entry[] = []
  compacted = { index: 0, term: 0 }
  snapshot = 0
  term = 1

  get last(): number {
    return this.compacted.index + this.entries.length
  }

  run({ do: what, at, count }: Command): void {
    const { storage, last, compacted } = this
    if (what === 'append') {
      const first = 1 + (at % (last + 1))
      const added = Array.from({ length: count }, (_, i) => entry(first + i, ++this.term))
      storage.append({
        hardState: { term: this.term, vote: null, commit: Math.max(this.snapshot, last) },
        entries: added,
        snapshot: null,
        mustSync: true,
      })
      const kept = added.filter(({ index }) => index > compacted.index)
      if (kept.length > 0)
        this.entries = [...this.entries.slice(0, kept[0]!.index - compacted.index - 1), ...kept]
    } else if (what === 'snapshot') {
      const index = this.snapshot + 1 + (at % 4)
      const committed = storage.hardState()?.commit ?? 0
      if (index <= compacted.index || index > last || index > committed) return
      storage.createSnapshot(index, confState(), bytes(''))
      this.snapshot = index
    } else if (what === 'compact') {
      const index = compacted.index + 1 + (at % 4)
      if (index > this.snapshot || index > last) return
      storage.compact(index)
      const dropped = this.entries.splice(0, index - compacted.index)
      this.compacted = { index, term: dropped.at(-1)!.term }
    } else {
      const index = this.snapshot + 1 + at
      storage.append({
        hardState: null,
        entries: [],
        snapshot: snapshotAt(index, ++this.term),
        mustSync: true,
      })
      this.compacted = { index, term: this.term }
      this.entries = []
      this.snapshot = index
    }
  }

  check(): void {
    const { storage, compacted, last, entries } = this
    expect([storage.firstIndex(), storage.lastIndex()]).toEqual([compacted.index + 1, last])
    expect(storage.confState().index).toBe(this.snapshot)
    expect(storage.entries(compacted.index + 1, last + 1, Infinity)).toEqual(entries)
    expect(storage.term(compacted.index)).toBe(compacted.term)
    expect(storage.term(compacted.index - 1)).toBe('compacted')
    expect(storage.term(last + 1)).toBe('unavailable')
    for (const { index, term } of entries) expect(storage.term(index)).toBe(term)
  }
}

test('a storage is what a plain array would be, whatever is appended, replaced, compacted and installed', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 60, size: 'max' }), (commands) => {
      const model = new Model()
      for (const command of commands) {
        model.run(command)
        model.check()
      }
    }),
    { numRuns: 300 },
  )
})

test('a log that is compacted behind every entry stays right for 200,000 of them', () => {
  const storage = new MemStorage()
  for (let index = 1; index <= 200_000; index++) {
    const term = Math.ceil(index / 1000)
    const batch = { entries: [entry(index, term, null)], snapshot: null, mustSync: true }
    storage.append({ ...batch, hardState: { term, vote: null, commit: index } })
    if (index <= 10) continue
    storage.createSnapshot(index - 5, confState(), bytes(''))
    storage.compact(index - 9)
    if (index % 20_000 !== 0) continue
    expect([storage.firstIndex(), storage.lastIndex()]).toEqual([index - 8, index])
    expect(storage.entries(index - 8, index + 1, Infinity)).toHaveLength(9)
    expect(storage.term(index - 9)).toBe(Math.ceil((index - 9) / 1000))
  }
})
