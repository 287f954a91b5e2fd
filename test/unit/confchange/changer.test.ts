import { ConfChangeError, type ConfChangeSingle, type ConfState } from 'quorate'
import { describe, expect, test } from 'vitest'
import {
  changeConfig,
  changesOf,
  enterJoint,
  leaveJoint,
  simple,
} from '../../../src/core/confchange/changer.ts'
import { confState } from '../../support/entries.ts'

const add = (nodeId: number): ConfChangeSingle => ({ type: 'AddNode', nodeId })
const learn = (nodeId: number): ConfChangeSingle => ({ type: 'AddLearnerNode', nodeId })
const remove = (nodeId: number): ConfChangeSingle => ({ type: 'RemoveNode', nodeId })
const update = (nodeId: number): ConfChangeSingle => ({ type: 'UpdateNode', nodeId })

const joint = confState({ voters: [1, 2, 4], votersOutgoing: [1, 2, 3], learnersNext: [3], autoLeave: true })

/** A configuration in one line: incoming & outgoing, learners, learners to be. */
function show({ voters, votersOutgoing, learners, learnersNext, autoLeave }: ConfState): string {
  const outgoing = votersOutgoing.length > 0 ? ` & ${votersOutgoing.join(' ')}` : ''
  const others = `${learners.length > 0 ? ` learners ${learners.join(' ')}` : ''}${
    learnersNext.length > 0 ? ` next ${learnersNext.join(' ')}` : ''
  }`
  return `${voters.join(' ')}${outgoing}${others}${autoLeave ? ' auto' : ''}`
}

describe('a simple change (thesis §4.1)', () => {
  test.each([
    ['adds a voter', [add(4)], '1 2 3 4', [4]],
    ['removes a voter', [remove(3)], '1 2', []],
    ['adds a learner', [learn(4)], '1 2 3 learners 4', [4]],
    ['makes a learner of a voter', [learn(3)], '1 2 learners 3', []],
    ['replaces nobody by adding who is there', [add(3)], '1 2 3', []],
    ['removes nobody who is not there', [remove(9)], '1 2 3', []],
    ['changes nothing by an update', [update(2)], '1 2 3', []],
    ['skips what the application has vetoed', [{ type: 'RemoveNode', nodeId: 0 } as const], '1 2 3', []],
    [
      'may make several changes that leave the voters alone',
      [learn(4), learn(5), add(2)],
      '1 2 3 learners 4 5',
      [4, 5],
    ],
    ['may take back what it did', [add(4), remove(4)], '1 2 3', []],
    ['starts anew with who is removed and comes back', [remove(3), add(3)], '1 2 3', [3]],
    ['starts anew with who comes back as learner', [remove(3), learn(3)], '1 2 learners 3', [3]],
  ])('%s', (_, changes, config, fresh) => {
    const step = simple(confState(), changes)
    expect(show(step.config)).toBe(config)
    expect([...step.fresh]).toEqual(fresh)
  })

  test('makes a voter of a learner, which keeps its progress', () => {
    const step = simple(confState({ learners: [4] }), [add(4)])
    expect(show(step.config)).toBe('1 2 3 4')
    expect(step.fresh.size).toBe(0)
  })

  test('leaves a learner one that is made one again', () => {
    expect(show(simple(confState({ learners: [4] }), [learn(4)]).config)).toBe('1 2 3 learners 4')
  })

  test.each([
    ['two voters at once', confState(), [add(4), add(5)], 'more-than-one-voter'],
    ['one voter for another', confState(), [add(4), remove(3)], 'more-than-one-voter'],
    ['the last voter away', confState({ voters: [1] }), [remove(1)], 'no-voters-left'],
    ['the last voter into a learner', confState({ voters: [1] }), [learn(1)], 'no-voters-left'],
    ['anything in a joint configuration', joint, [add(5)], 'simple-in-joint'],
  ] as const)('cannot make %s', (_, config, changes, rule) => {
    expect(() => simple(config, changes)).toThrow(ConfChangeError)
    expect(() => simple(config, changes)).toThrow(expect.objectContaining({ rule, code: 'ERR_CONF_CHANGE' }))
  })
})

