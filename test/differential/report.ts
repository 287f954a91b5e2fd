/** What is printed: a table at the end, and each divergence as a script that one can read. */

import { nodeOptionNames } from '../conformance-scripts/add-nodes.ts'
import { confChangeCommandNames } from '../conformance-scripts/confchange-commands.ts'
import type { Case } from '../conformance-scripts/datadriven.ts'
import { diff } from '../conformance-scripts/diff.ts'
import { commandNames } from '../conformance-scripts/interaction-commands.ts'
import { quorumCommandNames } from '../conformance-scripts/quorum-commands.ts'
import { normalize } from '../conformance-scripts/replay.ts'
import type { Comparison } from './compare.ts'
import type { Tally } from './tally.ts'

/** All commands there are, by the name under which they are counted. */
export const allCommands: readonly string[] = [
  ...commandNames,
  ...quorumCommandNames.map((name) => `quorum: ${name}`),
  ...confChangeCommandNames.map((name) => `confchange: ${name}`),
]

/** The table. */
export function summary(tally: Tally, seed: number, seconds: number): readonly string[] {
  const { scripts, folders, whole, cut, divergent, commands, options, messages, reached } = tally
  const clusters = folders.get('interaction') ?? 0
  const total = [...commands.values()].reduce((sum, count) => sum + count, 0)
  const parts = [...folders].map(([folder, count]) => `${count} ${folder}`).join(', ')
  return [
    `Commands on which both agree: ${total}`,
    ...columns(withZeros(commands, allCommands)),
    'Options of add-nodes in them',
    ...columns(withZeros(options, nodeOptionNames)),
    'Messages in their outputs',
    ...columns(messages),
    `Of ${clusters} scripts about clusters`,
    ...[...reached].map(([name, count]) => `  ${percent(count, clusters).padStart(6)}  ${name}`),
    'Scripts',
    `  ${padded(whole)}  compared to the end`,
    ...[...cut]
      .sort(([, a], [, b]) => b.count - a.count)
      .map(
        ([why, { count, scriptSeed }]) =>
          `  ${padded(count)}  up to where ${why} (script seed ${scriptSeed})`,
      ),
    `  ${padded(divergent.length)}  divergences${divergent.length > 0 ? `: script seeds ${divergent.join(', ')}` : ''}`,
    `differential: ${scripts} scripts (${parts}) of seed ${seed}, ${divergent.length} divergences, ` +
      `${seconds.toFixed(0)} s, ${(scripts / seconds).toFixed(0)} scripts per second`,
  ]
}

/** The script up to where the two part, and what they say there. The logger's lines are the reference's own. */
export function describeDivergence({ agreed, divergence }: Comparison): readonly string[] {
  if (divergence === null) return []
  const { command, expected, actual } = divergence
  const before = agreed.flatMap((one) => [...linesOf(one), '----', normalize(one.expected), ''])
  return [
    ...before.flatMap((text) => text.split('\n')).map((text) => `    ${text}`.trimEnd()),
    ...linesOf(command).map((text) => `    ${text}`),
    '  ---- (-) the reference, (+) quorate',
    diff(expected.split('\n'), actual.split('\n')),
  ]
}

function linesOf({ text, input }: Case): readonly string[] {
  return input === '' ? [text] : [text, input]
}

function withZeros(
  counts: ReadonlyMap<string, number>,
  names: readonly string[],
): ReadonlyMap<string, number> {
  return new Map([...names.map((name): [string, number] => [name, 0]), ...counts])
}

/** Names and counts, three to a line. */
function columns(counts: ReadonlyMap<string, number>): readonly string[] {
  const width = Math.max(...[...counts.keys()].map((name) => name.length))
  const cells = [...counts].map(([name, count]) => `${padded(count)}  ${name.padEnd(width)}`)
  return Array.from({ length: Math.ceil(cells.length / 3) }, (_, i) =>
    `  ${cells.slice(i * 3, i * 3 + 3).join('  ')}`.trimEnd(),
  )
}

function padded(count: number): string {
  return String(count).padStart(7)
}

function percent(count: number, total: number): string {
  return total === 0 ? '-' : `${((count * 100) / total).toFixed(1)} %`
}
