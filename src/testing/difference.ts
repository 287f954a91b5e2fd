/** Where two values differ, and how a value reads in a message. Bytes are compared as bytes, whatever class holds them. */

import { isBytes } from '../core/validity.ts'

/** The first place where two values differ. */
export interface Difference {
  /** From the value down to the place: `.entries[2].data`; empty for the value itself. */
  readonly path: string
  readonly got: unknown
  readonly expected: unknown
}

/**
 * The first place where `got` is not `expected`; `null` if there is none. A property that is undefined is one that is not
 * there, but one too many is a difference: whatever was stored or sent travels on.
 */
export function difference(got: unknown, expected: unknown, path = ''): Difference | null {
  if (got === expected) return null
  if (isBytes(got) && isBytes(expected)) return bytesDifference(got, expected, path)
  if (!isTree(got) || !isTree(expected) || Array.isArray(got) !== Array.isArray(expected))
    return { path, got, expected }
  if (Array.isArray(got) && got.length !== expected['length'])
    return { path: `${path}.length`, got: got.length, expected: expected['length'] }
  for (const key of new Set([...Object.keys(expected), ...Object.keys(got)])) {
    const place = Array.isArray(got) ? `${path}[${key}]` : `${path}.${key}`
    const found = difference(got[key], expected[key], place)
    if (found !== null) return found
  }
  return null
}

/** A value as it reads in a message, shortened. */
export function show(value: unknown): string {
  const text = showAll(value, 3)
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

function isTree(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !isBytes(value)
}

function bytesDifference(got: Uint8Array, expected: Uint8Array, path: string): Difference | null {
  if (got.length !== expected.length)
    return { path: `${path}.length`, got: got.length, expected: expected.length }
  for (let at = 0; at < got.length; at++)
    if (got[at] !== expected[at]) return { path: `${path}[${at}]`, got: got[at], expected: expected[at] }
  return null
}

function showAll(value: unknown, depth: number): string {
  if (isBytes(value)) return showBytes(value)
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'function') return 'a function'
  if (typeof value === 'bigint') return `${value}n`
  if (typeof value !== 'object' || value === null) return String(value)
  if (value instanceof Error) return `${value.name}: ${value.message}`
  if (depth === 0) return Array.isArray(value) ? '[…]' : '{…}'
  if (Array.isArray(value)) {
    const shown = value.slice(0, 8).map((part) => showAll(part, depth - 1))
    return `[${shown.join(', ')}${value.length > 8 ? `, … ${value.length} in all` : ''}]`
  }
  const shown = Object.entries(value).slice(0, 12)
  const parts = shown.map(([key, part]) => `${key}: ${showAll(part, depth - 1)}`)
  return `{ ${parts.join(', ')} }`
}

function showBytes(bytes: Uint8Array): string {
  return bytes.length > 16 ? `${bytes.length} bytes` : `bytes(${[...bytes].join(' ')})`
}
