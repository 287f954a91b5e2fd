/** The file system of the machine. */

import fs from 'node:fs'
import type { FileCall, FileSystem } from './file-system.ts'
import { lockDirectory } from './lock.ts'

type Done = (error: unknown, answer?: unknown) => void

/** The files of this machine, through `node:fs`. */
export const nodeFileSystem: FileSystem = { run, start, lock: lockDirectory }

const modes = { create: 'w+', read: 'r' } as const
// Windows cannot open a directory as a file; there a name is durable with the file.
const canSyncDirectory = process.platform !== 'win32'

function run(call: FileCall): unknown {
  switch (call.op) {
    case 'makeDirectory':
      fs.mkdirSync(call.path, { recursive: true })
      return undefined
    case 'list':
      return fs.readdirSync(call.path)
    case 'readFile':
      return fs.readFileSync(call.path)
    case 'size':
      return fs.statSync(call.path).size
    case 'open':
      return fs.openSync(call.path, modes[call.how])
    case 'read':
      return fs.readSync(call.file, call.into, 0, call.into.length, call.position)
    case 'write':
      return fs.writeSync(call.file, call.bytes, 0, call.bytes.length, call.position)
    case 'syncData':
      fs.fdatasyncSync(call.file)
      return undefined
    case 'sync':
      fs.fsyncSync(call.file)
      return undefined
    case 'close':
      fs.closeSync(call.file)
      return undefined
    case 'rename':
      fs.renameSync(call.from, call.to)
      return undefined
    case 'remove':
      fs.unlinkSync(call.path)
      return undefined
    case 'syncDirectory':
      syncDirectory(call.path)
      return undefined
  }
}

function syncDirectory(path: string): void {
  if (!canSyncDirectory) return
  const directory = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(directory)
  } finally {
    fs.closeSync(directory)
  }
}

function start(call: FileCall, done: Done): void {
  switch (call.op) {
    case 'makeDirectory':
      fs.mkdir(call.path, { recursive: true }, done)
      return
    case 'list':
      fs.readdir(call.path, done)
      return
    case 'readFile':
      fs.readFile(call.path, done)
      return
    case 'size':
      fs.stat(call.path, (error, stats) => {
        done(error, error === null ? stats.size : undefined)
      })
      return
    case 'open':
      fs.open(call.path, modes[call.how], done)
      return
    case 'read':
      fs.read(call.file, call.into, 0, call.into.length, call.position, done)
      return
    case 'write':
      fs.write(call.file, call.bytes, 0, call.bytes.length, call.position, done)
      return
    case 'syncData':
      fs.fdatasync(call.file, done)
      return
    case 'sync':
      fs.fsync(call.file, done)
      return
    case 'close':
      fs.close(call.file, done)
      return
    case 'rename':
      fs.rename(call.from, call.to, done)
      return
    case 'remove':
      fs.unlink(call.path, done)
      return
    case 'syncDirectory':
      startSyncDirectory(call.path, done)
  }
}

function startSyncDirectory(path: string, done: Done): void {
  if (!canSyncDirectory) {
    setImmediate(done, null)
    return
  }
  fs.open(path, 'r', (failed, directory) => {
    if (failed !== null) {
      done(failed)
      return
    }
    fs.fsync(directory, (unsynced) => {
      fs.close(directory, (unclosed) => {
        done(unsynced ?? unclosed)
      })
    })
  })
}
