import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Inflights } from '../../../src/core/tracker/inflights.ts'

describe('a window of unacknowledged messages', () => {
  test('is full when the number of messages is reached', () => {
    const window = new Inflights(2, Infinity)
    window.add(1, 10)
    expect(window.full).toBe(false)
    window.add(2, 10)

    expect(window.full).toBe(true)
    expect([window.count, window.bytes]).toEqual([2, 20])
  })

  test('is full when the bytes are reached, which the last message may go beyond', () => {
    const window = new Inflights(100, 15)
    window.add(1, 10)
    expect(window.full).toBe(false)
    window.add(2, 10)

    expect(window.full).toBe(true)
    expect(window.bytes).toBe(20)
  })

  test('takes nothing more when it is full', () => {
    const window = new Inflights(1, Infinity)
    window.add(1, 1)
    expect(() => window.add(2, 1)).toThrow(/beyond the limit/)
  })

  test('has room again for what has been acknowledged, all at once', () => {
    const window = new Inflights(3, Infinity)
    for (const index of [4, 7, 9]) window.add(index, 5)
    window.freeTo(8)

    expect([window.count, window.bytes, window.full]).toEqual([1, 5, false])
    window.freeTo(9)
    expect([window.count, window.bytes]).toEqual([0, 0])
  })

  test('is not changed by a late acknowledgement', () => {
    const window = new Inflights(3, Infinity)
    for (const index of [4, 7]) window.add(index, 5)
    window.freeTo(3)

    expect([window.count, window.bytes]).toEqual([2, 10])
  })

  test('is a queue with a limit, whatever is sent and acknowledged in whatever order', () => {
    const command = fc.record({ add: fc.boolean(), by: fc.nat(5), bytes: fc.nat(8) })
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 9 }),
        fc.oneof(fc.constant(Infinity), fc.integer({ min: 1, max: 20 })),
        fc.array(command, { maxLength: 60, size: 'max' }),
        (maxCount, maxBytes, commands) => {
          const window = new Inflights(maxCount, maxBytes)
          let queue: { index: number; bytes: number }[] = []
          let last = 0
          for (const { add, by, bytes } of commands) {
            if (add && !window.full) {
              last += by
              window.add(last, bytes)
              queue.push({ index: last, bytes })
            } else if (!add) {
              window.freeTo(last - by)
              queue = queue.filter(({ index }) => index > last - by)
            }
            const sum = queue.reduce((total, message) => total + message.bytes, 0)
            expect([window.count, window.bytes]).toEqual([queue.length, sum])
            expect(window.full).toBe(queue.length === maxCount || sum >= maxBytes)
          }
        },
      ),
    )
  })
})
