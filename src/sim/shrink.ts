/**
 * From a run that fails to a smaller one that fails the same way: fewer nodes and clients, less time, whole kinds of faults
 * left out, then single ones; and the same with other dice, which may get there sooner. What is left is what it takes.
 */

import { type FaultKind, faultKinds } from './faults.ts'
import { type Outcome, simulate } from './run.ts'
import type { Setup } from './setup.ts'

/** A smaller run. */
export interface Shrunk {
  readonly setup: Setup
  /** Single faults that are left out, to be passed to `simulate`. */
  readonly without: ReadonlySet<string>
  readonly outcome: Outcome
  /** How many runs it took to find it. */
  readonly runs: number
}

/** Options of {@link shrink}. */
export interface ShrinkOptions {
  /**
   * Runs that may be spent. >= 1.
   * @defaultValue 800
   */
  readonly maxRuns?: number | undefined
  /** Told after each run, for people who wait. */
  readonly onRun?: ((runs: number, best: Outcome) => void) | undefined
}

/** Shrinks a run that fails. The same invariant must fail in the smaller one; which one is that of `outcome`. */
export function shrink(outcome: Outcome, { maxRuns = 800, onRun }: ShrinkOptions = {}): Shrunk {
  const search = new Search(outcome, maxRuns, onRun ?? (() => {}))
  search.again()
  search.smaller()
  // A quarter is kept for what comes last.
  while (search.runs < 0.75 * maxRuns) if (search.otherSeeds()) search.smaller()
  search.fewerFaults()
  search.lessTime()
  return search.result()
}

/** Dice that are tried in place of those that failed, before it is seen what else can be left out. */
const seedsAtOnce = 60

class Search {
  readonly #invariant: string
  readonly #maxRuns: number
  readonly #onRun: (runs: number, best: Outcome) => void
  #best: Outcome
  #without: ReadonlySet<string> = new Set()
  runs = 0
  #accepted = 0
  #lastSeed = 0

  constructor(outcome: Outcome, maxRuns: number, onRun: (runs: number, best: Outcome) => void) {
    this.#invariant = outcome.failure?.invariant ?? ''
    this.#best = outcome
    this.#maxRuns = maxRuns
    this.#onRun = onRun
  }

  result(): Shrunk {
    return { setup: this.#best.setup, without: this.#without, outcome: this.#best, runs: this.runs }
  }

  /** Everything that makes it smaller as a whole, as long as something helps: with fewer clients less time may do. */
  smaller(): void {
    for (let before = -1; before !== this.#accepted;) {
      before = this.#accepted
      this.lessTime()
      this.#shorterRecovery()
      this.#fewerKinds()
      this.#lessOfEach()
      this.#simplerOptions()
      this.#lessTraffic()
    }
  }

  /** The same once more, with the names of all faults. */
  again(): void {
    this.#try({})
  }

  /** Faults are over as soon as it fails; and what fails during recovery may need fewer of them before. */
  lessTime(): void {
    const { failure, setup } = this.#best
    if (failure === null) return
    if (failure.atMs + 1 < setup.faultyMs) this.#try({ faultyMs: failure.atMs + 1 })
    for (const part of [2, 4, 8]) {
      const { faultyMs } = this.#best.setup
      if (faultyMs > 0) this.#try({ faultyMs: faultyMs - Math.ceil(faultyMs / part) })
    }
  }

  /** What need not be asked of it when faults are over. */
  #shorterRecovery(): void {
    const none = { bareQuorum: false, hearsays: 0, toOneVoter: false }
    for (const name of ['bareQuorum', 'hearsays', 'toOneVoter'] as const) {
      const { recovery } = this.#best.setup
      if (recovery[name] !== none[name]) this.#try({ recovery: { ...recovery, [name]: none[name] } })
    }
    const { recovery } = this.#best.setup
    if (recovery.hearsays > 1) this.#try({ recovery: { ...recovery, hearsays: 1 } })
  }

  /** Whole kinds of faults. */
  #fewerKinds(): void {
    const isOn = (kind: FaultKind): boolean => this.#best.setup.faults[kind] > 0
    const all = faultKinds.filter(isOn)
    if (all.length === 0) return
    const none = Object.fromEntries(all.map((kind) => [kind, 0]))
    if (this.#try({ faults: { ...this.#best.setup.faults, ...none } })) return
    for (const kind of all) this.#try({ faults: { ...this.#best.setup.faults, [kind]: 0 } })
  }

