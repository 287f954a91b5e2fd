/**
 * The state machine of the simulated nodes: registers and lists by key, and a session for each client, so that a command
 * that is tried again takes effect once (§8). Its digest is a function of its state and costs nothing to keep.
 */

import type { LogIndex, Term } from '../core/types.ts'
import { mix } from './dice.ts'

/** What a command does. */
export type CommandKind = 'put' | 'cas' | 'append'

/** A command of one client. */
export interface Command {
  readonly kind: CommandKind
  readonly client: number
  /** Counts the commands of the client: a repeated one is the same command. */
  readonly serial: number
  readonly key: number
  /** Never 0, and never the same twice: so that it shows who has written it. */
  readonly value: number
  /** With `cas`: what must be there; 0 for nothing. */
  readonly expected: number
}

/** What became of a command: 1 if it took effect, 0 if a `cas` found another value. */
export interface Applied {
  readonly client: number
  readonly serial: number
  readonly result: number
  /** It had been applied before; this is the answer of then. */
  readonly isRepeated: boolean
}

interface Session {
  readonly serial: number
  readonly result: number
}

const commandKinds: readonly CommandKind[] = ['put', 'cas', 'append']
const fields = 6

/** Keys of which this is true hold lists; the others registers. */
export function isList(key: number): boolean {
  return key % 4 === 3
}

/** A command as bytes; `padding` bytes make it larger. */
export function encodeCommand(command: Command, padding: number): Uint8Array {
  const words = new Uint32Array(fields + (padding >> 2))
  words[0] = commandKinds.indexOf(command.kind)
  words[1] = command.client
  words[2] = command.serial
  words[3] = command.key
  words[4] = command.value
  words[5] = command.expected
  return new Uint8Array(words.buffer)
}

function decodeCommand(bytes: Uint8Array): Command {
  const words = new Uint32Array(bytes.buffer, bytes.byteOffset, fields)
  const [kind = 0, client = 0, serial = 0, key = 0, value = 0, expected = 0] = words
  return { kind: commandKinds[kind] as CommandKind, client, serial, key, value, expected }
}

/** The state. */
export class Machine {
  index: LogIndex = 0
  term: Term = 0
  readonly #registers = new Map<number, number>()
  readonly #lists = new Map<number, number[]>()
  readonly #sessions = new Map<number, Session>()
  #digest = 0

  /** Equal states have equal digests. */
  get digest(): number {
    return this.#digest
  }

  /** What a read of `key` sees: the value of a register, 0 if it has none; the values of a list. */
  read(key: number): number | readonly number[] {
    return isList(key) ? (this.#lists.get(key) ?? []).slice() : (this.#registers.get(key) ?? 0)
  }

  /** Applies the command at `index`. */
  apply(bytes: Uint8Array): Applied {
    const command = decodeCommand(bytes)
    const { client, serial } = command
    const session = this.#sessions.get(client)
    // Looked at when it is applied and not when it is proposed: only here do all nodes see the same (§8).
    if (session !== undefined && session.serial >= serial)
      return { client, serial, result: session.result, isRepeated: true }
    const result = this.#execute(command)
    this.#setSession(client, { serial, result })
    return { client, serial, result, isRepeated: false }
  }

  /** All of the state. */
  snapshot(): Uint8Array {
    const words: number[] = [
      this.index,
      this.term,
      this.#registers.size,
      this.#lists.size,
      this.#sessions.size,
    ]
    for (const [key, value] of sorted(this.#registers)) words.push(key, value)
    for (const [key, values] of sorted(this.#lists)) words.push(key, values.length, ...values)
    for (const [client, { serial, result }] of sorted(this.#sessions)) words.push(client, serial, result)
    return new Uint8Array(Uint32Array.from(words).buffer)
  }

  /** The state that a snapshot holds. */
  static restore(bytes: Uint8Array): Machine {
    const machine = new Machine()
    if (bytes.length === 0) return machine
    const words = new Uint32Array(bytes.buffer, bytes.byteOffset, bytes.length >> 2)
    let at = 0
    const take = (): number => words[at++] as number
    machine.index = take()
    machine.term = take()
    const [registers, lists, sessions] = [take(), take(), take()]
    for (let i = 0; i < registers; i++) machine.#setRegister(take(), take())
    for (let i = 0; i < lists; i++) {
      const key = take()
      for (let length = take(); length > 0; length--) machine.#append(key, take())
    }
    for (let i = 0; i < sessions; i++) machine.#setSession(take(), { serial: take(), result: take() })
    return machine
  }

  #execute({ kind, key, value, expected }: Command): number {
    if (kind === 'append') this.#append(key, value)
    else if (kind === 'put' || (this.#registers.get(key) ?? 0) === expected) this.#setRegister(key, value)
    else return 0
    return 1
  }

  #setRegister(key: number, value: number): void {
    const before = this.#registers.get(key)
    if (before !== undefined) this.#digest ^= mix(key, before)
    this.#registers.set(key, value)
    this.#digest ^= mix(key, value)
  }

  #append(key: number, value: number): void {
    let values = this.#lists.get(key)
    if (values === undefined) this.#lists.set(key, (values = []))
    values.push(value)
    this.#digest ^= mix(mix(key, values.length), value)
  }

  #setSession(client: number, session: Session): void {
    const before = this.#sessions.get(client)
    if (before !== undefined) this.#digest ^= mix(mix(client, before.serial), before.result)
    this.#sessions.set(client, session)
    this.#digest ^= mix(mix(client, session.serial), session.result)
  }
}

function sorted<T>(map: ReadonlyMap<number, T>): readonly (readonly [number, T])[] {
  return [...map].sort(([a], [b]) => a - b)
}
