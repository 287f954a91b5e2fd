/** The reference: builds it, and asks it what it makes of a script. */

import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

import { type Answer, parseLine } from './answer.ts'
import { render, type Script } from './script.ts'

/** There is no reference to be had. */
export class NoReference extends Error {
  override readonly name = 'NoReference'
}

/** The program that replays scripts, in a directory of its own. */
export interface Program {
  readonly path: string
  remove(): void
}

const source = join(dirname(fileURLToPath(import.meta.url)), 'reference')
const needed = 'the differential run needs Go 1.26 or newer on the PATH: https://go.dev'

/** Builds the reference into a temporary directory. Throws {@link NoReference}. */
export function buildReference(): Program {
  const version = spawnSync('go', ['version'], { cwd: source, encoding: 'utf8' })
  if (version.error !== undefined) throw new NoReference(`There is no Go here; ${needed}`)
  if (version.status !== 0) throw new NoReference(`go version failed; ${needed}\n${version.stderr}`)
  const dir = mkdtempSync(join(tmpdir(), 'quorate-reference-'))
  const path = join(dir, process.platform === 'win32' ? 'reference.exe' : 'reference')
  const remove = (): void => rmSync(dir, { recursive: true, force: true })
  const built = spawnSync('go', ['test', '-c', '-mod=readonly', '-o', path, '.'], {
    cwd: source,
    encoding: 'utf8',
  })
  if (built.status === 0) return { path, remove }
  remove()
  const said = `${built.stdout}${built.stderr}`.trim()
  throw new NoReference(
    `The reference cannot be built: is the module go.etcd.io/raft/v3 to be had? (${version.stdout.trim()})\n${said}`,
  )
}

/** A script that waits for its answer. */
interface Question {
  readonly script: Script
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: Error) => void
}

/** A process that answers one script after the other. */
export class Reference {
  readonly #command: readonly [string, ...string[]]
  #child: ChildProcess | null = null
  readonly #questions: Question[] = []
  #stderr = ''
  #closing = false

  /** @param command - the program and its arguments */
  constructor(command: readonly [string, ...string[]]) {
    this.#command = command
  }

  /** The reference's program, as {@link buildReference} has made it. */
  static of({ path }: Program): Reference {
    return new Reference([path, '-test.run=^TestServe$', '-test.timeout=0'])
  }

  /** What the reference makes of a script. Several may be asked at once; they are answered in order. */
  replay(script: Script): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const question: Question = { script, resolve, reject }
      this.#questions.push(question)
      if (this.#child === null) this.#start()
      else this.#ask(question)
    })
  }

  /** Ends the process. */
  close(): void {
    this.#closing = true
    this.#child?.stdin?.end()
    this.#child?.kill()
  }

  #start(): void {
    const [program, ...args] = this.#command
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] })
    this.#child = child
    this.#stderr = ''
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-4000)
    })
    // A process that has ended takes nothing more; that it has is told by its end.
    child.stdin.on('error', () => {})
    child.on('error', (error) => this.#fail(child, `cannot be started: ${error.message}`))
    let goodbye = false
    createInterface({ input: child.stdout })
      .on('line', (text) => {
        const line = parseLine(text)
        if (line === null) return
        goodbye = line.last
        this.#questions.shift()?.resolve(line)
      })
      .on('close', () => {
        if (goodbye) this.#restart(child)
        else this.#fail(child, 'ended in the middle of a script')
      })
    for (const question of this.#questions) this.#ask(question)
  }

  #ask({ script }: Question): void {
    this.#child?.stdin?.write(`${JSON.stringify({ id: 0, folder: script.folder, script: render(script) })}\n`)
  }

  /** A script that would not end has taken the process with it. Those behind it have not been looked at. */
  #restart(child: ChildProcess): void {
    if (this.#child !== child) return
    this.#child = null
    if (this.#questions.length > 0) this.#start()
  }

  #fail(child: ChildProcess, what: string): void {
    if (this.#child !== child) return
    this.#child = null
    if (this.#closing) return
    const error = new Error(`The reference's process ${what}\n${this.#stderr}`)
    for (const { reject } of this.#questions.splice(0)) reject(error)
  }
}
