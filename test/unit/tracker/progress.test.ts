import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Progress } from '../../../src/core/tracker/progress.ts'

const limits = { maxInflightMsgs: 2, maxInflightBytes: Infinity }

/** A follower that is probed from 10 on. */
function probed(): Progress {
  return new Progress(2, 10, 1, false, limits)
}

/** A follower that holds everything up to 5 and is streamed to. */
function replicating(): Progress {
  const progress = probed()
  progress.maybeUpdate(5)
  progress.becomeReplicate()
  return progress
}

/** What there is to know, in one line. */
function state({ state: { name }, match, next, paused }: Progress): string {
  return `${name} match=${match} next=${next}${paused ? ' paused' : ''}`
}

describe('while probing', () => {
  test('one message with entries goes out, and then nothing until something is heard', () => {
    const progress = probed()
    progress.sent(3, 30, 1)
    expect(state(progress)).toBe('StateProbe match=0 next=10 paused')

    progress.resume()
    expect(state(progress)).toBe('StateProbe match=0 next=10')
  })

  test('an empty message holds nothing up', () => {
    const progress = probed()
    progress.sent(0, 0, 1)
    expect(progress.paused).toBe(false)
  })

  test('a rejection moves next back to the hint (§5.3)', () => {
    const progress = probed()
    progress.sent(1, 1, 0)
    expect(progress.maybeDecrement(9, 4)).toBe(true)
    expect(state(progress)).toBe('StateProbe match=0 next=5')
  })

  test.each([
    ['of a message that was not the last probe', 7, 4],
    ['of a probe further on', 12, 4],
  ])('a rejection %s is overtaken and changes nothing', (_, rejected, hint) => {
    const progress = probed()
    progress.sent(1, 1, 0)
    expect(progress.maybeDecrement(rejected, hint)).toBe(false)
    expect(state(progress)).toBe('StateProbe match=0 next=10 paused')
  })

  test('a hint beyond what was rejected moves next back by one at least', () => {
    const progress = probed()
    expect(progress.maybeDecrement(9, 90)).toBe(true)
    expect(progress.next).toBe(9)
  })

  test('next never falls to what is known to match (etcd-io/raft#149)', () => {
    const progress = probed()
    progress.maybeUpdate(6)
    expect(progress.next).toBe(10)
    expect(progress.maybeDecrement(9, 2)).toBe(true)
    expect(state(progress)).toBe('StateProbe match=6 next=7')
  })
})

describe('while replicating', () => {
  test('next runs ahead of what is acknowledged', () => {
    const progress = replicating()
    progress.sent(3, 30, 1)

    expect(state(progress)).toBe('StateReplicate match=5 next=9')
    progress.maybeUpdate(8)
    expect(state(progress)).toBe('StateReplicate match=8 next=9')
  })

  test('the window fills, and an acknowledgement opens it', () => {
    const progress = replicating()
    progress.sent(1, 1, 0)
    expect(progress.full).toBe(false)
    progress.sent(1, 1, 0)
    expect([progress.full, progress.paused]).toEqual([true, true])

    progress.maybeUpdate(6)
    progress.freeInflights(6)
    expect([progress.full, progress.paused]).toEqual([false, false])
  })

  test('with a full window a heartbeat answer lets one empty message through (etcd#14633)', () => {
    const progress = replicating()
    progress.sent(1, 1, 0)
    progress.sent(1, 1, 0)
    progress.resume()
    expect([progress.full, progress.paused]).toEqual([true, false])

    progress.sent(0, 0, 0)
    expect([progress.full, progress.paused]).toEqual([true, true])
  })

  test('a rejection of what is acknowledged already is overtaken', () => {
    const progress = replicating()
    progress.sent(4, 40, 0)
    expect(progress.maybeDecrement(5, 2)).toBe(false)
    expect(progress.next).toBe(10)
  })

  test('a rejection beyond it goes back to what is acknowledged', () => {
    const progress = replicating()
    progress.sent(4, 40, 0)
    expect(progress.maybeDecrement(9, 2)).toBe(true)
    expect(progress.next).toBe(6)
  })

  test('becoming a probe forgets what is on its way', () => {
    const progress = replicating()
    progress.sent(3, 30, 0)
    progress.becomeProbe()
    expect(state(progress)).toBe('StateProbe match=5 next=6')
    expect(progress.full).toBe(false)
  })
})

describe('while a snapshot is on its way (§7)', () => {
  test('nothing else goes out', () => {
    const progress = probed()
    progress.becomeSnapshot(20)
    expect(state(progress)).toBe('StateSnapshot match=0 next=21 paused')
    progress.resume()
    expect(progress.paused).toBe(true)
  })

  test('it is probed from behind the snapshot, which may have arrived', () => {
    const progress = probed()
    progress.becomeSnapshot(20)
    progress.becomeProbe()
    expect(state(progress)).toBe('StateProbe match=0 next=21')
  })

  test('it is probed from behind what it acknowledged, if that is further', () => {
    const progress = probed()
    progress.becomeSnapshot(20)
    progress.maybeUpdate(30)
    progress.becomeProbe()
    expect(state(progress)).toBe('StateProbe match=30 next=31')
  })

  test('a failure means that it has not arrived', () => {
    const progress = probed()
    progress.maybeUpdate(3)
    progress.becomeSnapshot(20)
    progress.snapshotFailed()
    expect(state(progress)).toBe('StateProbe match=3 next=4')
  })
})

