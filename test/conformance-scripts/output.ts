/** What a command has printed so far. */

import { CommandError } from './args.ts'

const levels = ['DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL', 'NONE'] as const
type Level = (typeof levels)[number]

/** The output of an interaction. This library has no logger, hence of its levels only NONE matters: it silences everything. */
export class Output {
  #level: Level = 'DEBUG'
  #text = ''

  get text(): string {
    return this.#text
  }

  get quiet(): boolean {
    return this.#level === 'NONE'
  }

  clear(): void {
    this.#text = ''
  }

  /** Sets the level by its name, in whatever case, and answers how to go back to the one before. */
  setLevel(name: string): () => void {
    const before = this.#level
    const level = levels.find((known) => known === name.toUpperCase())
    if (level === undefined) throw new CommandError(`log levels must be either of [${levels.join(' ')}]`)
    this.#level = level
    return () => {
      this.#level = before
    }
  }

  write(text: string): void {
    if (!this.quiet) this.#text += text
  }

  /** Whatever `body` prints comes out two spaces further to the right, line by line. */
  indented(body: () => void): void {
    const before = this.#text
    this.#text = ''
    try {
      body()
    } finally {
      const inner = this.#text.replace(/\n$/, '')
      const lines = this.#text === '' ? [] : inner.split('\n')
      this.#text = before + lines.map((line) => `  ${line}\n`).join('')
    }
  }
}
