/** What can be done to the store, what comes of it, and how both become bytes: they are in the log of every node. */

import type { Codec } from 'quorate'

/** Most bytes of a key, in UTF-8, and of a value. */
export const maxKeyBytes = 1024
export const maxValueBytes = 1024 * 1024

/** What has to hold for a command to do something. A version is that of `Entry.version`. */
export type Condition =
  | { readonly type: 'none' }
  | { readonly type: 'version'; readonly version: number }
  | { readonly type: 'absent' }
  | { readonly type: 'exists' }
  | { readonly type: 'value'; readonly value: Uint8Array }

/** A command: it stands in the log, and is applied on every node alike. */
export type Command =
  | { readonly type: 'put'; readonly key: string; readonly value: Uint8Array; readonly condition: Condition }
  | { readonly type: 'delete'; readonly key: string; readonly condition: Condition }
  /** A node says where its HTTP is, so that clients that know one node find the others. */
  | { readonly type: 'announce'; readonly node: number; readonly http: string }

/** What a command came to. */
export interface Result {
  /** Was the condition met? */
  readonly done: boolean
  /** The version that the key had before; `null` if there was none. */
  readonly before: number | null
}

const encoder = new TextEncoder()
// What is no UTF-8 was not written by this program.
const decoder = new TextDecoder('utf-8', { fatal: true })
const types = ['put', 'delete', 'announce'] as const
const conditions = ['none', 'version', 'absent', 'exists', 'value'] as const

/**
 * One byte for the type, one for the condition, the key with two bytes of length before it, what the condition needs (eight bytes for a
 * version, four for the length of a value), and the value up to the end.
 */
export const commandCodec: Codec<Command> = {
  encode(command) {
    const condition: Condition = command.type === 'announce' ? { type: 'none' } : command.condition
    const key = encoder.encode(command.type === 'announce' ? command.http : command.key)
    const expected = condition.type === 'value' ? condition.value : null
    const value = command.type === 'put' ? command.value : null
    const version =
      condition.type === 'version' ? condition.version : command.type === 'announce' ? command.node : null
    const length = 4 + key.length + (version === null ? 0 : 8) + (expected === null ? 0 : 4 + expected.length)
    const bytes = new Uint8Array(length + (value?.length ?? 0))
    const view = new DataView(bytes.buffer)
    bytes[0] = types.indexOf(command.type)
    bytes[1] = conditions.indexOf(condition.type)
    view.setUint16(2, key.length)
    bytes.set(key, 4)
    let at = 4 + key.length
    if (version !== null) view.setFloat64(at, version)
    if (expected !== null) {
      view.setUint32(at, expected.length)
      bytes.set(expected, (at += 4))
    }
    at = length
    if (value !== null) bytes.set(value, at)
    return bytes
  },

  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    const type = types[view.getUint8(0)]
    const name = conditions[view.getUint8(1)]
    if (type === undefined || name === undefined) throw new RangeError('this is no command of the store')
    let at = 4 + view.getUint16(2)
    const key = decoder.decode(bytes.subarray(4, at))
    if (type === 'announce') return { type, http: key, node: view.getFloat64(at) }
    let condition: Condition
    if (name === 'version') {
      condition = { type: name, version: view.getFloat64(at) }
      at += 8
    } else if (name === 'value') {
      const end = at + 4 + view.getUint32(at)
      condition = { type: name, value: bytes.slice(at + 4, end) }
      at = end
    } else condition = { type: name }
    // A copy: the bytes are a part of a whole batch of the log, which need not be kept for it.
    return type === 'put' ? { type, key, value: bytes.slice(at), condition } : { type, key, condition }
  },
}

/** One byte that says whether it was done, and eight for the version before, if there was one. */
export const resultCodec: Codec<Result> = {
  encode({ done, before }) {
    const bytes = new Uint8Array(before === null ? 1 : 9)
    bytes[0] = done ? 1 : 0
    if (before !== null) new DataView(bytes.buffer).setFloat64(1, before)
    return bytes
  },
  decode(bytes) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    return { done: view.getUint8(0) === 1, before: bytes.length === 9 ? view.getFloat64(1) : null }
  },
}
