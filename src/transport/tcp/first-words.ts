/** Reads the words that a connection begins with, and hands the socket over as it was, with what came behind them. */

import type { Socket } from 'node:net'
import { handshakeSize } from './handshake.ts'
import { connectionError } from './transport-error.ts'

/** Calls one of the two, once. The socket is paused then, and is listened to no more. */
export function readFirstWords(
  socket: Socket,
  done: (words: Buffer, rest: Buffer) => void,
  fail: (error: Error) => void,
): void {
  let held: Buffer = Buffer.alloc(0)
  const leave = (): void => {
    socket.off('data', take).off('error', failed).off('close', closed)
    // Until somebody else listens: an error that nobody hears would end the process.
    socket.on('error', () => {})
    socket.pause()
  }
  const failed = (error: Error): void => {
    leave()
    fail(error)
  }
  const closed = (): void => {
    failed(
      connectionError(
        'The connection was closed before a handshake',
        'See whether the other node says why: it may speak TLS, have no certificate of this cluster, or be about to stop',
      ),
    )
  }
  const take = (chunk: Buffer): void => {
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk])
    let size = 0
    try {
      size = handshakeSize(held)
    } catch (error) {
      return failed(error as Error)
    }
    if (size === 0 || held.length < size) return
    leave()
    done(held.subarray(0, size), held.subarray(size))
  }
  socket.on('data', take).on('error', failed).on('close', closed)
}
