/** Clients of the replicated state machine: each does one thing at a time, and tries again elsewhere when it hears nothing. */

import type { LogIndex, NodeId } from '../core/types.ts'
import type { Answer } from './applier.ts'
import type { Dice } from './dice.ts'
import { type CommandKind, encodeCommand, isList } from './machine.ts'
import type { SimNode } from './node.ts'
import type { World } from './world.ts'

/** One operation, as its client saw it. */
export interface Operation {
  /** Which client; one that does not know what became of an operation goes on under a new number. */
  readonly client: number
  readonly kind: CommandKind | 'read'
  readonly key: number
  readonly value: number
  readonly expected: number
  /** Moments are counted, so that no two are the same. */
  readonly invoked: number
  returned: number | null
  /** `done`: it took effect. `failed`: it did not, and will not. `unknown`: nobody can tell. */
  outcome: 'open' | 'done' | 'failed' | 'unknown'
  /** What a read saw, or whether a `cas` found what it expected. */
  result: number | readonly number[]
}

/** Where clients find the nodes. */
export interface Service {
  /** The nodes that clients know of. */
  readonly nodes: readonly SimNode[]
}

const clientDelay = 500
/** A list of its own: what a flood does to it needs no search to be checked. */
const floodKey = 1023

/** All clients of a run, and the history of what they did. */
export class Clients {
  readonly #world: World
  readonly #service: Service
  readonly #history: Operation[] = []
  #moments = 0
  #names = 0
  #reads = 0
  #values = 0
  /** The highest index that anybody was told of: a read that begins now must see at least that. */
  #told: LogIndex = 0
  #isOver = false
  #isHeld = false
  #open = 0

  constructor(world: World, service: Service) {
    this.#world = world
    this.#service = service
  }

  /** All operations, in the order in which they began. */
  get history(): readonly Operation[] {
    return this.#history
  }

  /** Operations that are not finished. */
  get open(): number {
    return this.#open
  }