describe('entering a joint configuration (thesis §4.3)', () => {
  test.each([
    ['the voters of today go out, the changes come in', [add(4), remove(3)], '1 2 4 & 1 2 3', [4]],
    ['all can be replaced', [remove(1), remove(2), remove(3), add(4)], '4 & 1 2 3', [4]],
    ['a voter that becomes a learner waits for the end', [learn(3)], '1 2 & 1 2 3 next 3', []],
    ['who is removed and added as learner waits as well', [remove(3), learn(3)], '1 2 & 1 2 3 next 3', []],
    ['a learner to be can be removed again', [learn(3), remove(3)], '1 2 & 1 2 3', []],
    ['a learner to be can become a voter again', [learn(3), add(3)], '1 2 3 & 1 2 3', []],
    ['a new learner is one at once', [learn(4)], '1 2 3 & 1 2 3 learners 4', [4]],
    ['without a change it is joint all the same', [], '1 2 3 & 1 2 3', []],
    ['an outgoing voter that comes back is no new one', [remove(3), add(3)], '1 2 3 & 1 2 3', []],
  ])('%s', (_, changes, config, fresh) => {
    const step = enterJoint(confState(), changes, false)
    expect(show(step.config)).toBe(config)
    expect([...step.fresh]).toEqual(fresh)
  })

  test('remembers whether it ends by itself', () => {
    expect(enterJoint(confState(), [add(4)], true).config.autoLeave).toBe(true)
    expect(enterJoint(confState(), [add(4)], false).config.autoLeave).toBe(false)
  })

  test.each([
    ['of a joint configuration', joint, [add(5)], 'already-joint'],
    ['where nobody votes', confState({ voters: [] }), [add(1)], 'no-voters-before'],
    ['that leaves nobody to vote', confState({ voters: [1] }), [remove(1)], 'no-voters-left'],
  ] as const)('is impossible %s', (_, config, changes, rule) => {
    expect(() => enterJoint(config, changes, true)).toThrow(expect.objectContaining({ rule }))
  })
})

describe('leaving a joint configuration (thesis §4.3)', () => {
  test('drops the outgoing half, and learners to be are learners', () => {
    const step = leaveJoint(confState({ ...joint, learners: [9] }))
    expect(show(step.config)).toBe('1 2 4 learners 3 9')
    expect(step.fresh.size).toBe(0)
  })

  test('is impossible elsewhere', () => {
    expect(() => leaveJoint(confState())).toThrow(expect.objectContaining({ rule: 'not-joint' }))
  })
})

describe('what a log entry asks for', () => {
  const v2 = (transition: 'auto' | 'implicit' | 'explicit', ...changes: ConfChangeSingle[]) =>
    ({ version: 2, transition, changes, context: null }) as const

  test.each([
    ['one change in its original form is simple', { version: 1, ...add(4), context: null }, '1 2 3 4'],
    ['one change with auto is simple', v2('auto', add(4)), '1 2 3 4'],
    [
      'two changes with auto are joint and end by themselves',
      v2('auto', add(4), add(5)),
      '1 2 3 4 5 & 1 2 3 auto',
    ],
    ['one change with implicit is joint and ends by itself', v2('implicit', add(4)), '1 2 3 4 & 1 2 3 auto'],
    ['one change with explicit is joint and stays', v2('explicit', add(4)), '1 2 3 4 & 1 2 3'],
    ['no change with explicit is joint and stays', v2('explicit'), '1 2 3 & 1 2 3'],
    [
      'a vetoed change in its original form is none',
      { version: 1, type: 'AddNode', nodeId: 0, context: null },
      '1 2 3',
    ],
  ] as const)('%s', (_, change, config) => {
    expect(show(changeConfig(confState(), change).config)).toBe(config)
  })

  test.each([
    ['nothing at all', null],
    ['no changes with auto', v2('auto')],
  ])('%s leaves a joint configuration', (_, change) => {
    expect(show(changeConfig(joint, change).config)).toBe('1 2 4 learners 3')
    expect(() => changeConfig(confState(), change)).toThrow(expect.objectContaining({ rule: 'not-joint' }))
  })

  test('is a list of steps in either form', () => {
    expect(changesOf({ version: 1, ...add(4), context: null })).toEqual([add(4)])
    expect(changesOf(v2('auto', add(4), remove(1)))).toEqual([add(4), remove(1)])
    expect(changesOf(null)).toEqual([])
  })
})
