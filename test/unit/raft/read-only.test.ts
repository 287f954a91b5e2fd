import { describe, expect, test } from 'vitest'
import { ReadOnly } from '../../../src/core/raft/read-only.ts'
import { bytes } from '../../support/entries.ts'

const read = (text: string) => ({ from: 1, context: bytes(text) })

describe('reads that wait for a round (thesis §6.4)', () => {
  test('wait for a round that is sent after they came in', () => {
    const reads = new ReadOnly()
    reads.nextRound()
    reads.add(read('a'), 5)
    expect([reads.isWaiting, reads.roundDue]).toEqual([true, true])

    expect(reads.confirm(1)).toEqual([])
    expect(reads.nextRound()).toBe(2)
    expect(reads.roundDue).toBe(false)
    expect(reads.confirm(2)).toMatchObject([{ ...read('a'), index: 5 }])
    expect(reads.isWaiting).toBe(false)
  })

  test('share a round if they come in before it is sent', () => {
    const reads = new ReadOnly()
    reads.add(read('a'), 5)
    reads.add(read('b'), 6)
    reads.nextRound()
    expect(reads.confirm(1).map(({ index }) => index)).toEqual([5, 6])
  })

  test('are confirmed in the order they came, and by any later round too', () => {
    const reads = new ReadOnly()
    for (const [i, name] of ['a', 'b', 'c'].entries()) {
      reads.add(read(name), i)
      reads.nextRound()
    }
    expect(reads.confirm(2).map(({ index }) => index)).toEqual([0, 1])
    expect(reads.confirm(9).map(({ index }) => index)).toEqual([2])
  })

  test('are all that is pending, together with those that wait for a commit', () => {
    const reads = new ReadOnly()
    reads.parked.push(read('parked'))
    reads.add(read('waiting'), 5)
    expect(reads.pending()).toMatchObject([read('parked'), read('waiting')])
  })
})

describe('answers to rounds', () => {
  test('count for all rounds before', () => {
    const reads = new ReadOnly()
    reads.acknowledge(2, 7)
    reads.acknowledge(2, 3)
    expect([reads.reached(2), reads.reached(3)]).toEqual([7, 0])
  })
})

describe('a lease (thesis §6.4.1)', () => {
  test('begins when the newest round that a majority has answered was sent', () => {
    const reads = new ReadOnly()
    for (const tick of [10, 20, 30]) {
      reads.nextRound()
      reads.sentAt(tick, 0)
    }
    expect(reads.leaseStart(0)).toBeNull()
    expect(reads.leaseStart(2)).toBe(20)
    expect(reads.leaseStart(2)).toBe(20)
    expect(reads.leaseStart(3)).toBe(30)
  })

  test('forgets what is too old to give one', () => {
    const reads = new ReadOnly()
    for (const tick of [10, 20, 30]) {
      reads.nextRound()
      reads.sentAt(tick, tick - 5)
    }
    expect(reads.leaseStart(2)).toBeNull()
    expect(reads.leaseStart(3)).toBe(30)
  })

  test('is none before the first round', () => {
    expect(new ReadOnly().leaseStart(0)).toBeNull()
  })
})
