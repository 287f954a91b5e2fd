/** A cluster that does nothing by itself: each Ready, each message and each write waits until a command asks for it. */

import type { Message, NodeId, Snapshot } from 'quorate'

import { CommandError } from './args.ts'
import { describeMessage, describeReady } from './describe.ts'
import { errorText, proposalDropped } from './error-text.ts'
import { Output } from './output.ts'
import { type NodeOptions, ScriptNode } from './script-node.ts'

/** Whose messages to handle, and whether to drop them instead. */
export interface Recipient {
  readonly id: NodeId
  readonly drop: boolean
}

/** The two storage threads of a node. */
export type Thread = 'append' | 'apply'

/** More rounds than this and a cluster will never come to rest. */
const maxRounds = 10_000

/** The nodes, what is on its way between them, and what has been printed. */
export class Cluster {
  readonly output = new Output()
  readonly nodes: ScriptNode[] = []
  /** Messages on their way, in the order in which they were emitted. */
  #inFlight: Message[] = []

  node(id: NodeId): ScriptNode {
    const node = this.nodes[id - 1]
    if (node === undefined) throw new CommandError(`there is no node ${id}`)
    return node
  }

  /** Adds a node under the next number. */
  add(options: NodeOptions, bootstrap: Snapshot | null): void {
    this.nodes.push(new ScriptNode(this.nodes.length + 1, options, bootstrap))
  }

  send(...messages: readonly Message[]): void {
    this.#inFlight.push(...messages)
  }

  /** Works off one Ready. With asynchronous writes it only hands the work out. */
  processReady(id: NodeId): void {
    const node = this.node(id)
    const ready = node.raw.ready()
    this.output.write(describeReady(ready))
    if (!node.isAsync) {
      node.persist(ready)
      node.apply(ready.committedEntries)
    }
    this.send(...ready.messages, ...ready.persistedMessages)
    if (ready.storageAppend !== null) node.appendWork.push(ready.storageAppend)
    if (ready.storageApply !== null) node.applyWork.push(ready.storageApply)
    if (!node.isAsync) node.raw.advance(ready)
  }

  /** Takes one piece of work off a thread's queue and does it. */
  processThread(id: NodeId, thread: Thread): void {
    const node = this.node(id)
    const work = (thread === 'append' ? node.appendWork : node.applyWork).shift()
    if (work === undefined) return this.output.write(`no ${thread} work to perform`)
    this.output.write(`Processing:\n${describeMessage({ ...work, responses: [] })}\n`)
    if (work.type === 'MsgStorageAppend') node.persist(work)
    else node.apply(work.entries)
    this.output.write('Responses:\n')
    for (const response of work.responses) this.output.write(`${describeMessage(response)}\n`)
    this.send(...work.responses)
  }

  /**
   * Delivers or drops what is on its way to each recipient.
   * @param type - only messages of this type; null for all
   * @returns how many there were
   */
  deliver(recipients: readonly Recipient[], type: string | null): number {
    let count = 0
    for (const { id, drop } of recipients) {
      const due = this.#inFlight.filter((m) => isDue(m, id, type, drop))
      this.#inFlight = this.#inFlight.filter((m) => !isDue(m, id, type, drop))
      count += due.length
      for (const m of due) {
        this.output.write(`${drop ? 'dropped: ' : ''}${describeMessage(m)}\n`)
        if (!drop) this.#step(m)
      }
    }
    return count
  }

  /** Forgets what a node has said to itself, its storage threads included: with the process that is gone. */
  forgetLocal(id: NodeId): void {
    this.#inFlight = this.#inFlight.filter((m) => m.to !== id || !isLocal(m))
  }

  /** Goes on until none of the nodes has anything left to do. */
  stabilize(nodes: readonly ScriptNode[]): void {
    for (let round = 0; this.#round(nodes); round++)
      if (round === maxRounds) throw new CommandError('the cluster does not come to rest')
  }

  /** Every node does everything it can, in four passes. Was there anything to do? */
  #round(nodes: readonly ScriptNode[]): boolean {
    let busy = false
    const pass = (isBusy: (node: ScriptNode) => boolean, title: string, work: (id: NodeId) => void): void => {
      for (const node of nodes) {
        if (!isBusy(node)) continue
        busy = true
        this.section(node.id, title, () => work(node.id))
      }
    }
    const isExpected = ({ id }: ScriptNode): boolean => this.#inFlight.some((m) => m.to === id)
    const hasWork = (node: ScriptNode, thread: Thread): boolean =>
      (thread === 'append' ? node.appendWork : node.applyWork).length > 0
    const empty = (id: NodeId, thread: Thread): void => {
      while (hasWork(this.node(id), thread)) this.processThread(id, thread)
    }
    pass(
      ({ raw }) => raw.hasReady(),
      'handling Ready',
      (id) => this.processReady(id),
    )
    pass(isExpected, 'receiving messages', (id) => this.deliver([{ id, drop: false }], null))
    for (const thread of ['append', 'apply'] as const) {
      pass(
        (node) => hasWork(node, thread),
        `processing ${thread} thread`,
        (id) => empty(id, thread),
      )
    }
    return busy
  }

  /** A header, and under it what `body` prints, indented. */
  section(id: NodeId, title: string, body: () => void): void {
    this.output.write(`> ${id} ${title}\n`)
    this.output.indented(body)
  }

  #step(m: Message): void {
    const { raw } = this.node(m.to)
    try {
      // To the reference a proposal that is dropped is an error, a read is not.
      if (raw.step(m) !== null && m.type === 'MsgProp') this.output.write(`${proposalDropped}\n`)
    } catch (error) {
      this.output.write(`${errorText(error)}\n`)
    }
  }
}

function isDue(m: Message, id: NodeId, type: string | null, drop: boolean): boolean {
  return m.to === id && (type === null || m.type === type) && !(drop && isLocal(m))
}

/** Does it stay within one node? Such a message is never lost. */
function isLocal(m: Message): boolean {
  return m.from === m.to || typeof m.from === 'string'
}
