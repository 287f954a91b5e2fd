/**
 * The kinds of faults, and how often each may happen. A kind is switched on or off as a whole for a run, and each single
 * fault has a name by which it can be left out when a failure is shrunk.
 */

import { type Dice, mix } from './dice.ts'

/** What the rate of a kind counts. */
type RateUnit =
  /** Parts per million of the messages, syncs, reads or steps that it can hit. */
  | 'ppm'
  /** Milliseconds between two of them, on average, in the whole cluster. */
  | 'interval'
  /** How much of it there is, in its own measure. */
  | 'degree'

/** A kind of fault. */
interface Kind {
  readonly unit: RateUnit
  /** From the gentlest to the harshest; a run draws one of them. */
  readonly rates: readonly number[]
}

const often = [300, 1_000, 3_000, 10_000, 30_000, 100_000, 300_000]
const seldom = [100, 200, 500, 1_000, 2_000, 5_000, 10_000]
const intervals = [20_000, 10_000, 5_000, 2_000, 1_000]

/** The kinds of faults and of stress. */
export type FaultKind =
  | 'drop'
  | 'duplicate'
  | 'straggle'
  | 'replay'
  | 'misroute'
  | 'clog'
  | 'reset'
  | 'partition'
  | 'flap'
  | 'filter'
  | 'crash'
  | 'crashInLoop'
  | 'dethrone'
  | 'pause'
  | 'skew'
  | 'slowNode'
  | 'slowSync'
  | 'failedSync'
  | 'readError'
  | 'rot'
  | 'churn'
  | 'transfer'
  | 'campaign'
  | 'applyLag'
  | 'overload'
  | 'readFlood'
  | 'noSnapshot'
  | 'falseReport'
  | 'rivalry'
  | 'changeover'
  | 'stall'

/** What each kind counts, and its rates. */
const kinds: Readonly<Record<FaultKind, Kind>> = {
  // The network, for each direction of each pair of nodes (reliability model 2.1).
  drop: { unit: 'ppm', rates: often },
  duplicate: { unit: 'ppm', rates: often },
  /** A message that takes fifty times as long, and is overtaken by others. */
  straggle: { unit: 'ppm', rates: often },
  /** A copy that arrives very much later: across restarts and membership changes. */
  replay: { unit: 'ppm', rates: [1_000, 3_000, 10_000, 30_000] },
  misroute: { unit: 'ppm', rates: seldom },
  /** One direction stands still, then everything comes at once. */
  clog: { unit: 'interval', rates: intervals },
  /** Everything under way between two nodes is lost. */
  reset: { unit: 'interval', rates: intervals },
  partition: { unit: 'interval', rates: [20_000, 10_000, 5_000, 3_000] },
  /** One node goes on and off, about as fast as elections go. */
  flap: { unit: 'interval', rates: [20_000, 10_000, 5_000] },
  /** One type of message gets lost everywhere. */
  filter: { unit: 'interval', rates: [20_000, 10_000, 5_000] },

  // The nodes (2.2).
  crash: { unit: 'interval', rates: [20_000, 10_000, 5_000, 2_000] },
  /** A crash between two steps of the Ready loop. */
  crashInLoop: { unit: 'ppm', rates: [20, 50, 100, 200, 500] },
  /** A leader that has just been elected crashes, or is cut off: before, while or after its first entry goes around (figure 8). */
  dethrone: { unit: 'ppm', rates: [100_000, 300_000, 700_000] },
  pause: { unit: 'interval', rates: [20_000, 10_000, 5_000, 2_000] },
  /** Clocks that run at different speeds, in percent. */
  skew: { unit: 'degree', rates: [5, 20, 50, 100] },
  /** Nodes that take so many times as long for everything. */
  slowNode: { unit: 'degree', rates: [10, 30, 100] },

  // The disks, as far as a log of records goes (2.3).
  slowSync: { unit: 'ppm', rates: often },
  /** A disk stands still for a while. */
  stall: { unit: 'interval', rates: intervals },
  failedSync: { unit: 'ppm', rates: [20, 50, 100, 500] },
  readError: { unit: 'ppm', rates: [20, 50, 100, 500] },
  /** A record of the log turns bad while the node is down. Never on so many nodes that something may be lost. */
  rot: { unit: 'ppm', rates: [100_000, 300_000] },

  // Stress for the protocol (2.4).
  churn: { unit: 'interval', rates: [5_000, 2_000, 1_000, 500] },
  transfer: { unit: 'interval', rates: [20_000, 10_000, 5_000, 2_000] },
  campaign: { unit: 'interval', rates: intervals },
  /** Two take the leadership from each other, again and again. */
  rivalry: { unit: 'interval', rates: [10_000, 5_000, 3_000] },
  /** Who is the first to go by a new membership falls silent. */
  changeover: { unit: 'ppm', rates: [30_000, 100_000, 300_000] },
  /** Milliseconds until a node has applied what it was given. */
  applyLag: { unit: 'degree', rates: [10, 50, 200, 1_000] },
  overload: { unit: 'interval', rates: [10_000, 5_000, 2_000] },
  readFlood: { unit: 'interval', rates: [10_000, 5_000, 2_000] },
  noSnapshot: { unit: 'ppm', rates: [100_000, 300_000, 700_000] },
  /** The transport reports failed what has arrived, or the other way round. */
  falseReport: { unit: 'ppm', rates: [10_000, 100_000, 500_000] },
}

