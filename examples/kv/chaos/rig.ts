/** A cluster of processes whose nodes reach each other through the proxy, and can be killed, paused and cut off. */

import { type ChildProcess, spawn } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { nodeArguments } from '../commands/processes.ts'
import type { LinkName, LinkState, ProxyCommand, ProxyPorts } from './proxy.ts'

/** Starts this program once more. */
function again(args: readonly string[]): ChildProcess {
  return spawn(process.execPath, [...process.execArgv, process.argv[1] as string, ...args], {
    // Whatever ends this process, the input of the others ends with it, and then they do.
    stdio: ['pipe', 'pipe', 'pipe'],
    // Ctrl-C is for the command; it ends these itself.
    detached: true,
  })
}

/** Where and how large. */
export interface RigOptions {
  readonly nodes: number
  readonly port: number
  readonly directory: string
}

/** The cluster, and what can be done to it. */
export class Rig {
  readonly ids: readonly number[]
  readonly #options: RigOptions
  readonly #proxy: ChildProcess
  readonly #ports: ProxyPorts['ports']
  readonly #running = new Map<number, ChildProcess>()
  /** Nodes that ended without being killed. */
  readonly surprises: string[] = []

  private constructor(options: RigOptions, proxy: ChildProcess, ports: ProxyPorts['ports']) {
    this.#options = options
    this.#proxy = proxy
    this.#ports = ports
    this.ids = Array.from({ length: options.nodes }, (_, i) => i + 1)
  }

  static async start(options: RigOptions): Promise<Rig> {
    const proxy = again(['proxy'])
    proxy.stderr?.pipe(process.stderr)
    const ids = Array.from({ length: options.nodes }, (_, i) => i + 1)
    const links = pairs(ids).map(({ from, to }) => ({ from, to, target: options.port + 1000 + to }))
    const answer = new Promise<string>((resolve, reject) => {
      if (proxy.stdout !== null) createInterface({ input: proxy.stdout }).once('line', resolve)
      proxy.once('exit', () => {
        reject(new Error('The proxy has ended'))
      })
    })
    proxy.stdin?.write(`${JSON.stringify({ links } satisfies ProxyCommand)}\n`)
    const rig = new Rig(options, proxy, (JSON.parse(await answer) as ProxyPorts).ports)
    for (const id of ids) rig.startNode(id)
    return rig
  }

  http(id: number): number {
    return this.#options.port + id
  }

  isRunning(id: number): boolean {
    return this.#running.has(id)
  }

  startNode(id: number): void {
    if (this.#running.has(id)) return
    const { nodes, port, directory } = this.#options
    const dial = this.#ports
      .filter(({ from }) => from === id)
      .map((link) => `${link.to}=127.0.0.1:${link.port}`)
    const more = ['--dial', dial.join(','), '--snapshot-entries', '2000', '--tethered']
    const child = again([...nodeArguments({ id, count: nodes, port, directory }), ...more])
    const log = createWriteStream(join(directory, `node-${id}.log`), { flags: 'a' })
    child.stdout?.pipe(log, { end: false })
    child.stderr?.pipe(log, { end: false })
    this.#running.set(id, child)
    child.once('exit', (code) => {
      log.end()
      if (this.#running.get(id) !== child) return
      this.#running.delete(id)
      this.surprises.push(`node ${id} ended by itself with exit code ${code}: see node-${id}.log`)
    })
  }

  kill(id: number): void {
    const child = this.#running.get(id)
    this.#running.delete(id)
    child?.kill('SIGKILL')
  }

  pause(id: number): void {
    this.#running.get(id)?.kill('SIGSTOP')
  }

  resume(id: number): void {
    this.#running.get(id)?.kill('SIGCONT')
  }

  /** Sets these links. */
  links(names: readonly LinkName[], state: LinkState): void {
    const set = names.map(({ from, to }) => ({ from, to, mode: state.mode, delayMs: state.delayMs }))
    this.#proxy.stdin?.write(`${JSON.stringify({ set } satisfies ProxyCommand)}\n`)
  }

  /** Everybody runs, and hears everybody. */
  heal(): void {
    this.links(pairs(this.ids), { mode: 'open', delayMs: 0 })
    for (const id of this.ids) {
      this.resume(id)
      this.startNode(id)
    }
  }

  end(): void {
    for (const id of this.ids) this.kill(id)
    this.#proxy.stdin?.end()
    this.#proxy.kill()
  }
}

/** Every link between two of these. */
export function pairs(ids: readonly number[]): readonly LinkName[] {
  return ids.flatMap((from) => ids.filter((to) => to !== from).map((to) => ({ from, to })))
}
