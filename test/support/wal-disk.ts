/** A disk in memory for the log: it counts calls, fails one, loses the power, and says what might be left then. */

import type { FileCall, FileSystem } from 'quorate/wal'

const sectorSize = 512

/** The power fails: nothing reaches the disk any more. */
export class PowerCut extends Error {
  override readonly name = 'PowerCut'
}

/** An error as the operating system throws it. */
export function systemError(code: string): NodeJS.ErrnoException {
  return Object.assign(new Error(`${code}: injected`), { code })
}

/** The content of one file. */
class Content {
  bytes: Uint8Array
  size: number

  constructor(bytes: Uint8Array = new Uint8Array()) {
    this.bytes = bytes
    this.size = bytes.length
  }

  write(position: number, bytes: Uint8Array): void {
    const end = position + bytes.length
    if (end > this.bytes.length) {
      const larger = new Uint8Array(Math.max(end, 2 * this.bytes.length))
      larger.set(this.bytes.subarray(0, this.size))
      this.bytes = larger
    }
    this.bytes.set(bytes, position)
    this.size = Math.max(this.size, end)
  }

  copy(): Content {
    return new Content(this.bytes.slice(0, this.size))
  }
}

/** What is not durable yet. */
export type Pending =
  | { readonly kind: 'write'; readonly inode: number; readonly position: number; readonly bytes: Uint8Array }
  | { readonly kind: 'names'; readonly set: readonly (readonly [path: string, inode: number | null])[] }

/** What survives of what is not durable: of a write, which of its sectors. */
export type Survival = (pending: Pending, at: number) => boolean | ((sector: number) => boolean)

/** Names of files, and what is in them. */
interface Files {
  readonly names: Map<string, number>
  readonly contents: Map<number, Content>
}

const changing: ReadonlySet<FileCall['op']> = new Set([
  'open',
  'write',
  'syncData',
  'sync',
  'rename',
  'remove',
  'syncDirectory',
])

/** Files in memory. */
export class WalDisk implements FileSystem {
  /** What a process sees. */
  #seen: Files = { names: new Map(), contents: new Map() }
  /** What a power cut leaves at least. */
  #durable: Files = { names: new Map(), contents: new Map() }
  pending: Pending[] = []
  readonly #handles = new Map<number, { readonly inode: number; readonly path: string }>()
  #nextHandle = 1
  #nextInode = 1
  #isLocked = false
  /** How many calls that change something may still be made before the power fails. */
  budget = Infinity
  /** Asked before each call: throws, or answers how many bytes of a write are taken. */
  fault: (call: FileCall) => number | undefined = () => undefined
  /** Told of each call that changes something, when it is made. */
  record: (call: FileCall) => void = () => {}
  /** How many are made, by name. */
  readonly counts = new Map<string, number>()

