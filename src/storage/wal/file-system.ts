/**
 * All that the log asks of a file system, as data: so that one and the same code runs synchronously and asynchronously, and a
 * test can count the calls, fail one of them, or cut the power between two.
 */

import { WalError } from './wal-error.ts'

/** An open file: a number of the file system. */
export type FileHandle = number

/** One call. What it answers is said behind it; it throws what the operating system says. */
export type FileCall =
  /** Nothing; parents are made too, and one that is there is fine. */
  | { readonly op: 'makeDirectory'; readonly path: string }
  /** The names in it, as `string[]`. */
  | { readonly op: 'list'; readonly path: string }
  /** The whole file, as a `Uint8Array` that is the caller's. */
  | { readonly op: 'readFile'; readonly path: string }
  /** Its size in bytes. */
  | { readonly op: 'size'; readonly path: string }
  /** A {@link FileHandle}. `create` makes it anew, empty, for writing; `read` must find it. */
  | { readonly op: 'open'; readonly path: string; readonly how: 'create' | 'read' }
  /** How many bytes were read; fewer than there is room for only at the end of the file. */
  | { readonly op: 'read'; readonly file: FileHandle; readonly into: Uint8Array; readonly position: number }
  /** How many bytes were written. They may be fewer than were asked for, without an error. */
  | { readonly op: 'write'; readonly file: FileHandle; readonly bytes: Uint8Array; readonly position: number }
  /** Nothing, when the content is durable, and the size as far as it is needed to read it. */
  | { readonly op: 'syncData'; readonly file: FileHandle }
  /** Nothing, when content and attributes are durable. */
  | { readonly op: 'sync'; readonly file: FileHandle }
  | { readonly op: 'close'; readonly file: FileHandle }
  /** Nothing; what was at `to` is replaced, in one step. */
  | { readonly op: 'rename'; readonly from: string; readonly to: string }
  | { readonly op: 'remove'; readonly path: string }
  /** Nothing, when what was made, renamed and removed in it is durable. */
  | { readonly op: 'syncDirectory'; readonly path: string }

/** The seam between the log and the disk. */
export interface FileSystem {
  /** Makes a call, and waits. */
  run(call: FileCall): unknown
  /** Makes a call and does not wait: `done` is called once, later, with the error or the answer. */
  start(call: FileCall, done: (error: unknown, answer: unknown) => void): void
  /**
   * Makes this the only storage that has the directory open, until the function that it answers is called.
   * @throws WalError `ERR_WAL_LOCKED` if another one has
   */
  lock(directory: string): () => void
}

/** Code that makes calls: it yields each and gets its answer back. */
export type Steps<Result = void> = Generator<FileCall, Result, unknown>

/** Runs it to its end, synchronously. */
export function runSteps<Result>(system: FileSystem, steps: Steps<Result>): Result {
  let next = steps.next()
  while (next.done !== true) {
    let answer: unknown
    try {
      answer = system.run(next.value)
    } catch (error) {
      next = steps.throw(error)
      continue
    }
    next = steps.next(answer)
  }
  return next.value
}

/** Runs it without holding up the thread: between two calls others get their turn. */
export function startSteps<Result>(system: FileSystem, steps: Steps<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    const go = (next: IteratorResult<FileCall, Result>): void => {
      if (next.done === true) {
        resolve(next.value)
        return
      }
      system.start(next.value, (error, answer) => {
        advance(() => (error === null || error === undefined ? steps.next(answer) : steps.throw(error)))
      })
    }
    const advance = (step: () => IteratorResult<FileCall, Result>): void => {
      try {
        go(step())
      } catch (error) {
        reject(error instanceof Error ? error : new Error('a call has failed', { cause: error }))
      }
    }
    advance(() => steps.next())
  })
}

/** The bytes of a file. */
export function* readFile(path: string): Steps<Uint8Array> {
  return (yield { op: 'readFile', path }) as Uint8Array
}

/** What is in a directory. */
export function* list(path: string): Steps<readonly string[]> {
  return (yield { op: 'list', path }) as readonly string[]
}

/** Writes all of it. A short count is no error of the operating system's: what is missing is asked for again until it says why. */
export function* writeAll(file: FileHandle, bytes: Uint8Array, position: number): Steps {
  let done = 0
  while (done < bytes.length) {
    const rest = done === 0 ? bytes : bytes.subarray(done)
    const count = (yield { op: 'write', file, bytes: rest, position: position + done }) as number
    if (!(count > 0))
      throw new Error(`the file system has written ${count} of ${rest.length} bytes, and says no reason`)
    done += count
  }
}

const zeros = new Uint8Array(2 ** 20)

/** Writes zeros from `from` to `to`: space that is written is space that is there, and a hole is none. */
export function* writeZeros(file: FileHandle, from: number, to: number): Steps {
  for (let at = from; at < to; at += zeros.length)
    yield* writeAll(file, zeros.subarray(0, Math.min(zeros.length, to - at)), at)
}

/** Makes a file, empty. */
export function* create(path: string): Steps<FileHandle> {
  try {
    return (yield { op: 'open', path, how: 'create' }) as FileHandle
  } catch (error) {
    throw asFull(error, path)
  }
}

/** Puts a file in its place, complete and durable: under another name first. `fill` writes it. */
export function* writeFile(directory: string, name: string, fill: (file: FileHandle) => Steps): Steps {
  const temporary = `${directory}/${name}.tmp`
  const file = yield* create(temporary)
  try {
    yield* fill(file)
    yield { op: 'sync', file }
  } catch (error) {
    yield* abandon(file, temporary)
    throw asFull(error, temporary)
  }
  yield { op: 'close', file }
  yield { op: 'rename', from: temporary, to: `${directory}/${name}` }
  yield { op: 'syncDirectory', path: directory }
}

/** Gives up a file that was not finished. That this fails too is no news. */
export function* abandon(file: FileHandle, path: string): Steps {
  try {
    yield { op: 'close', file }
    yield { op: 'remove', path }
  } catch {
    // What is left of it is removed when the directory is opened again.
  }
}

/** The error, or that there is no room: then nothing is broken. For files that nobody knows of yet, and nothing else. */
export function asFull(error: unknown, file: string): unknown {
  const code = (error as { code?: unknown } | null)?.code
  if (code !== 'ENOSPC' && code !== 'EDQUOT') return error
  return new WalError('ERR_WAL_FULL', 'There is no room on the disk', { file }, error)
}
