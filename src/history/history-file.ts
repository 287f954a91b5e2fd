/** A history as text: NDJSON, one operation per line. Reading and writing files is the caller's. */

import { describeValue } from '../core/errors.ts'
import { checkHistory } from './check-history.ts'
import { HistoryError } from './history-error.ts'
import type { Operation } from './operation.ts'

/**
 * Reads a history from its text. Empty lines do not count.
 * @throws HistoryError with the line and the value, for the first line that is not JSON, not an operation, or does not fit the others
 */
export function parseHistory(text: string): readonly Operation[] {
  const records: unknown[] = []
  const lines: number[] = []
  for (const [at, line] of text.split('\n').entries()) {
    if (line.trim() === '') continue
    records.push(parseLine(line, at + 1))
    lines.push(at + 1)
  }
  return checkHistory(records, (index) => ({ line: lines[index] ?? null, index }))
}

/** Writes a history down: what `parseHistory` reads. */
export function formatHistory(operations: readonly Operation[]): string {
  return operations.map((operation) => `${JSON.stringify(operation)}\n`).join('')
}

function parseLine(line: string, number: number): unknown {
  try {
    return JSON.parse(line)
  } catch (error) {
    const place = { line: number, index: null }
    const what = `expected an object in JSON, got ${describeValue(line.trim())}`
    throw new HistoryError(place, what, 'Write one operation per line, as JSON', line, error)
  }
}
