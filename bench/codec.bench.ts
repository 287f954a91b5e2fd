/** The codec beside others: one append of 64 entries of 100 bytes, and small ones, encoded and decoded. */

import { type Contender, contenders } from './codec-peers/contenders.ts'
import { median, spread } from './statistics.ts'

/** One line of the result. */
export interface CodecResult {
  readonly bench: 'codec'
  readonly codec: string
  readonly operation: 'encode' | 'decode'
  readonly entries: number
  readonly payloadBytes: number
  /** Of the message on the wire. */
  readonly bytes: number
  /** CPU time, collection of garbage included; the median over the rounds. */
  readonly nsPerMessage: number
  /** Half the range of the middle half of the rounds, in percent of the median: collections of garbage fall where they fall. */
  readonly spreadPercent: number
  /** How many times the time of `quorate` it takes: the median over the rounds, in each of which everybody had a turn. */
  readonly timesQuorate: number
}

/** Where results go, so that they are made. */
const sink: { last: unknown } = { last: null }

const rounds = 15
const secondsPerTurn = 0.04

/** Measures each size and operation in turn and hands the results on one by one. */
export function benchCodec(report: (result: CodecResult) => void): void {
  for (const [entries, payloadBytes] of [
    [64, 100],
    [1, 100],
    [0, 0],
  ] as const) {
    const all = contenders(entries, payloadBytes)
    for (const one of all) checkAgrees(one, all[0] as Contender)
    for (const operation of ['encode', 'decode'] as const) {
      const able = all.filter((one) => one[operation] !== null)
      for (const result of measure(able, operation)) report({ ...result, entries, payloadBytes })
    }
  }
}

type Measured = Omit<CodecResult, 'entries' | 'payloadBytes'>

/** Everybody has a turn in each round, so that what else the machine does meets all alike. */
function measure(all: readonly Contender[], operation: 'encode' | 'decode'): Measured[] {
  const times = all.map((): number[] => [])
  for (const one of all) turn(one, operation, 5 * secondsPerTurn)
  for (let round = 0; round < rounds; round++)
    for (const [i, one] of all.entries()) times[i]?.push(turn(one, operation, secondsPerTurn))
  const [own = []] = times
  return all.map((one, i): Measured => {
    const mine = times[i] ?? []
    return {
      bench: 'codec',
      codec: one.codec,
      operation,
      bytes: one.encode().length,
      nsPerMessage: Math.round(median(mine)),
      spreadPercent: Math.round(spread(middleHalf(mine)) * 100),
      timesQuorate: Math.round(100 * median(mine.map((time, round) => time / (own[round] ?? time)))) / 100,
    }
  })
}

function middleHalf(times: readonly number[]): readonly number[] {
  const quarter = Math.floor(times.length / 4)
  return times.toSorted((a, b) => a - b).slice(quarter, times.length - quarter)
}

/** Nanoseconds of CPU time per message: what else the machine does takes the clock's time, and less of this. */
function turn(one: Contender, operation: 'encode' | 'decode', seconds: number): number {
  const chunk = 200
  const start = cpuSeconds()
  let count = 0
  let elapsed = 0
  while (elapsed < seconds) {
    if (operation === 'encode') for (let i = 0; i < chunk; i++) sink.last = one.encode()
    else for (let i = 0; i < chunk; i++) sink.last = one.decode?.()
    count += chunk
    elapsed = cpuSeconds() - start
  }
  return (elapsed * 1e9) / count
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage()
  return (user + system) / 1e6
}

/** They must all speak of the same message, or nothing is compared. */
function checkAgrees(one: Contender, first: Contender): void {
  if (!Buffer.from(one.encode()).equals(first.encode())) throw new Error(`${one.codec} writes other bytes`)
}