  /** Lets all clients begin. */
  start(): void {
    for (let i = 0; i < this.#world.setup.clients; i++)
      new Client(this, this.#world.dice.fork('client', i)).think()
  }

  /**
   * Many clients at once, each of which does one thing; most of them at the node `at`, if there is one. They go easy on what
   * is checked by search: reads, and appends.
   */
  flood(count: number, kind: 'read' | 'append', dice: Dice, at: NodeId | null = null): void {
    for (let i = 0; i < count; i++) new Client(this, dice.fork('flood', i)).doOnce(kind, at)
  }

  /** No operations begin for a while; or they do again. */
  hold(held: boolean): void {
    this.#isHeld = held
  }

  get isHeld(): boolean {
    return this.#isHeld
  }

  /** No further operations begin. */
  stop(): void {
    this.#isOver = true
  }

  get world(): World {
    return this.#world
  }

  get isOver(): boolean {
    return this.#isOver
  }

  get told(): LogIndex {
    return this.#told
  }

  newName(): number {
    return ++this.#names
  }

  newRead(): number {
    return ++this.#reads
  }

  newValue(): number {
    return ++this.#values
  }

  /** An operation begins. */
  invoke(client: number, kind: Operation['kind'], key: number, value: number, expected: number): Operation {
    this.#open++
    const operation: Operation = {
      client,
      kind,
      key,
      value,
      expected,
      invoked: this.#moments++,
      returned: null,
      outcome: 'open',
      result: 0,
    }
    this.#history.push(operation)
    return operation
  }

  /** An operation ends. `index` is that of the state that it saw or made. */
  finish(
    operation: Operation,
    outcome: 'done' | 'failed' | 'unknown',
    result: number | readonly number[],
    index: LogIndex,
  ): void {
    this.#open--
    operation.outcome = outcome
    operation.result = result
    if (outcome === 'done') this.#told = Math.max(this.#told, index)
    if (outcome !== 'unknown') operation.returned = this.#moments++
  }

  /** A node for a client to turn to. */
  choose(dice: Dice, hint: NodeId | null): SimNode {
    const { nodes } = this.#service
    const hinted = nodes.find(({ id }) => id === hint)
    return hinted !== undefined && dice.below(8) > 0 ? hinted : dice.pick(nodes)
  }
}

/** One client. */
class Client {
  readonly #all: Clients
  readonly #dice: Dice
  #name: number
  #serial = 0
  #isSingle = false
  /** Where the last request went well. */
  #hint: NodeId | null = null
  /** What it last saw of each key: what a `cas` expects. */
  readonly #seen = new Map<number, number>()

  constructor(all: Clients, dice: Dice) {
    this.#all = all
    this.#dice = dice
    this.#name = all.newName()
  }

  /** Does one thing, and no more. */
  doOnce(kind: 'read' | 'append', at: NodeId | null): void {
    this.#isSingle = true
    this.#hint = at
    const { keys } = this.#all.world.setup
    if (kind === 'read') this.#read(this.#dice.below(keys))
    else this.#write('append', floodKey, 0)
  }

  /** Waits, then does something. */
  think(): void {
    if (this.#isSingle) return
    const { agenda, setup } = this.#all.world
    agenda.after(this.#dice.wait(setup.thinkMs * 1000), () => {
      if (this.#all.isHeld) this.think()
      else if (!this.#all.isOver) this.#begin()
    })
  }

  #begin(): void {
    const dice = this.#dice
    const key = dice.below(this.#all.world.setup.keys)
    const choice = dice.below(10)
    if (choice < 4) return this.#read(key)
    if (isList(key)) return this.#write('append', key, 0)
    if (choice < 8) return this.#write('put', key, 0)
    this.#write('cas', key, this.#seen.get(key) ?? 0)
  }

  #write(kind: CommandKind, key: number, expected: number): void {
    const { setup } = this.#all.world
    const value = this.#all.newValue()
    const serial = ++this.#serial
    const operation = this.#all.invoke(this.#name, kind, key, value, expected)
    const data = encodeCommand({ kind, client: this.#name, serial, key, value, expected }, setup.padding)
    const name = this.#name
    this.#attempt(operation, 1, (node, reply) => node.command(name, serial, data, reply))
  }

  #read(key: number): void {
    const { told, world } = this.#all
    const operation = this.#all.invoke(this.#name, 'read', key, 0, 0)
    this.#attempt(operation, 1, (node, reply) =>
      node.read(this.#all.newRead(), key, (answer) => {
        // I12: whatever anybody was told before the read began, it sees. Most stale reads show here, without any search.
        if (answer.is === 'done' && answer.index < told)
          world.violated(
            'I12',
            `a read on node ${node.id} sees the state of ${answer.index}, and ${told} was known before it began`,
          )
        reply(answer)
      }),
    )
  }

  #attempt(
    operation: Operation,
    count: number,
    request: (node: SimNode, reply: (answer: Answer) => void) => 'taken' | 'refused',
    isOpen = false,
  ): void {
    const { world } = this.#all
    const node = this.#all.choose(this.#dice, this.#hint)
    let isSettled = false
    const settle = (then: () => void): void => {
      if (isSettled) return
      isSettled = true
      then()
    }
    // Once an attempt is neither refused nor known to be lost, it may take effect at any time.
    const again = (mayHappen: boolean): void => {
      this.#hint = null
      if (operation.outcome !== 'open') return
      if (count >= 8 || this.#dice.below(8) === 0) return this.#giveUp(operation, isOpen || mayHappen)
      if (operation.kind !== 'read' && count === 1) world.reach('command tried again')
      this.#attempt(operation, count + 1, request, isOpen || mayHappen)
    }
    world.agenda.after(clientDelay + this.#dice.wait(clientDelay), () => {
      const result = request(node, (answer) => {
        settle(() => {
          if (answer.is === 'done') this.#done(operation, answer.value, answer.index, node.id)
          else again(answer.is === 'unknown')
        })
      })
      const [wait, mayHappen] =
        result === 'refused' ? [this.#dice.wait(20_000), false] : [world.setup.timeoutMs * 1000, true]
      world.agenda.after(wait, () => {
        settle(() => {
          again(mayHappen)
        })
      })
    })
  }

  #done(operation: Operation, value: number | readonly number[], index: LogIndex, node: NodeId): void {
    if (operation.outcome !== 'open') return
    this.#hint = node
    this.#all.finish(operation, 'done', value, index)
    if (operation.kind === 'read' && typeof value === 'number') this.#seen.set(operation.key, value)
    else if (operation.kind === 'put') this.#seen.set(operation.key, operation.value)
    this.think()
  }

  #giveUp(operation: Operation, mayHappen: boolean): void {
    if (operation.kind === 'read') this.#all.finish(operation, 'failed', 0, 0)
    else if (!mayHappen) {
      this.#all.finish(operation, 'failed', 0, 0)
      this.#all.world.reach('command refused everywhere')
    } else {
      // It may have taken effect, and may still do so. To go on under the same name would make that effect another's.
      this.#all.finish(operation, 'unknown', 0, 0)
      this.#all.world.reach('outcome unknown')
      this.#name = this.#all.newName()
      this.#serial = 0
    }
    this.think()
  }
}