describe('an acknowledgement', () => {
  test('is news only if it goes further', () => {
    const progress = probed()
    expect(progress.maybeUpdate(4)).toBe(true)
    expect(progress.maybeUpdate(4)).toBe(false)
    expect(progress.maybeUpdate(3)).toBe(false)
    expect(state(progress)).toBe('StateProbe match=4 next=10')
  })

  test('beyond next pulls next along', () => {
    const progress = probed()
    progress.maybeUpdate(15)
    expect(progress.next).toBe(16)
  })
})

describe('what the follower was told of the commit index', () => {
  test('more can be told as long as it was sent entries that it does not know to be committed', () => {
    const progress = replicating()
    progress.sent(3, 3, 5)
    expect(progress.canBumpCommit(5)).toBe(false)
    expect(progress.canBumpCommit(6)).toBe(true)
    progress.sent(0, 0, 8)
    expect(progress.canBumpCommit(9)).toBe(false)
  })

  test('a heartbeat tells too, and may tell less than was told before', () => {
    const progress = replicating()
    progress.sent(3, 3, 8)
    progress.sentCommit(5)
    expect(progress.canBumpCommit(8)).toBe(true)
  })

  test('goes back with next: what was told along with lost entries was not understood', () => {
    const progress = replicating()
    progress.sent(3, 3, 8)
    progress.becomeProbe()
    progress.becomeReplicate()
    progress.sent(3, 3, 5)
    expect(progress.canBumpCommit(8)).toBe(true)

    const probing = replicating()
    probing.sent(3, 3, 8)
    probing.becomeProbe()
    probing.maybeUpdate(8)
    expect(probing.canBumpCommit(9)).toBe(true)

    const other = replicating()
    other.sent(3, 3, 8)
    other.maybeDecrement(8, 5)
    expect(other.canBumpCommit(8)).toBe(false)
    other.sentCommit(4)
    expect(other.canBumpCommit(8)).toBe(true)
  })

  test('is what was told, and not what lies before next, when next goes back', () => {
    // given followers that hold up to 5 and were told of a commit at 2
    const told = (): Progress => {
      const progress = replicating()
      progress.sent(3, 3, 2)
      return progress
    }
    const probing = told()
    probing.becomeProbe()
    const rejecting = told()
    rejecting.maybeDecrement(8, 5)
    const failed = told()
    failed.snapshotFailed()
    for (const progress of [probing, rejecting, failed]) {
      expect(progress.canBumpCommit(3)).toBe(true)
      expect(progress.canBumpCommit(2)).toBe(false)
    }
  })

  test('without a snapshot that failed the follower is left as it is', () => {
    const progress = replicating()
    progress.sent(3, 3, 5)
    progress.snapshotFailed()
    expect(state(progress)).toBe('StateReplicate match=5 next=9')
  })

  test('nothing is told beyond the last entry that was sent, however often it is asked', () => {
    const progress = replicating()
    progress.sent(1, 1, 6)
    expect(progress.canBumpCommit(7)).toBe(false)
    expect(progress.canBumpCommit(6)).toBe(false)
    progress.sentCommit(7)
    expect(progress.canBumpCommit(8)).toBe(false)
  })
})

test('0 <= match < next, and match never falls, whatever happens', () => {
  const anyStep = fc.record({
    do: fc.constantFrom(
      'probe',
      'replicate',
      'snapshot',
      'failed',
      'sent',
      'ack',
      'reject',
      'resume',
      'pause',
    ),
    index: fc.nat(30),
    hint: fc.nat(40),
    count: fc.nat(4),
  })
  fc.assert(
    fc.property(fc.array(anyStep, { maxLength: 60, size: 'max' }), (steps) => {
      const progress = probed()
      for (const step of steps) {
        const { match } = progress
        perform(progress, step)
        expect(progress.match).toBeGreaterThanOrEqual(match)
        expect(progress.next).toBeGreaterThan(progress.match)
        if (progress.state.name === 'StateSnapshot') expect(progress.paused).toBe(true)
      }
    }),
    { numRuns: 300 },
  )
})

function perform(progress: Progress, step: { do: string; index: number; hint: number; count: number }): void {
  const canSend = !progress.paused && !progress.full
  if (step.do === 'probe') progress.becomeProbe()
  if (step.do === 'replicate') progress.becomeReplicate()
  // A leader sends a snapshot only for entries that it has dropped: at least to where it would have gone on.
  if (step.do === 'snapshot') progress.becomeSnapshot(progress.next + step.index)
  if (step.do === 'failed') progress.snapshotFailed()
  if (step.do === 'sent' && canSend) progress.sent(step.count, step.count, step.index)
  if (step.do === 'ack') progress.maybeUpdate(Math.min(step.index, progress.next - 1))
  if (step.do === 'ack') progress.freeInflights(progress.match)
  if (step.do === 'reject') progress.maybeDecrement(step.index, step.hint)
  if (step.do === 'resume') progress.resume()
  if (step.do === 'pause') progress.pause()
}
