/** Clients that read, write and compare-and-set, and take down what they were told. */

import { HistoryRecorder, type OpenOperation } from 'quorate/testing'
import { keyPath, NoAnswerError, NodeClient } from '../client/client.ts'
import type { Random } from './nemesis.ts'

/** More operations on a key would take the checker long: then it is another key's turn. */
const operationsPerKey = 300
const answerMs = 1000

/** What the clients of a run share. */
export class Workload {
  readonly recorder = new HistoryRecorder()
  readonly counts = { acknowledged: 0, refused: 0, unknown: 0 }
  readonly #nodes: readonly NodeClient[]
  readonly #random: Random
  readonly #keys: { name: string; left: number }[]
  /** What was seen last of a key: a compare-and-set with it may succeed. */
  readonly #seen = new Map<string, string | null>()
  #names = 0

  constructor(ports: readonly number[], keys: number, random: Random) {
    this.#nodes = ports.map((port) => new NodeClient({ host: '127.0.0.1', port }, 64))
    this.#random = random
    this.#keys = Array.from({ length: keys }, () => this.#freshKey())
  }

  /** One client until the end: one operation after the other. */
  async client(isOver: () => boolean): Promise<void> {
    let name = this.#name()
    for (let count = 0; !isOver(); count++) {
      const before = this.counts.unknown
      const isDone = await this.#operation(name, `${name}.${count}`)
      // Whoever does not know what became of the last one goes on as somebody else.
      if (this.counts.unknown > before || !isDone) name = this.#name()
      if (!isDone) await new Promise((resolve) => setTimeout(resolve, 10 + this.#random() * 40))
    }
  }

  close(): void {
    for (const node of this.#nodes) node.close()
  }

  async #operation(client: string, value: string): Promise<boolean> {
    const key = this.#key()
    const node = this.#nodes[Math.floor(this.#random() * this.#nodes.length)] as NodeClient
    const dice = this.#random()
    if (dice < 0.4) return this.#read(node, client, key)
    const seen = this.#seen.get(key) ?? null
    if (dice < 0.8) {
      const open = this.recorder.invoke({ client, key, kind: 'write', input: value }, performance.now())
      return this.#write(node, open, { key, value, headers: {} })
    }
    const open = this.recorder.invoke(
      { client, key, kind: 'cas', input: { from: seen, to: value } },
      performance.now(),
    )
    const headers: Record<string, string> =
      seen === null ? { 'if-none-match': '*' } : { 'if-value': Buffer.from(seen).toString('base64') }
    return this.#write(node, open, { key, value, headers })
  }

  async #read(node: NodeClient, client: string, key: string): Promise<boolean> {
    const consistency = this.#random() < 0.3 ? 'lease' : 'linearizable'
    const open = this.recorder.invoke({ client, key, kind: 'read' }, performance.now())
    const path = keyPath(key, `consistency=${consistency}&timeout=${answerMs - 200}`)
    try {
      const { status, body } = await node.ask({ method: 'GET', path }, answerMs)
      if (status !== 200 && status !== 404) return this.#refused(open)
      const value = status === 404 ? null : body.toString()
      this.#seen.set(key, value)
      open.answered(performance.now(), value)
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error
      // A read that was not answered has done nothing.
      return this.#refused(open)
    }
    this.counts.acknowledged++
    return true
  }

  async #write(
    node: NodeClient,
    open: OpenOperation,
    { key, value, headers }: { key: string; value: string; headers: Record<string, string> },
  ): Promise<boolean> {
    const isCas = Object.keys(headers).length > 0
    const path = keyPath(key, `timeout=${answerMs - 200}`)
    try {
      const { status } = await node.ask({ method: 'PUT', path, headers, body: value }, answerMs)
      if (status === 503) return this.#refused(open)
      if (status >= 500) return this.#lost()
      const now = performance.now()
      if (isCas) open.answered(now, status !== 412)
      else open.answered(now)
      if (status !== 412) this.#seen.set(key, value)
    } catch (error) {
      if (!(error instanceof NoAnswerError)) throw error
      return error.sent ? this.#lost() : this.#refused(open)
    }
    this.counts.acknowledged++
    return true
  }

  #refused(open: OpenOperation): false {
    open.failed(performance.now())
    this.counts.refused++
    return false
  }

  /** It stays open in the record: it may have been done. */
  #lost(): false {
    this.counts.unknown++
    return false
  }

  #name(): string {
    return `c${++this.#names}`
  }

  #freshKey(): { name: string; left: number } {
    return { name: `k${++this.#names}`, left: operationsPerKey }
  }

  #key(): string {
    const at = Math.floor(this.#random() * this.#keys.length)
    if (this.#keys[at]?.left === 0) this.#keys[at] = this.#freshKey()
    const key = this.#keys[at] as { name: string; left: number }
    key.left--
    return key.name
  }
}
