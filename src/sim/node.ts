/** One simulated node: a process that can be started, paused and killed, on a disk that stays. */

import { InvariantError, LogLostError, MessageError, StorageError } from '../core/errors.ts'
import type { PeerMessage, StorageResponse } from '../core/messages.ts'
import { RawNode } from '../core/raw-node.ts'
import type { ConfChangeProposal, LogIndex, NodeId, Term } from '../core/types.ts'
import type { Micros } from './agenda.ts'
import { type Answer, Applier, contextBytes } from './applier.ts'
import { AsyncLoop } from './async-loop.ts'
import type { Dice } from './dice.ts'
import { Disk, DiskError } from './disk.ts'
import type { CrashSite, Life, Loop } from './loop.ts'
import { Machine } from './machine.ts'
import { SyncLoop } from './sync-loop.ts'
import { Violation, type World } from './world.ts'

/** Even on a slow node nothing takes longer because of that. */
const slowest: Micros = 1_000_000

/** What becomes of a request at once. */
export type Request = 'taken' | 'refused'

interface Running {
  readonly raw: RawNode
  readonly applier: Applier
  readonly loop: Loop
  readonly life: Life
}

/** A node. */
export class SimNode {
  readonly id: NodeId
  readonly disk: Disk
  readonly #world: World
  readonly #dice: Dice
  #running: Running | null = null
  #lives = 0
  #isAwake = false
  #pausedUntil: Micros = -1
  #stalledUntil: Micros = -1
  #missed = 0
  /** What arrives while the process stands still: it is taken in when it goes on. */
  #inbox: (() => void)[] = []
  /** Have the connections of its peers broken meanwhile? */
  #isForsaken = false
  /** What survives a crash of a state machine that is durable by itself. */
  #savedMachine: Uint8Array | null = null
  /** A disk that is damaged for good: the node cannot be started any more. */
  isRefused = false
  /** How much longer than others it takes for everything. */
  slowness = 1

  constructor(id: NodeId, world: World) {
    this.id = id
    this.#world = world
    this.#dice = world.dice.fork('node', id)
    this.disk = new Disk(id, world.dice.fork('disk', id), world.faults)
  }

  get isUp(): boolean {
    return this.#running !== null
  }

  /** The node itself, while it runs. */
  get raw(): RawNode | null {
    return this.#running?.raw ?? null
  }

  /** Its state machine, while it runs. */
  get machine(): Machine | null {
    return this.#running?.applier.machine ?? null
  }

  /** Commands whose place in the log is applied and whose client has heard nothing. */
  get lateCommands(): number {
    return this.#running?.applier.late ?? 0
  }

  get isPaused(): boolean {
    return this.#world.agenda.now < this.#pausedUntil
  }

  /** Starts it, if it is down and its disk can be read. */
  start(): void {
    if (this.#running !== null || this.isRefused) return
    const recovery = this.disk.recover()
    if (recovery === 'refused') {
      this.isRefused = true
      this.#world.reach('damaged log refused')
      return
    }
    if (recovery === 'torn') this.#world.reach('torn tail cut off')
    const machine = this.#machineAtStart()
    const { index: applied } = machine
    const raw = this.#guarded(() => this.#newRaw(applied))
    if (raw === undefined) return
    const { confState } = raw.status()
    const life = this.#newLife(raw, new Applier(this.id, this.#world, this.disk, machine, confState))
    const loop = this.#world.setup.raft.asyncStorageWrites ? new AsyncLoop(life) : new SyncLoop(life)
    this.#running = { raw, applier: life.applier, loop, life }
    this.#world.watcher.started(this.id, this.disk, confState, applied, recovery)
    this.#wake()
  }

  /** Kills it. */
  crash(): void {
    const running = this.#running
    if (running === null) return
    const { machine } = running.applier
    // It was applied, so it was durable here, or it came with a snapshot; which may not have been written yet.
    if (this.#world.setup.durableMachine) this.#savedMachine = machine.snapshot()
    this.#running = null
    this.#lives++
    this.#isAwake = false
    this.#inbox = []
    this.#missed = 0
    this.#pausedUntil = -1
    this.disk.crash()
    this.#world.watcher.stopped(this.id)
    running.applier.abandon()
  }

  /** It stands still for a while: its ticks are lost, and what arrives waits; or is lost, if its peers give it up. */
  pause(micros: Micros, isForsaken: boolean): void {
    this.#isForsaken = isForsaken
    this.#pausedUntil = Math.max(this.#pausedUntil, this.#world.agenda.now + micros)
    this.#world.agenda.after(micros, () => {
      if (!this.isPaused) this.resume()
    })
  }

