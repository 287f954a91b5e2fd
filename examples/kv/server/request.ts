/** Reading a request: its path as it came, its query, its body within bounds. */

import type { IncomingMessage } from 'node:http'
import type { Consistency } from 'quorate'
import { type Condition, maxKeyBytes } from '../store/command.ts'
import { badRequest, Problem } from './problem.ts'

/** A request with its path and query apart. Nothing is made of `..`: a key may be called so. */
export interface Request {
  readonly method: string
  readonly path: string
  readonly query: URLSearchParams
  readonly message: IncomingMessage
}

export function readRequest(message: IncomingMessage): Request {
  const url = message.url ?? '/'
  const at = url.indexOf('?')
  return {
    method: message.method ?? 'GET',
    path: at < 0 ? url : url.slice(0, at),
    query: new URLSearchParams(at < 0 ? '' : url.slice(at + 1)),
    message,
  }
}

/** The key in a path: all that follows `/kv/`. */
export function keyIn(path: string): string {
  const fix = `A key is 1 to ${maxKeyBytes} bytes of UTF-8, percent-encoded behind /kv/`
  let key: string
  try {
    key = decodeURIComponent(path.slice('/kv/'.length))
  } catch (error) {
    throw new Problem(400, 'ERR_KEY', 'The key is no percent-encoded UTF-8', fix, { cause: error })
  }
  const length = Buffer.byteLength(key)
  if (length === 0) throw badRequest('ERR_KEY', 'The key has 0 bytes', fix)
  if (length > maxKeyBytes) throw badRequest('ERR_KEY', `The key has ${length} bytes`, fix)
  return key
}

const consistencies: readonly string[] = ['linearizable', 'lease', 'local'] satisfies Consistency[]

export function consistencyIn(query: URLSearchParams): Consistency {
  const given = query.get('consistency') ?? 'linearizable'
  if (consistencies.includes(given)) return given as Consistency
  const what = `Unknown consistency '${given.slice(0, 40)}'`
  throw badRequest('ERR_CONSISTENCY', what, `Use one of ${consistencies.join(', ')}`)
}

/** How long the client wants to wait, in milliseconds. */
export function timeoutIn(query: URLSearchParams): number | undefined {
  const given = query.get('timeout')
  if (given === null) return undefined
  const number = Number(given)
  if (/^\d+$/.test(given) && number >= 1 && number <= 60_000) return number
  throw badRequest(
    'ERR_TIMEOUT',
    `The timeout is '${given.slice(0, 40)}'`,
    'Use milliseconds, from 1 to 60000',
  )
}

/** What If-Match, If-None-Match and If-Value ask for: at most one of them. */
export function conditionIn({ headers }: IncomingMessage): Condition {
  const { 'if-match': match, 'if-none-match': noneMatch } = headers
  const value = headers['if-value']
  if ([match, noneMatch, value].filter((header) => header !== undefined).length > 1)
    throw precondition('More than one condition', 'Use one of If-Match, If-None-Match and If-Value')
  if (match !== undefined)
    return match === '*' ? { type: 'exists' } : { type: 'version', version: etagIn(match) }
  if (noneMatch === '*') return { type: 'absent' }
  if (noneMatch !== undefined)
    throw precondition(`If-None-Match is '${noneMatch.slice(0, 40)}'`, 'For a write it can only be *')
  if (value === undefined) return { type: 'none' }
  const text = String(value)
  if (!/^[A-Za-z\d+/]*={0,2}$/.test(text) || text.length % 4 === 1)
    throw precondition('If-Value is no base64', 'Encode the bytes of the expected value in base64')
  return { type: 'value', value: Uint8Array.from(Buffer.from(text, 'base64')) }
}

/** The version in an ETag: `"12"`. */
export function etagIn(text: string): number {
  const version = /^"(\d{1,16})"$/.exec(text.trim())?.[1]
  if (version !== undefined && Number.isSafeInteger(Number(version))) return Number(version)
  throw precondition(
    `'${text.slice(0, 40)}' is no ETag of this service`,
    'Use the ETag of an earlier answer as it came, with its quotes, like "12"; or *',
  )
}

function precondition(what: string, fix: string): Problem {
  return badRequest('ERR_PRECONDITION_HEADER', what, fix)
}

/** The body, if it is not longer than `limit`. What is beyond is not kept in memory. */
export async function bodyOf(message: IncomingMessage, limit: number): Promise<Uint8Array> {
  if (Number(message.headers['content-length'] ?? 0) > limit) throw tooLarge(limit)
  const chunks: Buffer[] = []
  let length = 0
  for await (const chunk of message as AsyncIterable<Buffer>) {
    length += chunk.length
    if (length > limit) throw tooLarge(limit)
    chunks.push(chunk)
  }
  return chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks)
}

function tooLarge(limit: number): Problem {
  return new Problem(413, 'ERR_TOO_LARGE', `The body has more than ${limit} bytes`, 'Send less', {
    // The rest of it is not read.
    headers: { connection: 'close' },
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** A body that must be a JSON object with no other fields than these; an empty one counts as `{}`. */
export async function jsonOf(
  message: IncomingMessage,
  fields: readonly string[],
): Promise<Record<string, unknown>> {
  const bytes = await bodyOf(message, 64 * 1024)
  const fix = `Send a JSON object in UTF-8 with ${fields.join(', ')}`
  let value: unknown
  try {
    const text = utf8.decode(bytes)
    value = text.trim() === '' ? {} : JSON.parse(text)
  } catch (error) {
    throw new Problem(400, 'ERR_JSON', `The body is no JSON: ${(error as Error).message}`, fix, {
      cause: error,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw badRequest('ERR_JSON', 'The body is no JSON object', fix)
  const unknown = Object.keys(value).find((name) => !fields.includes(name))
  if (unknown !== undefined) throw badRequest('ERR_JSON', `Unknown field '${unknown.slice(0, 40)}'`, fix)
  return value as Record<string, unknown>
}