  lock(): () => void {
    if (this.#isLocked) throw new Error('the disk is in use')
    this.#isLocked = true
    return () => {
      this.#isLocked = false
    }
  }

  start(call: FileCall, done: (error: unknown, answer: unknown) => void): void {
    setImmediate(() => {
      let answer: unknown
      try {
        answer = this.run(call)
      } catch (error) {
        done(error, undefined)
        return
      }
      done(null, answer)
    })
  }

  run(call: FileCall): unknown {
    const limit = this.fault(call)
    const isChanging = changing.has(call.op) && !(call.op === 'open' && call.how === 'read')
    if (isChanging) {
      if (this.budget <= 0) throw new PowerCut('the power fails')
      this.budget--
      this.record(call)
    }
    this.counts.set(call.op, (this.counts.get(call.op) ?? 0) + 1)
    return this.#do(call, limit)
  }

  /** The disk as another process finds it after a power cut. */
  afterPowerCut(survives: Survival = () => false): WalDisk {
    const next = new WalDisk()
    const names = new Map(this.#durable.names)
    const contents = new Map([...this.#durable.contents].map(([inode, content]) => [inode, content.copy()]))
    for (const [at, pending] of this.pending.entries())
      survive(pending, survives(pending, at), names, contents)
    for (const inode of names.values()) if (!contents.has(inode)) contents.set(inode, new Content())
    next.#adopt({ names, contents }, this.#nextInode)
    return next
  }

  /** The disk as another process finds it after the one that has used it was killed. */
  afterKill(): WalDisk {
    return this.afterPowerCut(() => true)
  }

  /**
   * The disk as another process finds it if a sync has failed: what was to be synced is counted as clean. It can be read as long as
   * the machine runs, and is never written.
   */
  afterFailedSync(): WalDisk {
    const next = this.afterPowerCut()
    next.#seen = {
      names: new Map(this.#seen.names),
      contents: new Map([...this.#seen.contents].map(([inode, content]) => [inode, content.copy()])),
    }
    return next
  }

  /** The files by their names, without the directory. */
  files(): Map<string, Uint8Array> {
    return new Map(
      [...this.#seen.names].map(([path, inode]) => {
        const content = this.#contentOf(inode)
        return [path.slice(path.lastIndexOf('/') + 1), content.bytes.subarray(0, content.size)] as const
      }),
    )
  }

  /** A disk with these files, durable. */
  static of(files: ReadonlyMap<string, Uint8Array>, directory = '/wal'): WalDisk {
    const disk = new WalDisk()
    const names = new Map<string, number>()
    const contents = new Map<number, Content>()
    let inode = 1
    for (const [name, bytes] of files) {
      names.set(`${directory}/${name}`, inode)
      contents.set(inode++, new Content(bytes.slice()))
    }
    disk.#adopt({ names, contents }, inode)
    return disk
  }

  #adopt(files: Files, nextInode: number): void {
    this.#durable = files
    this.#seen = {
      names: new Map(files.names),
      contents: new Map([...files.contents].map(([inode, content]) => [inode, content.copy()])),
    }
    this.#nextInode = nextInode
  }

  #do(call: FileCall, limit: number | undefined): unknown {
    switch (call.op) {
      case 'makeDirectory':
        return undefined
      case 'list':
        return [...this.#seen.names.keys()]
          .filter((path) => path.startsWith(`${call.path}/`))
          .map((path) => path.slice(call.path.length + 1))
      case 'readFile': {
        const content = this.#contentOf(this.#inodeOf(call.path))
        return content.bytes.slice(0, content.size)
      }
      case 'size':
        return this.#contentOf(this.#inodeOf(call.path)).size
      case 'open':
        return this.#open(call.path, call.how)
      case 'read': {
        const { bytes, size } = this.#fileOf(call.file)
        const part = bytes.subarray(call.position, Math.min(size, call.position + call.into.length))
        call.into.set(part)
        return part.length
      }
      case 'write':
        return this.#write(call.file, call.position, call.bytes.slice(0, limit ?? call.bytes.length))
      case 'syncData':
      case 'sync':
        this.#sync((this.#handles.get(call.file) as { inode: number }).inode)
        return undefined
      case 'close':
        this.#handles.delete(call.file)
        return undefined
      case 'rename':
        this.#name([
          [call.from, null],
          [call.to, this.#inodeOf(call.from)],
        ])
        return undefined
      case 'remove':
        this.#inodeOf(call.path)
        this.#name([[call.path, null]])
        return undefined
      case 'syncDirectory':
        for (const { set } of this.#take('names'))
          for (const [path, inode] of set) setName(this.#durable.names, path, inode)
        return undefined
    }
  }

  #open(path: string, how: 'create' | 'read'): number {
    let inode: number
    if (how === 'read') inode = this.#inodeOf(path)
    else {
      inode = this.#nextInode++
      this.#seen.contents.set(inode, new Content())
      this.#name([[path, inode]])
    }
    this.#handles.set(this.#nextHandle, { inode, path })
    return this.#nextHandle++
  }

  #write(file: number, position: number, bytes: Uint8Array): number {
    const { inode } = this.#handles.get(file) as { inode: number }
    this.#contentOf(inode).write(position, bytes)
    this.pending.push({ kind: 'write', inode, position, bytes })
    return bytes.length
  }

  #sync(inode: number): void {
    const content = this.#durable.contents.get(inode) ?? new Content()
    this.#durable.contents.set(inode, content)
    const kept: Pending[] = []
    for (const pending of this.pending) {
      if (pending.kind === 'write' && pending.inode === inode) content.write(pending.position, pending.bytes)
      else kept.push(pending)
    }
    this.pending = kept
  }

  #name(set: readonly (readonly [path: string, inode: number | null])[]): void {
    for (const [path, inode] of set) setName(this.#seen.names, path, inode)
    this.pending.push({ kind: 'names', set })
  }

  #take<Kind extends Pending['kind']>(kind: Kind): (Pending & { kind: Kind })[] {
    const taken = this.pending.filter((pending) => pending.kind === kind)
    this.pending = this.pending.filter((pending) => pending.kind !== kind)
    return taken as (Pending & { kind: Kind })[]
  }

  #inodeOf(path: string): number {
    const inode = this.#seen.names.get(path)
    if (inode === undefined) throw systemError('ENOENT')
    return inode
  }

  #contentOf(inode: number): Content {
    return this.#seen.contents.get(inode) as Content
  }

  #fileOf(file: number): Content {
    return this.#contentOf((this.#handles.get(file) as { inode: number }).inode)
  }
}

function setName(names: Map<string, number>, path: string, inode: number | null): void {
  if (inode === null) names.delete(path)
  else names.set(path, inode)
}

function survive(
  pending: Pending,
  survival: boolean | ((sector: number) => boolean),
  names: Map<string, number>,
  contents: Map<number, Content>,
): void {
  if (survival === false) return
  if (pending.kind === 'names') {
    for (const [path, inode] of pending.set) setName(names, path, inode)
    return
  }
  const content = contents.get(pending.inode) ?? new Content()
  contents.set(pending.inode, content)
  if (survival === true) return content.write(pending.position, pending.bytes)
  for (const [sector, from, to] of sectorsOf(pending)) {
    // A file may have grown by a write whose bytes did not arrive: zeros.
    if (survival(sector)) content.write(pending.position + from, pending.bytes.subarray(from, to))
    else if (pending.position + to > content.size) content.write(pending.position + to, new Uint8Array())
  }
}

/** The parts of a write that a disk takes in one piece: number, beginning and end. */
export function sectorsOf({ position, bytes }: Pending & { kind: 'write' }): [number, number, number][] {
  const parts: [number, number, number][] = []
  for (let from = 0; from < bytes.length;) {
    const to = Math.min(
      bytes.length,
      (Math.floor((position + from) / sectorSize) + 1) * sectorSize - position,
    )
    parts.push([parts.length, from, to])
    from = to
  }
  return parts
}