  /** Its disk stands still for a while: no sync is done before. */
  stall(micros: Micros): void {
    this.#stalledUntil = Math.max(this.#stalledUntil, this.#world.agenda.now + micros)
  }

  /** A pause ends now. With leases the time that has passed must be known before anything else, as far as it matters. */
  resume(): void {
    this.#pausedUntil = -1
    const { readOnly, electionTick } = this.#world.setup.raft
    const missed = readOnly === 'lease-based' ? Math.min(this.#missed, electionTick) : 0
    this.#missed = 0
    for (let i = 0; i < missed; i++) this.tick()
    for (const takeIn of this.#inbox.splice(0)) takeIn()
    this.#wake()
  }

  tick(): void {
    if (this.isPaused) {
      this.#missed++
      return
    }
    this.#call((node) => {
      node.tick()
    })
  }

  /** A message has arrived. */
  receive(message: PeerMessage): void {
    const running = this.#running
    if (running === null) return
    if (this.isPaused) {
      if (!this.#isForsaken) this.#inbox.push(() => this.receive(message))
      return
    }
    this.#step(running, message)
  }

  /** The transport could not deliver. */
  unreachable(peer: NodeId): void {
    this.#call((raw) => {
      raw.reportUnreachable(peer)
    })
  }

  /** The transport says what became of a snapshot. */
  snapshotReport(peer: NodeId, outcome: 'finish' | 'failure'): void {
    this.#call((raw) => {
      raw.reportSnapshot(peer, outcome)
    })
  }

  /** A client wants a command done. The answer may come at once, later, or never. */
  command(client: number, serial: number, data: Uint8Array, reply: (answer: Answer) => void): Request {
    return this.#request(({ raw, applier }) => {
      const result = raw.propose(data)
      if (result.dropped !== undefined) {
        this.#world.reach(`proposal dropped: ${result.dropped}`)
        return 'refused'
      }
      if (result.forwarded !== undefined) this.#world.reach('proposal forwarded')
      const at: { index: LogIndex; term: Term } | null =
        result.forwarded === undefined ? { index: result.index, term: result.term } : null
      applier.awaitCommand(client, serial, at, reply)
      return 'taken'
    })
  }

  /** A client wants to read. */
  read(name: number, key: number, reply: (answer: Answer) => void): Request {
    return this.#request(({ raw, applier }) => {
      // First: with a lease the answer is there with the next Ready, but never before it.
      applier.awaitRead(name, key, reply)
      const result = raw.readIndex(contextBytes(name))
      if (result.dropped === undefined) return 'taken'
      this.#world.reach(`read dropped: ${result.dropped}`)
      applier.drop([contextBytes(name)])
      return 'refused'
    })
  }

  /** Somebody who runs the cluster wants something of this node. Answers whether it was asked. */
  ask(what: (raw: RawNode) => void): boolean {
    if (this.#running === null || this.isPaused) return false
    return this.#call(what)
  }

  /** Proposes a membership change. */
  change(change: ConfChangeProposal): void {
    this.#call((raw) => {
      // Who does without the core's validation has to see to it that one change is applied before the next is proposed.
      const { role, applied, lastIndex } = raw.status()
      if (this.#world.setup.raft.disableConfChangeValidation && (role !== 'leader' || applied < lastIndex))
        return
      const result = raw.proposeConfChange(change)
      if (result.refused !== undefined) this.#world.reach(`membership change refused: ${result.refused}`)
    })
  }

  #request(run: (running: Running) => Request): Request {
    const running = this.#running
    if (running === null) return 'refused'
    if (this.isPaused) {
      this.#world.reach('request waits for a process that stands still')
      this.#inbox.push(() => this.#request(run))
      return 'taken'
    }
    const result = this.#guarded(() => run(running))
    this.#wake()
    return result ?? 'refused'
  }

  #call(run: (raw: RawNode) => void): boolean {
    const { raw } = this.#running ?? {}
    if (raw === undefined) return false
    this.#guarded(() => {
      run(raw)
    })
    this.#wake()
    return true
  }

  #step({ raw }: Running, message: PeerMessage | StorageResponse): void {
    const { watcher } = this.#world
    watcher.received(this.id, message)
    this.#guarded(() => {
      try {
        raw.step(message)
      } catch (error) {
        if (!(error instanceof MessageError)) throw error
        watcher.handled(this.id, message, error.code)
        return
      }
      watcher.handled(this.id, message, null)
    })
    this.#wake()
  }

  #machineAtStart(): Machine {
    const { snapshot, firstIndex, lastIndex } = this.disk.seen
    const machine = Machine.restore(snapshot?.data ?? new Uint8Array())
    if (snapshot !== null) {
      machine.index = snapshot.index
      machine.term = snapshot.term
    }
    if (this.#savedMachine === null) return machine
    const saved = Machine.restore(this.#savedMachine)
    if (saved.index <= machine.index || saved.index < firstIndex - 1 || saved.index > lastIndex)
      return machine
    this.#world.reach('restart with what the state machine had applied')
    return saved
  }

  #newRaw(applied: LogIndex): RawNode {
    const { raft } = this.#world.setup
    const dice = this.#dice.fork('random', this.#lives)
    return new RawNode({
      ...raft,
      id: this.id,
      storage: this.disk,
      applied,
      random: () => dice.next() / 0x1_0000_0000,
      trace: (event) => {
        this.#world.watcher.traced(event)
      },
      priority: this.#world.setup.priorities[this.id - 1] ?? 0,
      invariants: true,
    })
  }

  #newLife(raw: RawNode, applier: Applier): Life {
    const lives = this.#lives
    const dice = this.#dice.fork('life', lives)
    const world = this.#world
    const isOver = (): boolean => this.#lives !== lives
    const mayDie = (where: CrashSite): boolean => {
      if (!world.faults.hits('crashInLoop', dice, this.id, lives)) return false
      world.reach(`crash ${where}`)
      this.crash()
      world.revive(this.id)
      return true
    }
    return {
      id: this.id,
      number: lives,
      raw,
      disk: this.disk,
      applier,
      dice,
      world,
      isOver,
      mayDie,
      stalled: () => Math.max(0, this.#stalledUntil - world.agenda.now),
      later: (micros, run) => {
        const slowed = Math.max(micros, Math.min(micros * this.slowness, slowest))
        world.agenda.after(slowed, () => {
          this.#runLater(lives, run)
        })
      },
      send: (messages) => {
        for (const message of messages) {
          if (isOver()) return
          world.watcher.sent(this.id, message)
          world.send(message, this.id)
          if (messages.length > 1 && mayDie('in the middle of sending')) return
        }
      },
      step: (response) => {
        if (this.#running !== null && !isOver()) this.#step(this.#running, response)
      },
      wake: () => {
        if (!isOver()) this.#wake()
      },
    }
  }

  /** What was to happen later waits for a paused process to go on. */
  #runLater(lives: number, run: () => void): void {
    if (this.#lives !== lives) return
    const rest = this.#pausedUntil - this.#world.agenda.now
    if (rest > 0)
      this.#world.agenda.after(rest, () => {
        this.#runLater(lives, run)
      })
    else this.#guarded(run)
  }

  #wake(): void {
    const running = this.#running
    if (running === null || this.#isAwake) return
    this.#isAwake = true
    const lives = this.#lives
    this.#world.agenda.after(20 * this.slowness, () => {
      if (this.#lives !== lives) return
      this.#isAwake = false
      if (!this.isPaused)
        this.#guarded(() => {
          running.loop.work()
        })
    })
  }

  /** A disk that fails is the end of the process. Any other error must not be. */
  #guarded<T>(run: () => T): T | undefined {
    try {
      return run()
    } catch (error) {
      const isDisk =
        error instanceof DiskError || (error instanceof StorageError && error.cause instanceof DiskError)
      if (isDisk) {
        this.#world.reach('stopped by its disk')
        this.crash()
        this.#world.revive(this.id)
        return undefined
      }
      // What the watcher found in the middle of a call comes out as the failure of the trace function.
      if (error instanceof InvariantError && error.cause instanceof Violation) throw error.cause
      if (error instanceof InvariantError) return this.#world.violated('core', error.message)
      if (error instanceof LogLostError) return this.#world.violated('I19', error.message)
      throw error
    }
  }
}
