import { describe, expect, test } from 'vitest'
import { ProgressMap } from '../../../src/core/tracker/progress-map.ts'
import { confState } from '../../support/entries.ts'

const limits = { maxInflightMsgs: 10, maxInflightBytes: Infinity }

function map(config = confState(), next = 10): ProgressMap {
  return new ProgressMap(config, next, limits, true)
}

/** What each member is known to hold, by id. */
function hold(progress: ProgressMap, matches: Readonly<Record<number, number>>): ProgressMap {
  for (const [id, match] of Object.entries(matches)) progress.get(Number(id))?.maybeUpdate(match)
  return progress
}

describe('the members', () => {
  test('are all who receive the log, once each, by ascending id', () => {
    const config = confState({
      voters: [3, 1],
      votersOutgoing: [1, 2],
      learners: [9, 4],
      learnersNext: [2],
    })
    expect(map(config).all.map(({ id, isLearner }) => [id, isLearner])).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
      [9, true],
    ])
  })

  test('are probed from where they are told, and nobody has been heard from yet', () => {
    for (const { state, match, next, recentActive } of map().all)
      expect([state.name, match, next, recentActive]).toEqual(['StateProbe', 0, 10, false])
  })
})

describe('a change of the configuration', () => {
  test('keeps the progress of who stays, and forgets who goes', () => {
    const progress = hold(map(), { 1: 9, 2: 7, 3: 8 })
    const [one, two] = [progress.get(1), progress.get(2)]
    progress.reconfigure(confState({ voters: [1, 4], learners: [2] }), new Set([4]), 20, true)

    expect(progress.get(1)).toBe(one)
    expect(progress.get(2)).toBe(two)
    expect(two?.isLearner).toBe(true)
    expect(progress.get(3)).toBeUndefined()
    expect(progress.get(4)).toMatchObject({ match: 0, next: 20, recentActive: true })
  })

  test('gives whoever comes back a new session, even within one change', () => {
    const progress = hold(map(), { 2: 7 })
    const before = progress.get(2)?.session
    progress.reconfigure(confState(), new Set([2]), 20, true)

    expect(progress.get(2)?.match).toBe(0)
    expect(progress.get(2)?.session).not.toBe(before)
  })

  test('gives no sessions where they are not wanted', () => {
    expect(new ProgressMap(confState(), 10, limits, false).all.map(({ session }) => session)).toEqual([
      null,
      null,
      null,
    ])
  })

  test('never gives a session twice', () => {
    const progress = map()
    const sessions = progress.all.map(({ session }) => session)
    progress.reconfigure(confState({ voters: [1] }), new Set(), 20, true)
    progress.reconfigure(confState(), new Set(), 20, true)
    sessions.push(...progress.all.filter(({ id }) => id > 1).map(({ session }) => session))

    expect(new Set(sessions).size).toBe(sessions.length)
  })

  test('makes a learner of who was one no voter any more, and back', () => {
    const progress = map(confState({ voters: [1], learners: [2] }))
    progress.reconfigure(confState({ voters: [1, 2] }), new Set(), 20, true)
    expect(progress.get(2)?.isLearner).toBe(false)
  })
})

describe('what a majority holds', () => {
  test('counts voters only', () => {
    const progress = hold(map(confState({ learners: [4, 5] })), { 1: 9, 2: 5, 3: 3, 4: 9, 5: 9 })
    expect(progress.majorityMatch()).toBe(5)
  })

  test('takes both halves of a joint configuration (thesis §4.3)', () => {
    const config = confState({ voters: [1, 2, 3], votersOutgoing: [4, 5, 6] })
    const progress = hold(map(config), { 1: 9, 2: 9, 3: 9, 4: 4, 5: 2, 6: 1 })
    expect(progress.majorityMatch()).toBe(2)

    hold(progress, { 5: 8, 6: 7 })
    expect(progress.majorityMatch()).toBe(7)
  })

  test('is everything where nobody votes', () => {
    expect(map(confState({ voters: [] })).majorityMatch()).toBe(Infinity)
  })

  test('is asked the same way for any other number', () => {
    const config = confState({ voters: [1, 2, 3], votersOutgoing: [3, 4, 5], learners: [6] })
    const reached = (id: number): number => [0, 10, 20, 30, 40, 50, 60][id] ?? 0
    expect(map(config).majorityOf(reached)).toBe(20)
  })
})

describe('whether a quorum is alive (thesis §6.2)', () => {
  test.each([
    ['nobody of three', confState(), [], false],
    ['one of three', confState(), [1], false],
    ['two of three', confState(), [1, 3], true],
    ['learners do not count', confState({ learners: [4, 5] }), [1, 4, 5], false],
    ['one half of a joint configuration', confState({ votersOutgoing: [4, 5, 6] }), [1, 2, 3, 4], false],
    ['both halves', confState({ votersOutgoing: [4, 5, 6] }), [1, 2, 5, 6], true],
  ])('%s', (_, config, active, answer) => {
    const progress = map(config)
    for (const id of active) progress.get(id)!.recentActive = true
    expect(progress.quorumActive()).toBe(answer)
  })
})