  /** Nodes, clients, keys. */
  #lessOfEach(): void {
    this.#lower('learners', 0)
    this.#lower('voters', 1)
    this.#lower('clients', 1)
    this.#lower('keys', 1)
    this.#lower('padding', 0)
  }

  /** What a newcomer need not know of. */
  #simplerOptions(): void {
    const plain = {
      asyncStorageWrites: false,
      coalesceAppends: true,
      disableProposalForwarding: false,
      disableConfChangeValidation: false,
      readOnly: 'safe',
      maxSizePerMsg: 1 << 20,
      maxCommittedSizePerReady: 1 << 24,
      maxUncommittedSize: Infinity,
      maxInflightMsgs: 256,
      maxInflightBytes: Infinity,
    } as const
    for (const [name, value] of Object.entries(plain)) {
      const { raft } = this.#best.setup
      if (raft[name as keyof typeof plain] !== value) this.#try({ raft: { ...raft, [name]: value } })
    }
    if (this.#best.setup.durableMachine) this.#try({ durableMachine: false })
    if (this.#best.setup.priorities.length > 0) this.#try({ priorities: [] })
    for (const thinkMs of [1000, 400]) if (this.#best.setup.thinkMs < thinkMs) this.#try({ thinkMs })
  }

  /** Heartbeats are most of what there is to read, and tell least. */
  #lessTraffic(): void {
    const { raft, minDelayMs, meanDelayMs } = this.#best.setup
    const heartbeatTick = raft.electionTick - 1
    if (raft.heartbeatTick < heartbeatTick)
      this.#try({ raft: { ...raft, heartbeatTick } }, this.#without, true)
    if (minDelayMs + meanDelayMs > 2) this.#try({ minDelayMs: 1, meanDelayMs: 1 }, this.#without, true)
  }

  /** Other dice. Their faults have other names, so none of them is left out. Answers whether any were better. */
  otherSeeds(): boolean {
    const before = this.#accepted
    for (let i = 0; i < seedsAtOnce; i++) this.#try({ seed: ++this.#lastSeed }, new Set(), true)
    return this.#accepted > before
  }

  /** Single faults: half of them at once, then smaller parts (delta debugging). */
  fewerFaults(): void {
    let size = Math.ceil(this.#names().length / 2)
    while (size >= 1 && this.runs < this.#maxRuns) {
      for (let from = 0; from < this.#names().length && this.runs < this.#maxRuns;) {
        const part = this.#names().slice(from, from + size)
        // What is left out stays out: the next part begins where this one did.
        if (!this.#try({}, new Set([...this.#without, ...part]))) from += size
      }
      if (size === 1) return
      size = Math.ceil(size / 2)
    }
  }

  #names(): readonly string[] {
    return this.#best.faultNames
  }

  #lower(name: 'learners' | 'voters' | 'clients' | 'keys' | 'padding', least: number): void {
    for (;;) {
      const now = this.#best.setup[name]
      if (now <= least) return
      const half = Math.max(least, now >> 1)
      if (this.#try({ [name]: least }) || (half > least && this.#try({ [name]: half }))) continue
      if (now - 1 > half && this.#try({ [name]: now - 1 })) continue
      return
    }
  }

  /** @param onlyIfLess - take it only if its trace is shorter, too */
  #try(change: Partial<Setup>, without: ReadonlySet<string> = this.#without, onlyIfLess = false): boolean {
    if (this.runs >= this.#maxRuns) return false
    this.runs++
    const outcome = simulate({ ...this.#best.setup, ...change }, { without, rememberFaults: true })
    // What is simpler may take longer, but not by much: somebody is to read it.
    const isShort = onlyIfLess
      ? outcome.traced < this.#best.traced
      : outcome.traced <= 1.5 * this.#best.traced
    const isSame = outcome.failure?.invariant === this.#invariant && isShort
    if (isSame) {
      this.#best = outcome
      this.#without = without
      this.#accepted++
    }
    this.#onRun(this.runs, this.#best)
    return isSame
  }
}
