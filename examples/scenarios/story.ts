/** The default output: a story in numbered steps, a table of what is left, a verdict. */

import type { DemoNode } from './node.ts'
import type { Output } from './scenario.ts'
import type { Verdict } from './verdict.ts'
import { count } from './words.ts'

/** Writes one line. */
export type Write = (line: string) => void

/** Colours a text, or leaves it as it is. */
export type Paint = (style: 'bold' | 'dim' | 'green' | 'red', text: string) => string

const width = 100

/** Tells a run as a story. */
export function storyOutput(write: Write, paint: Paint): Output {
  let steps = 0
  return {
    begin({ name, summary }, nodes, seed) {
      write(paint('bold', `${name}: ${summary}`))
      write(paint('dim', `${count(nodes, 'node')}, seed ${seed}`))
      write('')
    },
    listen() {
      // The story is told by the scenario itself.
    },
    step(text) {
      const number = `${++steps}.`.padStart(3)
      for (const [i, line] of wrap(text, width - 4).entries()) write(`${i === 0 ? number : '   '} ${line}`)
    },
    end(nodes, verdict) {
      write('')
      for (const [i, line] of table(nodes).entries()) write(i === 0 ? paint('dim', line) : line)
      write('')
      write(paint(verdict.passed ? 'green' : 'red', verdictText(verdict)))
    },
  }
}

/** The verdict in one line. */
export function verdictText({ scenario, passed, checks, failure, ticks }: Verdict): string {
  if (passed) return `✔ ${scenario}: passed, ${count(checks, 'check')} in ${count(ticks, 'tick')}`
  return `✘ ${scenario}: failed at tick ${ticks}, this does not hold: ${failure}`
}

/** What each node holds, one row each, below a row of titles. */
function table(nodes: readonly DemoNode[]): readonly string[] {
  const rows = [['node', 'role', 'term', 'log', 'commit', 'applied', 'data'], ...nodes.map(cellsOf)]
  const widths =
    rows[0]?.map((_, column) => Math.max(...rows.map((cells) => cells[column]?.length ?? 0))) ?? []
  return rows.map((cells) =>
    `    ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}`.trimEnd(),
  )
}

function cellsOf(node: DemoNode): readonly string[] {
  const { id, role, term, firstIndex, lastIndex, commit, applied } = node.status()
  const log = lastIndex < firstIndex ? 'empty' : `${firstIndex}-${lastIndex}`
  const data = node.store.pairs().map(([key, value]) => `${key}=${value}`)
  return [String(id), role, String(term), log, String(commit), String(applied), data.join(' ') || '-']
}

function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = ''
    }
    line += line === '' ? word : ` ${word}`
  }
  return [...lines, line]
}
