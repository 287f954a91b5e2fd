/** `/kv/:key`: reading, writing and deleting, with a condition if one is given. */

import { type Condition, maxValueBytes, type Result } from '../store/command.ts'
import type { Entry } from '../store/machine.ts'
import { Problem } from './problem.ts'
import { bodyOf, conditionIn, consistencyIn, etagIn, keyIn, type Request, timeoutIn } from './request.ts'
import { type Answer, json } from './answer.ts'
import type { Service } from './service.ts'

export async function getKey({ node }: Service, { path, query, message }: Request): Promise<Answer> {
  const key = keyIn(path)
  const consistency = consistencyIn(query)
  const known = message.headers['if-none-match']
  const knownVersion = known === undefined ? null : etagIn(known)
  const entry: Entry | null = await node.read(key, { consistency, timeoutMs: timeoutIn(query) })
  if (entry === null) throw notFound(key)
  const etag = etagOf(entry.version)
  if (entry.version === knownVersion) return { status: 304, headers: { etag }, body: '' }
  return { status: 200, headers: { etag, 'content-type': 'application/octet-stream' }, body: entry.value }
}

export async function putKey({ node }: Service, { path, query, message }: Request): Promise<Answer> {
  const key = keyIn(path)
  const condition = conditionIn(message)
  const timeoutMs = timeoutIn(query)
  const value = await bodyOf(message, maxValueBytes)
  const { result, index } = await node.propose({ type: 'put', key, value, condition }, { timeoutMs })
  if (!result.done) throw notMet(condition, result)
  const status = result.before === null ? 201 : 200
  return json(status, { version: index, previous: result.before }, { etag: etagOf(index) })
}

export async function deleteKey({ node }: Service, { path, query, message }: Request): Promise<Answer> {
  const key = keyIn(path)
  const condition = conditionIn(message)
  const timeoutMs = timeoutIn(query)
  const { result } = await node.propose({ type: 'delete', key, condition }, { timeoutMs })
  if (result.done) return json(200, { deleted: result.before })
  throw condition.type === 'none' ? notFound(key) : notMet(condition, result)
}

const etagOf = (version: number): string => `"${version}"`

function notFound(key: string): Problem {
  const shown = key.length > 60 ? `${key.slice(0, 60)}…` : key
  return new Problem(404, 'ERR_NOT_FOUND', `There is no key '${shown}'`, 'Put it first')
}

function notMet(condition: Condition, { before }: Result): Problem {
  const wanted = {
    none: 'nothing',
    version: `version ${condition.type === 'version' ? condition.version : ''}`,
    absent: 'no such key',
    exists: 'an existing key',
    value: 'another value',
  }[condition.type]
  const found = before === null ? 'there is no such key' : `it has version ${before}`
  return new Problem(
    412,
    'ERR_PRECONDITION',
    `Expected ${wanted}, but ${found}`,
    'Read it again, and decide again',
    { details: { version: before }, headers: before === null ? {} : { etag: etagOf(before) } },
  )
}
