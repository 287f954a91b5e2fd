/** A run of chaos: a cluster, faults, clients, and in the end the question whether all of it was right. */

import { seededRandom } from 'quorate'
import { checkLinearizability, formatHistory, type Verdict } from 'quorate/testing'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { NodeClient } from '../client/client.ts'
import type { NodeStatus } from '../server/status.ts'
import { Nemesis } from './nemesis.ts'
import { Rig, type RigOptions } from './rig.ts'
import { Workload } from './workload.ts'

/** What to do. */
export interface ChaosOptions extends RigOptions {
  readonly seconds: number
  readonly clients: number
  readonly seed: number
  readonly stop: AbortSignal
  readonly tell: (line: string) => void
}

/** What came out. */
export interface ChaosReport {
  readonly seconds: number
  readonly acknowledged: number
  readonly acknowledgedPerSecond: number
  readonly refused: number
  readonly unknown: number
  readonly faults: Readonly<Record<string, number>>
  readonly totalFaults: number
  readonly verdict: Verdict['verdict']
  readonly operations: number
  readonly keys: number
  readonly unknownKeys: number
  readonly violations: readonly string[]
  /** Do all nodes hold the same in the end? */
  readonly allEqual: boolean
  /** Nodes that ended by themselves. */
  readonly surprises: readonly string[]
  /** Where the history is; `null` if all is well. */
  readonly history: string | null
}

export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const rig = await Rig.start(options)
  const nodes = rig.ids.map((id) => new NodeClient({ host: '127.0.0.1', port: rig.http(id) }))
  try {
    if (
      !(await eventually(async () =>
        (await statuses(nodes)).every((one) => one !== null && one.leader !== null),
      ))
    )
      throw new Error(`The nodes did not find a leader: see the logs in ${options.directory}`)
    const random = seededRandom(options.seed)
    const workload = new Workload(
      rig.ids.map((id) => rig.http(id)),
      2 * options.clients,
      random,
    )
    const begin = performance.now()
    const nemesis = await trouble(options, rig, workload, random)
    const seconds = (performance.now() - begin) / 1000
    options.tell('everything is healed; waiting until all nodes hold the same')
    const allEqual = await eventually(() => areEqual(nodes))
    workload.close()
    return report(options, { seconds, allEqual, workload, nemesis, surprises: rig.surprises })
  } finally {
    for (const node of nodes) node.close()
    rig.end()
  }
}

/** Clients at work while things go wrong. */
async function trouble(
  options: ChaosOptions,
  rig: Rig,
  workload: Workload,
  random: () => number,
): Promise<Nemesis> {
  const { stop, seconds, clients, tell } = options
  const nodes = rig.ids.map((id) => new NodeClient({ host: '127.0.0.1', port: rig.http(id) }))
  const nemesis = new Nemesis(rig, random, async () => {
    const leaders = (await statuses(nodes)).filter((status) => status?.role === 'leader')
    return leaders.sort((a, b) => (b?.term ?? 0) - (a?.term ?? 0))[0]?.id ?? null
  })
  const until = performance.now() + seconds * 1000
  const isOver = (): boolean => performance.now() >= until || stop.aborted
  const working = Array.from({ length: clients }, () => workload.client(isOver))
  const ticker = setInterval(() => {
    const { acknowledged, refused, unknown } = workload.counts
    const left = Math.max(Math.round((until - performance.now()) / 1000), 0)
    tell(
      `${left} s left: ${nemesis.total} faults, ${acknowledged} operations done, ${refused} refused, ${unknown} open`,
    )
  }, 5000)
  await nemesis.run(until, stop)
  await Promise.all(working)
  clearInterval(ticker)
  for (const node of nodes) node.close()
  return nemesis
}

function report(
  { directory }: ChaosOptions,
  ended: {
    readonly seconds: number
    readonly allEqual: boolean
    readonly workload: Workload
    readonly nemesis: Nemesis
    readonly surprises: readonly string[]
  },
): ChaosReport {
  const { seconds, allEqual, workload, nemesis, surprises } = ended
  const operations = workload.recorder.operations()
  const { verdict, violations, unknownKeys, keys } = checkLinearizability(operations)
  const isWell = verdict === 'linearizable' && allEqual && surprises.length === 0
  const history = isWell ? null : join(directory, 'history.ndjson')
  if (history !== null) writeFileSync(history, formatHistory(operations))
  return {
    seconds: Math.round(seconds * 10) / 10,
    ...workload.counts,
    acknowledgedPerSecond: Math.round(workload.counts.acknowledged / seconds),
    faults: Object.fromEntries(nemesis.counts),
    totalFaults: nemesis.total,
    verdict,
    operations: operations.length,
    keys,
    unknownKeys: unknownKeys.length,
    violations: violations.map(({ key }) => `key ${key}`),
    allEqual,
    surprises,
    history,
  }
}

async function statuses(nodes: readonly NodeClient[], query = ''): Promise<readonly (NodeStatus | null)[]> {
  return Promise.all(
    nodes.map(async (node) => {
      try {
        const { status, body } = await node.ask({ method: 'GET', path: `/status${query}` }, 500)
        return status === 200 ? (JSON.parse(body.toString()) as NodeStatus) : null
      } catch {
        return null
      }
    }),
  )
}

async function areEqual(nodes: readonly NodeClient[]): Promise<boolean> {
  const all = await statuses(nodes, '?digest=1')
  return new Set(all.map((one) => (one === null ? Math.random() : `${one.applied} ${one.digest}`))).size === 1
}

async function eventually(condition: () => Promise<boolean>): Promise<boolean> {
  for (let left = 150; left > 0; left--) {
    if (await condition()) return true
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
  return false
}
