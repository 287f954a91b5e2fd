/** The questions to one peer that wait for an answer. */

import type { NodeId } from '../../core/types.ts'
import { describeValue } from '../../core/errors.ts'
import { noAnswer, type TransportError } from './transport-error.ts'

interface Question {
  readonly resolve: (answer: Uint8Array) => void
  readonly reject: (error: Error) => void
}

const fixUnknown = 'It is not known whether it was acted on: ask in a way that may be repeated'

export class Questions {
  readonly #peer: NodeId
  readonly #timeout: number
  readonly #waiting = new Map<number, Question>()
  #last = 0

  /** @param timeout - in milliseconds */
  constructor(peer: NodeId, timeout: number) {
    this.#peer = peer
    this.#timeout = timeout
  }

  get size(): number {
    return this.#waiting.size
  }

  /** Sends a question by `send`, which gets it with its number in front and says whether it was taken. */
  ask(
    question: Uint8Array,
    signal: AbortSignal | undefined,
    send: (payload: Uint8Array) => boolean,
  ): Promise<Uint8Array> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted === true) return reject(asError(signal.reason))
      const number = this.#nextNumber()
      const payload = Buffer.allocUnsafe(4 + question.length)
      payload.writeUInt32LE(number, 0)
      payload.set(question, 4)
      if (!send(payload))
        return reject(
          noAnswer(
            `Node ${this.#peer} cannot be reached now, so the question was not sent`,
            'Ask again later, or another node',
            false,
          ),
        )
      const settle = (): void => {
        this.#waiting.delete(number)
        clearTimeout(timer)
        signal?.removeEventListener('abort', abort)
      }
      const fail = (error: Error): void => {
        settle()
        reject(error)
      }
      const abort = (): void => fail(asError(signal?.reason))
      const timer = setTimeout(() => {
        fail(noAnswer(`Node ${this.#peer} has not answered within ${this.#timeout} ms`, fixUnknown, true))
      }, this.#timeout)
      signal?.addEventListener('abort', abort, { once: true })
      const answered = (answer: Uint8Array): void => {
        settle()
        resolve(answer)
      }
      this.#waiting.set(number, { resolve: answered, reject: fail })
    })
  }

  /** An answer came: u32 number, u8 status, bytes. One that nobody waits for any more is dropped. */
  answered(payload: Buffer): void {
    if (payload.length < 5) return
    const question = this.#waiting.get(payload.readUInt32LE(0))
    if (question === undefined) return
    if (payload[4] === 0) return question.resolve(payload.subarray(5))
    question.reject(noAnswer(`Node ${this.#peer} has no answer`, fixUnknown, true))
  }

  /** There will be no more answers to what has been asked. */
  failAll(cause: TransportError, mayHaveArrived: boolean): void {
    // Each takes itself out.
    for (const question of this.#waiting.values())
      question.reject(
        noAnswer(
          `Node ${this.#peer} has not answered: ${cause.message}`,
          mayHaveArrived ? fixUnknown : 'It was not sent: ask again later, or another node',
          mayHaveArrived,
        ),
      )
  }

  #nextNumber(): number {
    do this.#last = (this.#last + 1) % 2 ** 32
    while (this.#waiting.has(this.#last))
    return this.#last
  }
}

function asError(reason: unknown): Error {
  if (reason instanceof Error) return reason
  return noAnswer(`It was given up: ${describeValue(reason)}`, fixUnknown, true)
}
