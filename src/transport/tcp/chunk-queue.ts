/** Bytes from one who pushes to one who pulls. It says when there are too many, and when there is room again. */

/** Between these two, in bytes. */
const full = 1024 * 1024
const roomy = 256 * 1024

export class ChunkQueue implements AsyncIterable<Uint8Array> {
  readonly #onRoom: () => void
  #chunks: Uint8Array[] = []
  #bytes = 0
  #isFull = false
  #isDone = false
  /** Nobody pulls any more: what still comes is thrown away. */
  #isLeft = false
  #error: Error | null = null
  #wake: (() => void) | null = null

  /** @param onRoom - called when there is room again, after `push` has said that there is none */
  constructor(onRoom: () => void) {
    this.#onRoom = onRoom
  }

  /** Adds bytes; `false` if no more should come for now. */
  push(chunk: Uint8Array): boolean {
    if (this.#isLeft) return true
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
    this.#isFull = this.#bytes >= full
    this.#wake?.()
    return !this.#isFull
  }

  /** That was all. */
  end(): void {
    this.#isDone = true
    this.#wake?.()
  }

  /** There will be no more, though it was not all. */
  fail(error: Error): void {
    this.#error ??= error
    this.#chunks = []
    this.#wake?.()
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<Uint8Array, void, undefined> {
    try {
      for (;;) {
        if (this.#error !== null) throw this.#error
        const chunk = this.#chunks.shift()
        if (chunk !== undefined) {
          this.#take(chunk)
          yield chunk
        } else if (this.#isDone) return
        else await this.#more()
      }
    } finally {
      this.#isLeft = true
      this.#chunks = []
      this.#makeRoom()
    }
  }

  #take(chunk: Uint8Array): void {
    this.#bytes -= chunk.length
    if (this.#bytes <= roomy) this.#makeRoom()
  }

  #makeRoom(): void {
    if (!this.#isFull) return
    this.#isFull = false
    this.#onRoom()
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = () => {
        this.#wake = null
        resolve()
      }
    })
  }
}
