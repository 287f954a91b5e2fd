/** Real processes of examples/kv: bundled once, so that each starts in a fraction of a second. */

import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { build } from 'esbuild'
import { onTestFinished } from 'vitest'
import { freePorts } from '../support/tcp-network.ts'

/** What came back. */
export interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[] | undefined>>
  readonly text: string
  /** The fields, if it is a JSON object. */
  readonly json: Record<string, unknown>
}

let bundle: Promise<string> | null = null

/** The whole tool as one file. */
export function bundled(): Promise<string> {
  bundle ??= makeBundle()
  return bundle
}

async function makeBundle(): Promise<string> {
  const folder = mkdtempSync(join(tmpdir(), 'quorate-kv-bundle-'))
  process.on('exit', () => rmSync(folder, { recursive: true, force: true }))
  const outfile = join(folder, 'kv.cjs')
  await build({
    entryPoints: ['examples/kv/main.ts'],
    bundle: true,
    platform: 'node',
    format: 'cjs',
    outfile,
    logLevel: 'error',
    tsconfig: 'tsconfig.json',
  })
  return outfile
}

/** A process, and what it has printed. */
export class Process {
  readonly child: ChildProcess
  readonly ended: Promise<number | null>
  output = ''

  constructor(file: string, args: readonly string[]) {
    this.child = spawn(process.execPath, [file, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
    this.child.stdout!.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.child.stderr!.on('data', (chunk: Buffer) => (this.output += chunk.toString()))
    this.ended = new Promise((resolve) => this.child.on('close', resolve))
  }

  /** Ends it without a word, and waits until it is gone. */
  async kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    this.child.kill(signal)
    return this.ended
  }
}

/** Runs a command to its end. */
export async function run(...args: string[]): Promise<{ code: number | null; output: string }> {
  const command = new Process(await bundled(), args)
  const code = await command.ended
  return { code, output: command.output }
}

/** Nodes on loopback. */
export class Processes {
  readonly #file: string
  readonly #folder: string
  readonly #ports: readonly number[]
  readonly #first: number
  readonly #running = new Map<number, Process>()

  private constructor(file: string, folder: string, ports: readonly number[], first: number) {
    this.#file = file
    this.#folder = folder
    this.#ports = ports
    this.#first = first
  }

  /** @param first - so many nodes make the cluster @param more - and so many may be added */
  static async make(first: number, more = 0): Promise<Processes> {
    const folder = mkdtempSync(join(tmpdir(), 'quorate-kv-test-'))
    const processes = new Processes(await bundled(), folder, await freePorts(2 * (first + more)), first)
    onTestFinished(async () => {
      await Promise.all([...processes.#running.values()].map((one) => one.kill()))
      rmSync(folder, { recursive: true, force: true })
    })
    return processes
  }

  /** As `make`, and all of them run and have a leader. */
  static async start(first: number, more = 0): Promise<Processes> {
    const processes = await Processes.make(first, more)
    for (let id = 1; id <= first; id++) processes.startNode(id)
    for (let id = 1; id <= first; id++) await processes.ready(id)
    return processes
  }

  http(id: number): number {
    return this.#ports[2 * id - 2]!
  }

  raft(id: number): string {
    return `127.0.0.1:${this.#ports[2 * id - 1]}`
  }

  data(id: number): string {
    return join(this.#folder, `node-${id}`)
  }

  /** Where all of them answer, for --at. */
  get at(): string {
    return Array.from({ length: this.#first }, (_, i) => `127.0.0.1:${this.http(i + 1)}`).join(',')
  }

  process(id: number): Process {
    return this.#running.get(id)!
  }

  startNode(id: number, ...more: string[]): Process {
    const ids = Array.from({ length: this.#first }, (_, i) => i + 1)
    if (id > this.#first) ids.push(id)
    const peers = ids.map((peer) => `${peer}=${this.raft(peer)}`).join(',')
    const known = ['--id', `${id}`, '--peers', peers, '--http', `127.0.0.1:${this.http(id)}`]
    const pace = ['--data', this.data(id), '--heartbeat-ms', '100', '--election-ms', '500']
    const started = new Process(this.#file, ['start', ...known, ...pace, ...more])
    this.#running.set(id, started)
    return started
  }

  /** Waits until the node answers and knows a leader. */
  async ready(id: number): Promise<void> {
    await eventually(
      async () => (await this.ask(id, 'GET', '/ready')).status === 200,
      () => this.process(id).output,
    )
  }

  /** Who leads, as this node sees it. */
  async leader(id: number): Promise<number> {
    await this.ready(id)
    return (await this.ask(id, 'GET', '/status')).json['leader'] as number
  }

  ask(
    id: number,
    method: string,
    path: string,
    body?: string | Uint8Array,
    headers: Record<string, string> = {},
  ): Promise<Reply> {
    return ask(this.http(id), method, path, body, headers)
  }
}

/** One request on a connection of its own. Rejects if there is no answer. */
export function ask(
  port: number,
  method: string,
  path: string,
  body?: string | Uint8Array,
  headers: Record<string, string> = {},
): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const asked = request({ host: '127.0.0.1', port, method, path, headers, agent: false, timeout: 20_000 })
    asked.on('error', reject)
    asked.on('timeout', () => asked.destroy(new Error('no answer')))
    asked.on('response', (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('error', reject)
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        resolve({ status: response.statusCode!, headers: response.headers, text, json: fieldsOf(text) })
      })
    })
    asked.end(body)
  })
}

function fieldsOf(text: string): Record<string, unknown> {
  try {
    return JSON.parse(text) as Record<string, unknown>
  } catch {
    return {}
  }
}

/** Waits until it is true; errors count as not yet. */
export async function eventually(
  condition: () => Promise<boolean>,
  explain: () => string = () => '',
  ms = 20_000,
): Promise<void> {
  const end = performance.now() + ms
  for (;;) {
    if (await condition().catch(() => false)) return
    if (performance.now() > end) throw new Error(`It did not come true within ${ms} ms\n${explain()}`)
    await new Promise((resolve) => setTimeout(resolve, 30))
  }
}
