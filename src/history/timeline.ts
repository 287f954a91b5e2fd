/** A violation as text that can be understood without knowing how the checker works. */

import { describeOperation, type Operation, show } from './operation.ts'

/** What is told. */
export interface Story {
  readonly culprit: Operation
  readonly answeredBefore: number
  /** By invocation. */
  readonly rows: readonly { readonly operation: Operation; readonly isCulprit: boolean }[]
  readonly order: readonly Operation[]
  readonly hints: readonly string[]
}

const maxRows = 24

/** Several lines, without a newline at the end. */
export function drawTimeline({ culprit, answeredBefore, rows, order, hints }: Story): string {
  const key = show(culprit.key)
  const lines = [
    `Key ${key} is not linearizable: no order explains ${rows.length === 1 ? 'this operation' : `these ${rows.length} operations`}.`,
    '',
    ...draw(rows),
    '',
  ]
  if (order.length > 0) lines.push(`  The others can be explained, in this order: ${describeOrder(order)}.`)
  lines.push(...hints.map((hint) => `  ${hint}`))
  const before = answeredBefore === 1 ? 'The one operation' : `All ${answeredBefore} operations`
  const since =
    answeredBefore === 0
      ? 'Nothing on this key was'
      : `${before} on this key that ${answeredBefore === 1 ? 'was' : 'were'}`
  const rest = answeredBefore === 0 ? 'answered before.' : 'answered before can be explained.'
  lines.push(`  It was answered at ${culprit.returned ?? 'no time'}. ${since} ${rest}`)
  return lines.join('\n')
}

/** A row per operation: who, what, when. Time runs to the right, and each moment that matters has the same width. */
function draw(rows: Story['rows']): string[] {
  let spare = rows.length - maxRows
  const shown = rows.filter(({ isCulprit }) => isCulprit || spare-- <= 0)
  const times = new Set(
    shown.flatMap(({ operation }) => [operation.invoked, operation.returned ?? operation.invoked]),
  )
  const sorted = [...times].sort((a, b) => a - b)
  const width = sorted.length > 16 ? 2 : 4
  const columns = new Map(sorted.map((time, at) => [time, at * width]))
  const end = sorted.length * width
  const names = shown.map(({ operation }) => `client ${String(operation.client)}`)
  const texts = shown.map(({ operation }) => describeOperation(operation))
  const [nameWidth, textWidth] = [widest(names), widest(texts)]
  const lines = shown.map(({ operation, isCulprit }, at) => {
    const bar = drawBar(operation, columns, end, isCulprit ? '=' : '-')
    const label = `  ${names[at]?.padEnd(nameWidth)}  ${texts[at]?.padEnd(textWidth)}`
    return `${label}  ${isCulprit ? `${bar.padEnd(end + 1)} <- cannot be placed` : bar}`
  })
  return shown.length === rows.length ? lines : [`  (${rows.length - shown.length} earlier ones)`, ...lines]
}

/** From invocation to answer; with a question mark if there is no answer. */
function drawBar(
  operation: Operation,
  columns: ReadonlyMap<number, number>,
  end: number,
  line: string,
): string {
  const from = columns.get(operation.invoked) ?? 0
  if (operation.returned === null) return `${' '.repeat(from)}|${line.repeat(Math.max(0, end - from - 1))}?`
  const to = columns.get(operation.returned) ?? from
  return `${' '.repeat(from)}|${to > from ? `${line.repeat(to - from - 1)}|` : ''}`
}

/** Of many the end, which is what the culprit meets. */
function describeOrder(order: readonly Operation[]): string {
  const texts = order.slice(-6).map((one) => `${describeOperation(one)} (client ${String(one.client)})`)
  return `${order.length > 6 ? `${order.length - 6} others, ` : ''}${texts.join(', ')}`
}

function widest(texts: readonly string[]): number {
  return Math.max(0, ...texts.map((text) => text.length))
}
