/** What is said about a violation, to the letter. */

import { checkLinearizability, type Operation, type Value } from 'quorate/testing'
import { expect, test } from 'vitest'

import { bruteForce } from './brute-force.ts'

type Times = readonly [invoked: number, returned: number | null]

const write = (client: number, input: Value, [invoked, returned]: Times): Operation => {
  return { client, key: 'x', kind: 'write', input, invoked, returned }
}
const read = (client: number, output: Value, [invoked, returned]: Times): Operation => {
  return { client, key: 'x', kind: 'read', output, invoked, returned }
}
const cas = (
  client: number,
  from: Value,
  to: Value,
  output: boolean,
  [invoked, returned]: Times,
): Operation => {
  return { client, key: 'x', kind: 'cas', input: { from, to }, output, invoked, returned }
}
const append = (client: number, input: Value, [invoked, returned]: Times): Operation => {
  return { client, key: 'l', kind: 'append', input, invoked, returned }
}
const list = (client: number, output: readonly Value[], [invoked, returned]: Times): Operation => {
  return { client, key: 'l', kind: 'read-list', output, invoked, returned }
}

/** The text about the only violation. */
function explain(...history: readonly Operation[]): string {
  const { violations } = checkLinearizability(history)
  expect(violations).toHaveLength(1)
  return violations[0]!.text
}

test('a stale read: what was written before, what overwrote it, and what should have been read', () => {
  const noise = [
    write(9, 'noise', [0, 1]),
    read(9, 'noise', [2, 3]),
    read(7, 'b', [33, 34]),
    cas(8, 'z', 'y', false, [5, 50]),
  ]
  expect(
    explain(
      ...noise,
      write(1, 'a', [10, 20]),
      write(2, 'b', [21, 30]),
      read(3, 'a', [31, 40]),
      write(1, 'c', [35, 60]),
    ),
  ).toBe(`\
Key "x" is not linearizable: no order explains these 3 operations.

  client 1  write "a"  |---|
  client 2  write "b"          |---|
  client 3  read: "a"                  |===|     <- cannot be placed

  The others can be explained, in this order: write "a" (client 1), write "b" (client 2).
  After this order the register holds "b".
  It was answered at 40. All 5 operations on this key that were answered before can be explained.`)
})

test('a value that nobody wrote', () => {
  expect(explain(write(1, 'a', [0, 1]), read(2, 'q', [2, 3]))).toBe(`\
Key "x" is not linearizable: no order explains this operation.

  client 2  read: "q"  |===|     <- cannot be placed

  Nobody wrote "q".
  It was answered at 3. The one operation on this key that was answered before can be explained.`)
})

test('a double append, without the elements that do not matter', () => {
  const many = Array.from({ length: 50 }, (_, at) => append(1, at, [2 * at, 2 * at + 1]))
  const seen = Array.from({ length: 50 }, (_, at) => at)
  expect(explain(...many, list(2, [...seen, 17], [100, 101]))).toBe(`\
Key "l" is not linearizable: no order explains these 2 operations.

  client 1  append 17            |---|
  client 2  read-list: [17, 17]          |===|     <- cannot be placed

  The others can be explained, in this order: append 17 (client 1).
  17 is in the list 2 times, but was appended once.
  After this order the list is [17].
  Elements of the list that do not matter are left out.
  It was answered at 101. All 50 operations on this key that were answered before can be explained.`)
})

test('a write that failed and was seen', () => {
  const failed: Operation = { ...write(1, 'a', [0, 5]), failed: true }
  expect(explain(failed, read(2, 'a', [6, 7]))).toContain(
    '\n  The write of "a" by client 1 failed, and must have no effect.\n',
  )
})

test('a write that was seen before it was invoked', () => {
  expect(explain(read(1, 'a', [0, 1]), write(2, 'a', [2, 3]))).toContain(
    '\n  The write of "a" by client 2 was only invoked later, at 2.\n  It was answered at 1. Nothing on this key was answered before.',
  )
})

test('an operation without an answer is drawn without an end, and may have taken effect', () => {
  const text = explain(
    write(1, 'a', [0, null]),
    read(2, 'a', [5, 6]),
    write(3, 'b', [7, 8]),
    read(4, 'a', [9, 10]),
  )
  expect(text).toContain('  client 1  write "a"  |---------------------------?\n')
  expect(text).toContain('  client 4  read: "a"                      |===|     <- cannot be placed')
})

test('a cas that was refused although nothing else can have been there', () => {
  const text = explain(write(1, 'a', [0, 1]), cas(2, 'a', 'b', false, [2, 3]))
  expect(text).toContain('client 2  cas "a" to "b": no')
  expect(text).toContain('After this order the register holds "a".')
})

test('a cas that was refused is fine if an ambiguous write that nobody saw may have come in between', () => {
  const between: Operation = write(3, 'q', [0, null])
  const history = [write(1, 'a', [0, 1]), cas(2, 'a', 'b', false, [2, 3]), between]
  expect(checkLinearizability(history).verdict).toBe('linearizable')
  expect(checkLinearizability([...history, { ...between, client: 4, invoked: 4 }]).verdict).toBe(
    'linearizable',
  )
  expect(checkLinearizability([...history.slice(0, 2), { ...between, invoked: 4 }]).verdict).toBe('violated')
})

test('a write that explains a refusal need not be answered in time for it to be shown so', () => {
  // `q1` stood between, but `q0`, which was invoked before, could have if its answer did not matter: one of them is enough.
  const history = [
    write(1, 'a', [2, 3]),
    cas(2, 'a', 'b', false, [6, 7]),
    read(3, null, [-2, -1]),
    write(4, 'q0', [0, 1]),
    write(5, 'q1', [4, 5]),
    read(6, 'a', [8, 9]),
  ]
  const [violation] = checkLinearizability(history).violations
  const { window, order, hints } = violation!
  expect(bruteForce(window)).toBe(false)
  expect(bruteForce(window.filter(({ invoked }) => invoked !== 8))).toBe(true)
  expect(order.map(({ client }) => client)).toEqual([1, 4, 2])
  expect(hints).toContain(
    'A question mark at the end stands for an answer that came later, or does not matter.',
  )
})

test('every key that is not linearizable is explained', () => {
  const { violations } = checkLinearizability([
    read(1, 'q', [0, 1]),
    list(2, [1], [0, 1]),
    { ...read(3, null, [0, 1]), key: 'fine' },
  ])
  expect(violations.map(({ key }) => key)).toEqual(['x', 'l'])
})

test('a picture is never wider or longer than a page', () => {
  const chain = Array.from({ length: 40 }, (_, at) => cas(at, at === 0 ? null : at, at + 1, true, [at, 100]))
  const text = explain(...chain, read(99, 7, [101, 102]))
  expect(text.split('\n').length).toBeLessThan(40)
  expect(text).toMatch(/\(\d+ earlier ones\)/)
  for (const line of text.split('\n')) expect(line.length).toBeLessThan(300)
})
