/** Changes of the membership and of the leader, as a leader carries them out for whoever asks (thesis §3.10, thesis §4.2, thesis §4.3). */

import { isJoint } from '../core/conf-state.ts'
import type { ConfState, LogIndex, NodeId } from '../core/types.ts'
import type { Call } from './call.ts'
import type { Engine } from './engine.ts'
import { OutcomeUnknownError, RefusedError } from './errors.ts'
import { type MembershipChange, type Step, stepsOf } from './membership.ts'
import type { Requests } from './requests.ts'

/** A learner is promoted when it lacks no more than so many entries: the rest comes while that is being committed. */
const closeEnough = 100

/** Carries out one change at a time. */
export class Changes<Command, Result, Query, Answer> {
  readonly #engine: Engine<Command, Result, Query, Answer>
  readonly #requests: Requests<Command, Result, Query, Answer>
  #isChanging = false

  constructor(
    engine: Engine<Command, Result, Query, Answer>,
    requests: Requests<Command, Result, Query, Answer>,
  ) {
    this.#engine = engine
    this.#requests = requests
  }

  /**
   * On the leader: makes the change, all steps of it.
   * @param ifIndex - only if the membership is still the one of this index: status().confIndex
   * @returns the membership then; null if this node does not lead (any more), and nothing has been begun
   */
  async changeHere(
    change: MembershipChange,
    ifIndex: LogIndex | null,
    call: Call,
  ): Promise<ConfState | null> {
    const { raw, options } = this.#engine
    if (this.#isChanging)
      throw new RefusedError('change-pending', 'Another change of the membership is under way', options.id)
    this.#isChanging = true
    try {
      await this.#settled(call)
      const { confState, confIndex } = raw.status()
      if (ifIndex !== null && ifIndex !== confIndex)
        throw new RefusedError(
          'membership-changed',
          `The membership was to be that of index ${ifIndex}, but it is that of ${confIndex}`,
          options.id,
        )
      let isBegun = false
      for (const step of stepsOf(change, confState)) {
        if (!(await this.#take(step, isBegun, call))) return null
        isBegun = true
      }
      return raw.status().confState
    } finally {
      this.#isChanging = false
    }
  }

  /** On the leader: hands leadership over. Null if this node does not lead. */
  async transferHere(target: NodeId | null, call: Call): Promise<NodeId | null> {
    const { raw, options } = this.#engine
    const chosen = target ?? this.#bestFollower()
    if (chosen === options.id) return chosen
    const { refused } = raw.transferLeadership(chosen)
    if (refused === 'no-leader') return null
    if (refused !== undefined && refused !== 'in-progress')
      throw new RefusedError('bad-target', `Node ${chosen} cannot take over: ${refused}`, options.id)
    this.#engine.wake()
    // The core gives up by itself after an election timeout.
    await this.#until(
      () =>
        this.#engine.leader === chosen ||
        (raw.status().role === 'leader' && raw.status().transferee === null),
      call,
      `Leadership is being handed to node ${chosen}`,
    )
    if (this.#engine.leader === chosen) return chosen
    throw new RefusedError('given-up', `Node ${chosen} did not take over in time`, options.id)
  }

  #bestFollower(): NodeId {
    const { raw, options } = this.#engine
    const best = raw
      .status()
      .progress.filter(({ id, isLearner, recentActive }) => id !== options.id && !isLearner && recentActive)
      .toSorted((a, b) => b.match - a.match)[0]
    if (best !== undefined) return best.id
    throw new RefusedError('bad-target', 'No other voter has been heard from lately', options.id)
  }

  /** False if it was not begun, since this node does not lead. */
  async #take(step: Step, isBegun: boolean, call: Call): Promise<boolean> {
    const { raw, proposals, options } = this.#engine
    for (const learner of step.after) await this.#caughtUp(learner, call)
    await this.#quorumIsThere(step, call)
    const { index, term, refused } = raw.proposeConfChange(step.proposal)
    if (refused !== undefined)
      throw new RefusedError(
        refused === 'pending-change' ? 'change-pending' : 'impossible-change',
        `The change was refused: ${refused}`,
        options.id,
      )
    if (index === undefined) {
      if (!isBegun) return false
      throw new OutcomeUnknownError('Leadership was lost between two steps of a change')
    }
    this.#engine.wake()
    const fate = await call.after(proposals.fateOf(index, term), `The change was appended at index ${index}`)
    if (fate.type !== 'applied') throw new OutcomeUnknownError(`The change at index ${index} was overtaken`)
    if (fate.outcome.type === 'impossible')
      throw new RefusedError('impossible-change', fate.outcome.why, options.id)
    await this.#settled(call)
    return true
  }

  /** A joint configuration ends by itself: only then the next change is possible, and this one is done (thesis §4.3). */
  #settled(call: Call): Promise<void> {
    const { raw } = this.#engine
    return this.#until(
      () => !isJoint(raw.status().confState),
      call,
      'A joint configuration has yet to be left',
    )
  }

  async #caughtUp(learner: NodeId, call: Call): Promise<void> {
    const { raw, options } = this.#engine
    const isClose = (): boolean => {
      const { role, progress, lastIndex } = raw.status()
      if (role !== 'leader') return true // and then the proposal is not taken
      const match = progress.find(({ id }) => id === learner)?.match
      return match !== undefined && match + closeEnough >= lastIndex && match > 0
    }
    try {
      await this.#until(isClose, call, `Node ${learner} is catching up`)
    } catch (error) {
      throw new RefusedError('learner-behind', `Node ${learner} did not catch up in time`, options.id, error)
    }
  }

  /** A membership of which no majority is there could never decide anything again, not even to go back. */
  async #quorumIsThere(step: Step, call: Call): Promise<void> {
    const { options } = this.#engine
    // Since its last look at its quorum, or since its election, a leader may not have heard of everybody yet.
    const patience = options.now() + 2 * options.electionTick * options.tickMs
    for (;;) {
      const missing = this.#missingOf(step)
      if (missing === null) return
      if (options.now() >= patience)
        throw new RefusedError(
          'quorum-at-risk',
          `Of the voters to come, ${missing.join(', ')} have not been heard from lately, and without them there is no majority`,
          options.id,
        )
      await this.#requests.pause(call, 'The voters to come have not been heard from')
    }
  }

  /** Who has not been heard from, if without them the membership to come has no majority; else null. */
  #missingOf({ proposal }: Step): readonly NodeId[] | null {
    const { raw, options } = this.#engine
    const { role, confState, progress } = raw.status()
    if (role !== 'leader') return null // and then the proposal is not taken
    const changes = proposal.version === 2 ? proposal.changes : [proposal]
    const voters = new Set(confState.voters)
    for (const { type, nodeId } of changes) {
      if (type === 'AddNode') voters.add(nodeId)
      else if (type !== 'UpdateNode') voters.delete(nodeId)
    }
    const alive = progress.filter(
      ({ id, recentActive }) => voters.has(id) && (recentActive || id === options.id),
    )
    if (voters.size === 0 || alive.length > voters.size / 2) return null
    return [...voters].filter((id) => !alive.some((one) => one.id === id))
  }

  async #until(condition: () => boolean, call: Call, what: string): Promise<void> {
    while (!condition()) {
      this.#engine.enter()
      await this.#requests.pause(call, what)
    }
  }
}
