/** What a batch of runs has shown, for people. */

import { milestones } from '../../../src/sim/milestones.ts'
import { type Totals, unseen } from './batch.ts'

/** The summary. `seconds` is how long it took. */
export function reportLines(totals: Totals, seconds: number): string[] {
  const simulated = totals.simulatedMs / 1000
  const lines = [
    `${number(totals.seeds)} seeds, ${duration(simulated)} of simulated time in ${duration(seconds)}`,
    '',
    row('simulated seconds per second', simulated / seconds),
    row(
      'events',
      totals.events,
      `${rate(totals.events / simulated)} per simulated second, ${number(totals.events / seconds)} per second`,
    ),
    row(
      'client operations',
      totals.operations,
      `${rate(totals.operations / simulated)} per simulated second`,
    ),
    row('elections won', totals.elections),
    row('entries committed', totals.commits),
    '',
    'faults',
    ...counts(totals.faults),
    '',
    `reached (${milestones.length - unseen(totals).filter((what) => what in totals.reached).length} of ${milestones.length} milestones)`,
    ...counts(totals.reached),
    '',
  ]
  return lines
}

function counts(table: Readonly<Record<string, number>>): string[] {
  return Object.entries(table)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, count]) => row(name, count))
}

function row(name: string, value: number, more = ''): string {
  return `  ${name.padEnd(58)} ${number(value).padStart(12)}${more === '' ? '' : `  (${more})`}`
}

function number(value: number): string {
  return Math.round(value).toLocaleString('en-US')
}

function rate(value: number): string {
  return value.toFixed(1)
}

function duration(seconds: number): string {
  if (seconds < 120) return `${seconds.toFixed(1)} s`
  if (seconds < 7200) return `${(seconds / 60).toFixed(1)} min`
  return `${(seconds / 3600).toFixed(1)} h`
}
