/**
 * Two nodes of the same history, one of which is given something it must refuse. Afterwards nothing tells them apart: not
 * their status, not their storage, not what they want done next.
 */

import type { RaftError } from 'quorate'
import { expect } from 'vitest'
import { describeValue } from '../../src/core/errors.ts'
import { bytes } from './entries.ts'
import { message } from './messages.ts'
import { Solo, type SoloOptions } from './solo.ts'

/** The moments at which something wrong may come; in each there is something to be done already. */
const situations = {
  follower: (options: SoloOptions = {}) => {
    const solo = new Solo(options)
    solo.step(message('MsgHeartbeat'))
    solo.node.step(message('MsgApp'))
    return solo
  },
  candidate: (options: SoloOptions = {}) => {
    const solo = new Solo(options)
    solo.node.campaign()
    return solo
  },
  leader: (options: SoloOptions = {}) => {
    const solo = new Solo({ learners: [4], ...options }).elect().acknowledge()
    solo.node.propose(bytes('waits'))
    solo.node.readIndex(bytes('waits'))
    return solo
  },
} as const

/** The name of a situation. */
export type Situation = 'follower' | 'candidate' | 'leader'

/** What is wrong, and how it is refused. */
export interface Refusal {
  readonly act: (solo: Solo) => unknown
  readonly error: new (...args: never[]) => RaftError
  readonly code: string
  /** What the message must say, apart from the value and the fix. */
  readonly says: RegExp
  /** The value that is refused: the message shows it. */
  readonly value?: unknown
}

/** It is refused by each of the nodes, with a message that helps, and leaves no trace. */
export function expectRefused(
  { act, error, code, says, ...rest }: Refusal,
  on: Situation,
  options?: SoloOptions,
) {
  const [touched, untouched] = [situations[on](options), situations[on](options)]
  const thrown = catchError(() => act(touched))

  expect(thrown).toBeInstanceOf(error)
  expect(thrown.code).toBe(code)
  expect(thrown.message).toMatch(says)
  if ('value' in rest) expect(thrown.message).toContain(describeValue(rest.value))
  expect(thrown.fix.length).toBeGreaterThan(10)
  expect(thrown.message.endsWith(thrown.fix)).toBe(true)

  expect(stateOf(touched)).toEqual(stateOf(untouched))
  expect(catchError(() => act(touched)).message).toBe(thrown.message)
  expect(goOn(touched)).toEqual(goOn(untouched))
}

/** What `act` throws. */
export function catchError(act: () => unknown): RaftError {
  try {
    act()
  } catch (error) {
    return error as RaftError
  }
  throw new Error('it was not refused')
}

/** All there is to see of a node without changing it. */
function stateOf({ node, storage }: Solo) {
  return {
    status: node.status(),
    hasReady: node.hasReady(),
    hardState: storage.hardState(),
    log: [storage.firstIndex(), storage.lastIndex()],
  }
}

/** What it wants done, and how it is when that is done. */
function goOn(solo: Solo) {
  const ready = solo.node.ready()
  solo.handle(ready)
  for (let i = 0; i < 3; i++) solo.node.tick()
  const next = solo.node.hasReady()
  return { ready, next, state: stateOf(solo), applied: solo.applied }
}
