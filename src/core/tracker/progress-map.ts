/** The leader's view of all members, and what it concludes from it: what is committed, and whether a quorum is alive. */

import type { Session } from '../messages.ts'
import { type JointConfig, jointIndex } from '../quorum/joint.ts'
import { majorityIndex, majoritySize } from '../quorum/majority.ts'
import type { ConfState, LogIndex, NodeId } from '../types.ts'
import { memberIds } from '../conf-state.ts'
import { type InflightLimits, Progress } from './progress.ts'

/** One {@link Progress} per member of the configuration. */
export class ProgressMap {
  readonly #limits: InflightLimits
  readonly #byId = new Map<NodeId, Progress>()
  readonly #withSessions: boolean
  #sessions = 0
  #all: readonly Progress[] = []
  #incoming: readonly Progress[] = []
  #outgoing: readonly Progress[] = []
  #voters: JointConfig = { incoming: [], outgoing: [] }
  readonly #scratch: LogIndex[] = []

  /**
   * @param next - where probing starts: behind the leader's own log (§5.3)
   * @param withSessions - number each tracking of a member, so that answers to an earlier one are told apart
   */
  constructor(config: ConfState, next: LogIndex, limits: InflightLimits, withSessions: boolean) {
    this.#limits = limits
    this.#withSessions = withSessions
    // Nobody has been heard from in this term yet.
    this.reconfigure(config, new Set(), next, false)
  }

  /** All members, by ascending id: the order in which messages are sent, so that equal runs are equal. */
  get all(): readonly Progress[] {
    return this.#all
  }

  get(id: NodeId): Progress | undefined {
    return this.#byId.get(id)
  }

  /**
   * Follows a change of the configuration: members that stay keep their progress, `fresh` ones start from nothing.
   * @param next - where probing of a new member starts
   * @param recentActive - whether a new member counts as heard from: so that it is given an election timeout to answer
   */
  reconfigure(config: ConfState, fresh: ReadonlySet<NodeId>, next: LogIndex, recentActive: boolean): void {
    const members = memberIds(config)
    for (const id of this.#byId.keys()) if (!members.includes(id)) this.#byId.delete(id)
    for (const id of members) {
      if (fresh.has(id) || !this.#byId.has(id))
        this.#byId.set(id, new Progress(id, next, this.#nextSession(), recentActive, this.#limits))
    }
    this.#all = this.#list(members)
    this.#voters = { incoming: config.voters, outgoing: config.votersOutgoing }
    this.#incoming = this.#list(config.voters)
    this.#outgoing = this.#list(config.votersOutgoing)
    for (const progress of this.#all) progress.isLearner = config.learners.includes(progress.id)
  }

  /** The highest index that a majority of each half holds durably (§5.3, thesis §4.3). */
  majorityMatch(): LogIndex {
    return Math.min(this.#matchOf(this.#incoming), this.#matchOf(this.#outgoing))
  }

  /** Has a majority of each half been heard from since the last check? */
  quorumActive(): boolean {
    return isActive(this.#incoming) && isActive(this.#outgoing)
  }

  /** The highest number that a majority of each half has reached, by what `reached` says of each voter. */
  majorityOf(reached: (id: NodeId) => number): number {
    return jointIndex(this.#voters, reached)
  }

  #nextSession(): Session {
    return this.#withSessions ? ++this.#sessions : null
  }

  #matchOf(voters: readonly Progress[]): LogIndex {
    for (let i = 0; i < voters.length; i++) this.#scratch[i] = (voters[i] as Progress).match
    return majorityIndex(this.#scratch, voters.length)
  }

  #list(ids: readonly NodeId[]): readonly Progress[] {
    return ids.map((id) => this.#byId.get(id) as Progress)
  }
}

function isActive(voters: readonly Progress[]): boolean {
  let active = 0
  for (const progress of voters) if (progress.recentActive) active++
  return voters.length === 0 || active >= majoritySize(voters.length)
}