/** All of them. */
export const faultKinds = Object.keys(kinds) as readonly FaultKind[]

/** How often each kind happens in a run; 0 for never. */
export type FaultRates = Readonly<Record<FaultKind, number>>

/** No faults at all. */
const noFaults: FaultRates = Object.freeze(
  Object.fromEntries(faultKinds.map((kind) => [kind, 0])) as Record<FaultKind, number>,
)

/**
 * The swarm: each kind is on in half of the runs, at any of its rates. One run in ten has no faults, and one in ten has a
 * single kind at its harshest, since many faults at once hide what one alone would show.
 */
export function drawFaults(dice: Dice): FaultRates {
  const rates: Record<FaultKind, number> = { ...noFaults }
  const style = dice.below(10)
  if (style === 0) return rates
  if (style === 1) {
    const kind = dice.pick(faultKinds)
    rates[kind] = kinds[kind].rates.at(-1) ?? 0
    return rates
  }
  for (const kind of faultKinds) {
    const rate = dice.pick(kinds[kind].rates)
    if (dice.below(2) === 0) rates[kind] = rate
  }
  return rates
}

/** The name of a single fault, from its kind and where and when it hit. It stays the same when others are left out. */
function faultName(kind: FaultKind, a: number, b: number, c: number): string {
  return `${kind}-${(mix(mix(mix(0, a), b), c) >>> 0).toString(36)}`
}

/** Decides which faults happen, and counts them. */
export class Faults {
  readonly #rates: FaultRates
  readonly #without: ReadonlySet<string>
  readonly #counts = new Map<FaultKind, number>()
  readonly #happened: string[] | null
  #active = true

  /**
   * @param without - the names of faults that are not to happen
   * @param remember - keep the names of those that do
   */
  constructor(rates: FaultRates, without: ReadonlySet<string>, remember: boolean) {
    this.#rates = rates
    this.#without = without
    this.#happened = remember ? [] : null
    // These are there all the time: counted once.
    for (const kind of faultKinds)
      if (kinds[kind].unit === 'degree' && rates[kind] > 0) this.#counts.set(kind, 1)
  }

  /** The rate of a kind; 0 once all faults are over. */
  rate(kind: FaultKind): number {
    return this.#active ? this.#rates[kind] : 0
  }

  /** With a kind that counts in parts per million: does it hit now? `a` and `b` say where. */
  hits(kind: FaultKind, dice: Dice, a = 0, b = 0): boolean {
    const rate = this.rate(kind)
    return rate > 0 && dice.chance(rate) && this.happens(kind, a, b, dice.drawn)
  }

  /** A fault is about to happen. Answers whether it may, and counts it. */
  happens(kind: FaultKind, a: number, b: number, c: number): boolean {
    if (this.#without.size > 0 || this.#happened !== null) {
      const name = faultName(kind, a, b, c)
      if (this.#without.has(name)) return false
      this.#happened?.push(name)
    }
    this.#counts.set(kind, (this.#counts.get(kind) ?? 0) + 1)
    return true
  }

  /** Are there still faults? */
  get isActive(): boolean {
    return this.#active
  }

  /** No further faults. */
  stop(): void {
    this.#active = false
  }

  /** How many of each kind have happened. */
  get counts(): ReadonlyMap<FaultKind, number> {
    return this.#counts
  }

  /** The names of those that have happened. */
  get happened(): readonly string[] {
    return this.#happened ?? []
  }
}
