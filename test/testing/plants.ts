/**
 * Violations to plant into a history that has none, in which every value was written once. Each looks for a place where the
 * change is wrong for sure, whatever the ambiguous operations did.
 */

import type { Random } from 'quorate'
import type { Value } from 'quorate/testing'

import { type Loose, pick } from './generate.ts'

/** A kind of violation. */
export interface Plant {
  readonly name: string
  readonly type: 'register' | 'list'
  /** All changes of this kind that could be made: an operation and the answer it would have. */
  readonly changes: (own: readonly Loose[]) => readonly Change[]
}

interface Change {
  readonly operation: Loose
  readonly output: unknown
}

/** Plants one violation. Answers the operation that was changed, or `null` if there is no place for it. */
export function plant(history: Loose[], { changes }: Plant, random: Random): Loose | null {
  const keys = [...new Set(history.map(({ key }) => key))]
  const all = keys.flatMap((key) => changes(history.filter((one) => one.key === key)))
  if (all.length === 0) return null
  const { operation, output } = pick(random, all)
  operation.output = output
  return operation
}

const precedes = (one: Loose, other: Loose): boolean => one.returned !== null && one.returned < other.invoked
const done = (one: Loose): boolean => one.returned !== null && one.failed !== true
const of = (own: readonly Loose[], ...kinds: readonly string[]): Loose[] =>
  own.filter((one) => kinds.includes(one.kind) && done(one))
const pairs = (ones: readonly Loose[], others: readonly Loose[]): [Loose, Loose][] =>
  ones.flatMap((one) =>
    others.filter((other) => precedes(one, other)).map((other): [Loose, Loose] => [one, other]),
  )
const list = (one: Loose): readonly Value[] => one.output as readonly Value[]

/** The kinds. */
export const plants: readonly Plant[] = [
  {
    name: 'a stale read',
    type: 'register',
    changes: (own) =>
      pairs(of(own, 'write'), of(own, 'write')).flatMap(([old, young]) =>
        of(own, 'read')
          .filter((read) => precedes(young, read))
          .map((operation) => ({ operation, output: old.input })),
      ),
  },
  {
    name: 'a lost write',
    type: 'register',
    changes: (own) =>
      pairs(of(own, 'write'), of(own, 'read')).map(([, operation]) => ({ operation, output: null })),
  },
  {
    name: 'a phantom value',
    type: 'register',
    changes: (own) => of(own, 'read').map((operation) => ({ operation, output: 'nobody wrote this' })),
  },
  {
    name: 'a read from the future',
    type: 'register',
    changes: (own) =>
      pairs(of(own, 'read'), of(own, 'write')).map(([operation, write]) => ({
        operation,
        output: write.input,
      })),
  },
  {
    name: 'a failed write that took effect',
    type: 'register',
    changes: (own) => {
      const failed = own.filter((one) => one.kind === 'write' && one.failed === true)
      return pairs(failed, of(own, 'read')).map(([write, operation]) => ({ operation, output: write.input }))
    },
  },
  {
    name: 'a non-monotonic read: the older value after the newer one',
    type: 'register',
    changes: (own) =>
      pairs(of(own, 'read'), of(own, 'read')).flatMap(([first, operation]) => {
        const newer = of(own, 'write').find(({ input }) => input === first.output)
        const older = of(own, 'write').filter((write) => newer !== undefined && precedes(write, newer))
        return older.map(({ input }) => ({ operation, output: input }))
      }),
  },
  {
    name: 'a value that comes back after it was overwritten',
    type: 'register',
    changes: (own) =>
      pairs(of(own, 'read'), of(own, 'write')).flatMap(([first, write]) =>
        of(own, 'read')
          .filter((read) => precedes(write, read) && first.output !== write.input)
          .map((operation) => ({ operation, output: first.output })),
      ),
  },
  {
    name: 'a cas that succeeded twice',
    type: 'register',
    changes: (own) => {
      const from = (one: Loose): Value => (one.input as { from: Value }).from
      const succeeded = new Set(of(own, 'cas').flatMap((one) => (one.output === true ? [from(one)] : [])))
      return of(own, 'cas')
        .filter((one) => one.output === false && succeeded.has(from(one)))
        .map((operation) => ({ operation, output: true }))
    },
  },
  {
    name: 'a cas that succeeded on a value nobody wrote',
    type: 'register',
    changes: (own) => {
      const from = (one: Loose): Value => (one.input as { from: Value }).from
      const to = ({ input, kind }: Loose): unknown => (kind === 'cas' ? (input as { to: Value }).to : input)
      const written = new Set<unknown>([null, ...own.filter(({ kind }) => kind !== 'read').map(to)])
      return of(own, 'cas')
        .filter((one) => !written.has(from(one)))
        .map((operation) => ({ operation, output: true }))
    },
  },
  {
    name: 'a stale list',
    type: 'list',
    changes: (own) =>
      pairs(of(own, 'append'), of(own, 'read-list')).map(([{ input }, operation]) => ({
        operation,
        output: list(operation).slice(0, list(operation).indexOf(input as Value)),
      })),
  },
  {
    name: 'a lost append',
    type: 'list',
    changes: (own) =>
      pairs(of(own, 'append'), of(own, 'read-list')).map(([{ input }, operation]) => ({
        operation,
        output: list(operation).filter((value) => value !== input),
      })),
  },
  {
    name: 'a double append',
    type: 'list',
    changes: (own) =>
      of(own, 'read-list').flatMap((operation) =>
        list(operation).map((value) => ({ operation, output: [...list(operation), value] })),
      ),
  },
  {
    name: 'a phantom element',
    type: 'list',
    changes: (own) =>
      of(own, 'read-list').map((operation) => ({ operation, output: [...list(operation), 'nobody'] })),
  },
  {
    name: 'an element from the future',
    type: 'list',
    changes: (own) =>
      pairs(of(own, 'read-list'), of(own, 'append')).map(([operation, { input }]) => ({
        operation,
        output: [...list(operation), input],
      })),
  },
  {
    name: 'a failed append that took effect',
    type: 'list',
    changes: (own) => {
      const failed = own.filter((one) => one.kind === 'append' && one.failed === true)
      return pairs(failed, of(own, 'read-list')).map(([{ input }, operation]) => ({
        operation,
        output: [...list(operation), input],
      }))
    },
  },
  {
    name: 'reordered elements',
    type: 'list',
    changes: (own) => {
      const reads = of(own, 'read-list').filter((one) => list(one).length > 1)
      return reads.length < 2
        ? []
        : reads.map((operation) => ({ operation, output: list(operation).toReversed() }))
    },
  },
  {
    name: 'reordered reads: the shorter list after the longer one',
    type: 'list',
    changes: (own) =>
      pairs(of(own, 'read-list'), of(own, 'read-list')).flatMap(([first, operation]) =>
        list(first).length === 0 ? [] : [{ operation, output: list(first).slice(0, -1) }],
      ),
  },
]
