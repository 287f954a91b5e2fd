/** Is this an operation? Asked of everything that comes from outside, one record at a time. */

import { describeValue } from '../core/errors.ts'
import { HistoryError, type Place } from './history-error.ts'
import { keyTypes, type Operation, type OperationKind } from './operation.ts'

type Fields = Readonly<Record<string, unknown>>

/** What an input or an output has to be. */
interface Rule {
  readonly expected: string
  readonly accepts: (value: unknown) => boolean
}

const value: Rule = { expected: 'a string, a finite number, a boolean or null', accepts: isValue }
const answer: Rule = { expected: 'true or false', accepts: (given) => typeof given === 'boolean' }
const list: Rule = {
  expected: 'an array of strings, finite numbers, booleans and nulls',
  accepts: (given) => Array.isArray(given) && given.every(isValue),
}
const exchange: Rule = {
  expected: 'an object with `from` and `to`, and nothing else',
  accepts: (given) =>
    isObject(given) && Object.keys(given).length === 2 && isValue(given['from']) && isValue(given['to']),
}

/** `null` where there is no such field. */
const rules: Readonly<Record<OperationKind, { input: Rule | null; output: Rule | null }>> = {
  read: { input: null, output: value },
  write: { input: value, output: null },
  cas: { input: exchange, output: answer },
  append: { input: value, output: null },
  'read-list': { input: null, output: list },
}

const fieldNames = new Set([
  'client',
  'key',
  'kind',
  'invoked',
  'returned',
  'failed',
  'note',
  'input',
  'output',
])
const never = 'Leave it out: `note` may hold anything of your own'

/**
 * Checks one record, and answers it as what it is.
 * @throws HistoryError that names the place, the field and the value
 */
export function checkOperation(record: unknown, place: Place): Operation {
  if (!isObject(record))
    throw new HistoryError(place, `expected an object, got ${describeValue(record)}`, shape, record)
  const kind = record['kind']
  if (!isKind(kind)) {
    const fix = 'Registers are read, written and exchanged (cas), lists appended to and read as a whole'
    throw refuse(place, 'kind', `one of ${Object.keys(keyTypes).join(', ')}`, kind, fix)
  }
  checkBase(record, place)
  checkTimes(record, place)
  const { input, output } = rules[kind]
  const open = record['returned'] === null || record['failed'] === true
  checkField(record, 'input', input, place, `Say what the ${kind} was asked to do`)
  if (open) checkField(record, 'output', null, place, never)
  else checkField(record, 'output', output, place, 'Without an answer set `returned` to null')
  return record as unknown as Operation
}

const shape = 'Write one object with client, key, kind, invoked and returned per operation'

function checkBase(record: Fields, place: Place): void {
  for (const name of Object.keys(record)) {
    if (fieldNames.has(name)) continue
    throw new HistoryError(place, `there is no field \`${name}\` in an operation`, never, record[name])
  }
  const { client, key, failed } = record
  if (typeof client !== 'string' && !Number.isFinite(client))
    throw refuse(place, 'client', 'a string or a finite number', client, 'Give each client a name of its own')
  if (typeof key !== 'string')
    throw refuse(place, 'key', 'a string', key, 'Say which register or list it was done to')
  if (failed !== undefined && typeof failed !== 'boolean')
    throw refuse(place, 'failed', 'true or false', failed, 'Leave it out for what did not fail')
}

function checkTimes({ invoked, returned, failed }: Fields, place: Place): void {
  if (typeof invoked !== 'number' || !Number.isFinite(invoked))
    throw refuse(place, 'invoked', 'a finite number', invoked, 'Say when the client sent it')
  if (returned === null && failed === true) {
    const fix = 'Leave out `failed`: what has no answer may still take effect'
    throw refuse(place, 'returned', 'a number, since the operation failed', returned, fix)
  }
  if (returned === null) return
  if (typeof returned !== 'number' || !Number.isFinite(returned))
    throw refuse(
      place,
      'returned',
      'a finite number or null',
      returned,
      'Use null for an operation without an answer',
    )
  if (returned < invoked) {
    const fix = 'Take both times from one clock that never goes back'
    throw refuse(place, 'returned', `at least \`invoked\`, ${invoked}`, returned, fix)
  }
}

function checkField(
  record: Fields,
  name: 'input' | 'output',
  rule: Rule | null,
  place: Place,
  fix: string,
): void {
  const given = record[name]
  if (rule === null) {
    if (given !== undefined) throw refuse(place, name, 'left out', given, never)
  } else if (!rule.accepts(given)) throw refuse(place, name, rule.expected, given, fix)
}

function refuse(place: Place, field: string, expected: string, given: unknown, fix: string): HistoryError {
  return new HistoryError(
    place,
    `expected \`${field}\` to be ${expected}, got ${describeValue(given)}`,
    fix,
    given,
  )
}

function isKind(kind: unknown): kind is OperationKind {
  return typeof kind === 'string' && Object.hasOwn(keyTypes, kind)
}

function isValue(given: unknown): boolean {
  return given === null || typeof given === 'string' || typeof given === 'boolean' || Number.isFinite(given)
}

function isObject(given: unknown): given is Fields {
  return typeof given === 'object' && given !== null && !Array.isArray(given)
}
