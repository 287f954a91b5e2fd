/**
 * One writer for a directory. Node has no locks of the operating system, so a file says who the writer is: `LOCK.1`, and
 * `LOCK.2` of whoever took it over from a process that is gone, and so on. To make the next one is a single step that only
 * one of many can do; whoever did it looks around once more before it believes it.
 */

import fs from 'node:fs'
import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { describeCause } from '../../core/errors.ts'
import { WalError } from './wal-error.ts'

interface Holder {
  readonly host: string
  readonly pid: number
  /** When the process began, in the words of the system: a number that was given out again is told apart. */
  readonly started: string | null
  readonly token: string
}

const pattern = /^LOCK\.(\d+)$/

/**
 * Makes this process the only writer of the directory, which must be there.
 * @returns what gives it back
 * @throws WalError `ERR_WAL_LOCKED` if somebody else is, or may be
 */
export function lockDirectory(directory: string): () => void {
  const stale = locksIn(directory)
  for (const number of stale) refuseIfHeld(directory, number)
  const mine: Holder = {
    host: hostname(),
    pid: process.pid,
    started: startOf(process.pid),
    token: randomUUID(),
  }
  const number = Math.max(0, ...stale) + 1
  const path = pathOf(directory, number)
  publish(directory, path, mine)
  try {
    for (const other of locksIn(directory)) if (other !== number) refuseIfHeld(directory, other)
    for (const old of stale) fs.rmSync(pathOf(directory, old), { force: true })
  } catch (error) {
    fs.rmSync(path, { force: true })
    throw error
  }
  return () => {
    if (read(path)?.token === mine.token) fs.rmSync(path, { force: true })
  }
}

function pathOf(directory: string, number: number): string {
  return `${directory}/LOCK.${number}`
}

function locksIn(directory: string): number[] {
  return fs.readdirSync(directory).flatMap((name) => {
    const number = pattern.exec(name)?.[1]
    return number === undefined ? [] : [Number(number)]
  })
}

/** The file is there with its content or not at all. */
function publish(directory: string, path: string, holder: Holder): void {
  const temporary = `${directory}/LOCK-${holder.token}.tmp`
  fs.writeFileSync(temporary, JSON.stringify(holder))
  try {
    fs.linkSync(temporary, path)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST')
      throw new WalError('ERR_WAL_LOCKED', 'Another process is just taking the directory over', {
        file: path,
      })
    // A file system without links: then a file that cannot be read is one that is being written.
    fs.writeFileSync(path, JSON.stringify(holder), { flag: 'wx' })
  } finally {
    fs.rmSync(temporary, { force: true })
  }
}

function read(path: string): Holder | null {
  let text: string
  try {
    text = fs.readFileSync(path, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null
    throw error
  }
  const holder = JSON.parse(text) as Partial<Holder> | null
  if (
    typeof holder?.host !== 'string' ||
    !Number.isSafeInteger(holder.pid) ||
    typeof holder.token !== 'string'
  )
    throw new Error('it does not say who holds the directory')
  return holder as Holder
}

function refuseIfHeld(directory: string, number: number): void {
  const file = pathOf(directory, number)
  let holder: Holder | null
  try {
    holder = read(file)
  } catch (error) {
    const what = `The directory is locked by somebody unknown: ${describeCause(error)}`
    throw new WalError('ERR_WAL_LOCKED', what, { file }, error)
  }
  if (holder === null || isGone(holder)) return
  const who =
    holder.host === hostname()
      ? `process ${holder.pid}`
      : `process ${holder.pid} of the host ${holder.host}; if that host is gone for good, remove the file`
  throw new WalError('ERR_WAL_LOCKED', `The directory is open in ${who}`, { file })
}

/** Of another host nothing can be known: its process counts as alive. */
function isGone({ host, pid, started }: Holder): boolean {
  if (host !== hostname()) return false
  try {
    process.kill(pid, 0)
  } catch (error) {
    // EPERM: it is there, and somebody else's.
    return (error as NodeJS.ErrnoException).code === 'ESRCH'
  }
  const now = startOf(pid)
  return started !== null && now !== null && started !== now
}

/** The boot, and field 22 of its line in /proc: when it began, counted from that boot. `null` where there is no /proc. */
function startOf(pid: number): string | null {
  try {
    const line = fs.readFileSync(`/proc/${pid}/stat`, 'utf8')
    const boot = fs.readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()
    const fields = line.slice(line.lastIndexOf(')') + 2).split(' ')
    // A process that has died and was not waited for has a number still, and no files.
    return fields[0] === 'Z' ? `${boot}/dead` : `${boot}/${fields[19]}`
  } catch {
    return null
  }
}
