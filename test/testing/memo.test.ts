/** What the search remembers is exact: it neither forgets a place nor takes one for another. */

import fc from 'fast-check'
import type { Operation } from 'quorate/testing'
import { expect, test } from 'vitest'

import { makeLine } from '../../src/history/line.ts'
import { TupleSet } from '../../src/history/memo.ts'
import { compileRegister } from '../../src/history/register.ts'
import { search } from '../../src/history/search.ts'

test('a tuple set answers as a set of their texts does, while it grows', () => {
  const tuples = fc.array(fc.tuple(fc.nat(9), fc.integer({ min: -3, max: 3 }), fc.integer()), {
    maxLength: 400,
  })
  fc.assert(
    fc.property(tuples, (row) => {
      const set = new TupleSet(3)
      const texts = new Set<string>()
      for (const tuple of row) {
        const text = tuple.join()
        expect(set.add(Int32Array.from(tuple))).toBe(!texts.has(text))
        texts.add(text)
        expect(set.add(Int32Array.from(tuple))).toBe(false)
      }
      expect(set.size).toBe(texts.size)
    }),
  )
})

test('a tuple set copies what it is given', () => {
  const set = new TupleSet(2)
  const tuple = new Int32Array(2)
  for (let i = 0; i < 10_000; i++) {
    tuple[0] = i
    tuple[1] = -i
    expect(set.add(tuple)).toBe(true)
  }
  tuple[0] = 5000
  tuple[1] = -5000
  expect(set.add(tuple)).toBe(false)
  expect(set.size).toBe(10_000)
})

test('steps that overlap are on different tracks, and there are no more tracks than steps at once', () => {
  const times = fc.tuple(fc.nat(12), fc.nat(4))
  fc.assert(
    fc.property(fc.array(times, { minLength: 1, maxLength: 20 }), (spans) => {
      const writes = spans.map(([invoked, lasts], client): Operation => {
        return { client, key: 'k', kind: 'write', input: client, invoked, returned: invoked + lasts }
      })
      const { steps } = compileRegister(writes)
      const { entries, tracks } = makeLine(steps)
      for (const one of entries)
        for (const other of entries)
          if (one !== other && one.track === other.track)
            expect(one.step.deadline < other.step.invoked || other.step.deadline < one.step.invoked).toBe(
              true,
            )
      const atOnce = steps.map(
        ({ invoked }) => steps.filter((one) => one.invoked <= invoked && one.deadline >= invoked).length,
      )
      expect(tracks).toBe(Math.max(...atOnce))
    }),
  )
})

test('a place is looked at once: equal writes at the same time make one search of their sets, not of their orders', () => {
  // None of the reads can be placed. 14 writes have 14! orders, but 2^14 sets, each with a last one.
  const writes = Array.from({ length: 14 }, (_, client): Operation => {
    return { client, key: 'k', kind: 'write', input: client % 2, invoked: 0, returned: 100 }
  })
  const reads = [0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 0, 1, 2].map((output, at): Operation => {
    return { client: 20 + at, key: 'k', kind: 'read', output, invoked: 10 + 2 * at, returned: 11 + 2 * at }
  })
  const late: Operation = { client: 99, key: 'k', kind: 'write', input: 2, invoked: 0, returned: 5 }
  const { steps, initial } = compileRegister([...writes, ...reads, late])
  // `late` is overwritten before the first read, and the last read is of it.
  const result = search(steps, initial, 5_000_000)
  expect(result.outcome).toBe('none')
  expect(result.placements).toBeLessThan(14 * 2 ** 15)
})
