/** The dashboard as text: an overview, a row for each node, and the last minute in bars. */

import { overview, type Seen, statusTable } from '../commands/cluster.ts'
import type { Moment } from './history.ts'

const levels = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'] as const

/** Numbers as bars: nothing for 0, the whole height for the largest. */
export function bars(values: readonly (number | null)[]): string {
  const most = Math.max(...values.map((value) => value ?? 0), 0)
  return values
    .map((value) => {
      if (value === null || value <= 0 || most === 0) return levels[0]
      return levels[Math.max(1, Math.round((value / most) * (levels.length - 1)))]
    })
    .join('')
}

/** How many play which part, and whether that is well. */
export function health(seen: readonly Seen[]): string {
  const count = (role: string): number => seen.filter(({ status }) => status?.role === role).length
  const unreachable = seen.filter(({ status }) => status === null).length
  const candidates = count('candidate') + count('pre-candidate')
  const up = seen.length - unreachable
  const state =
    up <= seen.length / 2
      ? 'NO MAJORITY'
      : count('leader') === 0
        ? 'NO LEADER'
        : unreachable > 0
          ? 'DEGRADED'
          : 'HEALTHY'
  return [
    state,
    `${count('leader')} leader`,
    plural(count('follower'), 'follower'),
    plural(candidates, 'candidate'),
    `${unreachable} unreachable`,
  ].join(' · ')
}

const plural = (count: number, word: string): string => `${count} ${word}${count === 1 ? '' : 's'}`

/** All lines of the dashboard, none wider than `columns`. */
export function dashboard(
  seen: readonly Seen[],
  moments: readonly Moment[],
  columns: number,
): readonly string[] {
  const width = Math.max(Math.min(60, columns - 38), 10)
  const last = moments.slice(-width)
  const row = (name: string, values: readonly (number | null)[], now: string): string =>
    `${name.padEnd(20)} ${bars(values).padStart(width)} ${now.padStart(12)}`
  const now = last.at(-1)
  const number = (value: number | null | undefined, unit = ''): string =>
    value === null || value === undefined
      ? '-'
      : `${value >= 100 ? Math.round(value) : Math.round(value * 10) / 10}${unit}`
  const share = now?.rpcSuccess ?? null
  return [
    `quorate kv  ${health(seen)}`,
    overview(seen),
    '',
    ...statusTable(seen),
    '',
    `the last ${last.length} s${' '.repeat(Math.max(width + 12 - `${last.length}`.length, 1))}now`,
    row(
      'operations/s',
      last.map((moment) => moment.operationsPerSecond),
      number(now?.operationsPerSecond),
    ),
    row(
      'latency p50',
      last.map((moment) => moment.p50),
      number(now?.p50, ' ms'),
    ),
    row(
      'latency p99',
      last.map((moment) => moment.p99),
      number(now?.p99, ' ms'),
    ),
    row(
      'elections',
      last.map((moment) => moment.elections),
      number(now?.elections),
    ),
    row(
      'entries committed/s',
      last.map((moment) => moment.committedPerSecond),
      number(now?.committedPerSecond),
    ),
    row(
      'messages sent',
      last.map((moment) => moment.rpcSuccess),
      share === null ? '-' : `${(share * 100).toFixed(1)} %`,
    ),
  ].map((line) => line.slice(0, columns))
}

/** The same in a line, for logs. */
export function plainLine(seen: readonly Seen[], moment: Moment | undefined, time: Date): string {
  const text = (value: number | null | undefined, unit: string): string =>
    value === null || value === undefined ? `- ${unit}` : `${Math.round(value * 10) / 10} ${unit}`
  return [
    time.toISOString(),
    health(seen),
    overview(seen),
    text(moment?.operationsPerSecond, 'operations/s'),
    `p50 ${text(moment?.p50, 'ms')}`,
    `p99 ${text(moment?.p99, 'ms')}`,
  ].join('  ')
}
