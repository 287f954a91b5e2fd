/** A log and its storage against an array, under random histories. */

import fc from 'fast-check'
import { type Entry, MemStorage } from 'quorate'
import { expect, test } from 'vitest'
import { RaftLog } from '../../../src/core/log/raft-log.ts'
import { entry, snapshotAt } from '../../support/entries.ts'

type Command =
  | { readonly do: 'append'; readonly at: number; readonly count: number; readonly newTerm: boolean }
  | { readonly do: 'write' | 'confirm' | 'compact' }
  | { readonly do: 'commit' | 'apply'; readonly by: number }
  | { readonly do: 'restore'; readonly by: number }

const anyCommand: fc.Arbitrary<Command> = fc.oneof(
  fc.record({
    do: fc.constant('append' as const),
    at: fc.nat(9),
    count: fc.integer({ min: 1, max: 4 }),
    newTerm: fc.boolean(),
  }),
  fc.record({ do: fc.constantFrom('write' as const, 'confirm' as const, 'compact' as const) }),
  fc.record({ do: fc.constantFrom('commit' as const, 'apply' as const), by: fc.integer({ min: 1, max: 4 }) }),
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restore' as const), by: fc.nat(4) }) },
)

/** What log and storage must hold, together: the array is the log, nothing more. */
class Model {
  readonly storage = new MemStorage()
  readonly log = new RaftLog(this.storage, Infinity)
  entries: Entry[] = []
  base = { index: 0, term: 0 }
  committed = 0
  applied = 0
  term = 1
  written: { entries: readonly Entry[]; snapshot: ReturnType<typeof snapshotAt> | null }[] = []

  get last(): number {
    return this.base.index + this.entries.length
  }

  termAt(index: number): number | string {
    if (index < this.base.index) return 'compacted'
    if (index === this.base.index) return this.base.term
    return this.entries[index - this.base.index - 1]?.term ?? 'unavailable'
  }

  run(command: Command): void {
    switch (command.do) {
      case 'append':
        return this.append(command)
      case 'write':
        return this.write()
      case 'confirm':
        return this.confirm()
      case 'commit':
        this.committed = Math.min(this.committed + command.by, this.last)
        this.log.commitTo(this.committed)
        return
      case 'apply':
        return this.apply(command.by)
      case 'restore':
        return this.restore(command.by)
      case 'compact':
        return this.compact()
    }
  }

  append({ at, count, newTerm }: Extract<Command, { do: 'append' }>): void {
    if (newTerm) this.term++
    const first = this.committed + 1 + (at % (this.last - this.committed + 1))
    // What replaces other entries is of a later term: nobody is given two entries of one index and term.
    if (first <= this.last) this.term++
    const added = Array.from({ length: count }, (_, i) => entry(first + i, this.term))
    this.entries = [...this.entries.slice(0, first - this.base.index - 1), ...added]
    this.log.append(added)
  }

  write(): void {
    const { unstable } = this.log
    const batch = { entries: unstable.nextEntries(), snapshot: unstable.nextSnapshot() }
    this.storage.append({ hardState: null, ...batch, mustSync: true })
    unstable.acceptInProgress()
    this.written.push(batch)
  }

  confirm(): void {
    const done = this.written.shift()
    if (done === undefined) return
    const last = done.entries.at(-1)
    if (last !== undefined) this.log.unstable.stableTo(last)
    if (done.snapshot === null) return
    this.log.unstable.stableSnapTo(done.snapshot.index)
    this.applied = Math.max(this.applied, done.snapshot.index)
    this.log.appliedTo(this.applied, 0)
  }

  apply(by: number): void {
    if (this.log.unstable.snapshot !== null) return expect(this.log.nextCommitted(true)).toEqual([])
    this.applied = Math.max(this.applied, Math.min(this.applied + by, this.committed))
    const handed = this.log.nextCommitted(true)
    expect(handed).toEqual(this.between(this.log.applying + 1, this.committed))
    this.log.appliedTo(this.applied, 0)
  }

  restore(by: number): void {
    const index = this.committed + 1 + by
    this.term++
    this.log.restore(snapshotAt(index, this.term))
    this.base = { index, term: this.term }
    this.entries = []
    this.committed = index
  }

  compact(): void {
    const { storage, log } = this
    const index = Math.min(this.applied, storage.lastIndex())
    if (log.unstable.snapshot !== null || this.written.length > 0 || log.unstable.hasEntries) return
    if (index <= storage.confState().index) return
    storage.append({
      hardState: { term: this.term, vote: null, commit: this.committed },
      entries: [],
      snapshot: null,
      mustSync: true,
    })
    const { term } = storage.createSnapshot(index, snapshotAt(1, 1).confState, new Uint8Array())
    storage.compact(index)
    this.entries = this.entries.slice(index - this.base.index)
    this.base = { index, term }
  }

  between(lo: number, hi: number): Entry[] {
    return this.entries.slice(lo - this.base.index - 1, hi - this.base.index)
  }

  check(): void {
    const { log, base, last } = this
    expect([log.firstIndex, log.lastIndex, log.committed]).toEqual([base.index + 1, last, this.committed])
    expect(log.applied).toBe(this.applied)
    for (let index = Math.max(0, base.index - 1); index <= last + 1; index++)
      expect([index, log.term(index)]).toEqual([index, this.termAt(index)])
    expect(log.slice(base.index + 1, last + 1, Infinity)).toEqual(this.entries)
    if (last > base.index) expect(log.slice(base.index + 1, last + 1, 0)).toHaveLength(1)
    expect(log.slice(base.index, last + 1, Infinity)).toBe('compacted')
  }

  /** Everything is written and confirmed: storage alone holds what the log holds. */
  checkStorage(): void {
    this.write()
    while (this.written.length > 0) this.confirm()
    const { storage, base, last } = this
    expect([storage.firstIndex(), storage.lastIndex()]).toEqual([base.index + 1, last])
    expect(storage.entries(base.index + 1, last + 1, Infinity)).toEqual(this.entries)
    expect(storage.term(base.index)).toBe(base.term)
    expect(this.log.unstable.hasEntries).toBe(false)
    expect(this.log.unstable.snapshot).toBeNull()
    this.check()
  }
}

test('a log with its storage is what a plain array would be, whatever is appended, cut off, written and compacted', () => {
  fc.assert(
    fc.property(fc.array(anyCommand, { maxLength: 40, size: 'max' }), (commands) => {
      const model = new Model()
      for (const command of commands) {
        model.run(command)
        model.check()
      }
      model.checkStorage()
    }),
    { numRuns: 400 },
  )
})
