/** Takes a node out of a script about a cluster; those behind it move up. */

import type { Arg } from '../conformance-scripts/datadriven.ts'
import { argsOf, type Command, commandsOf, lineOf, nameOf, type Script } from './script.ts'

/** Commands whose words are all nodes; of any other it is the first. */
const namesSeveral: ReadonlySet<string> = new Set([
  'process-ready',
  'process-append-thread',
  'process-apply-thread',
  'deliver-msgs',
  'stabilize',
])
const namesTwo: ReadonlySet<string> = new Set(['report-unreachable', 'send-snapshot'])
const namesNone: ReadonlySet<string> = new Set(['log-level', 'raft-state', 'transfer-leadership'])
/** Options whose values are nodes. */
const nodeOptions: ReadonlySet<string> = new Set(['voters', 'learners', 'drop', 'from', 'to'])

/** The script without node `id`; null if there is no such node. */
export function withoutNode(script: Script, id: number): Script | null {
  const owner = ownerOf(script, id)
  if (owner === null) return null
  const steps = script.steps
    .map((step) => {
      const kept = step.flatMap((one) => {
        const next = one === owner ? withOneLess(one) : one
        const left = next === null ? null : without(next, id)
        return left === null ? [] : [left]
      })
      // What only makes sense together goes together, if one of it goes.
      return kept.length === step.length ? kept : []
    })
    .filter((step) => step.length > 0)
  return { ...script, steps }
}

/** The command that adds a node. */
function ownerOf(script: Script, id: number): Command | null {
  let count = 0
  for (const one of commandsOf(script)) {
    if (nameOf(one) !== 'add-nodes') continue
    count += Number(argsOf(one)[0]?.key)
    if (count >= id) return one
  }
  return null
}

function withOneLess(one: Command): Command | null {
  const [first, ...rest] = argsOf(one)
  const count = Number(first?.key) - 1
  if (count === 0) return null
  return { ...one, text: lineOf('add-nodes', [{ key: String(count), values: null }, ...rest]) }
}

/** The command with all mention of the node gone, and null if nothing is left of it. */
function without(one: Command, id: number): Command | null {
  const name = nameOf(one)
  const before = argsOf(one)
  const args = before.flatMap((arg, at) => withoutIn(name, arg, at, id))
  const isAboutNode = !namesNone.has(name) && name !== 'add-nodes' && !namesSeveral.has(name)
  if (isAboutNode && before[0]?.key === String(id)) return null
  if ((name === 'transfer-leadership' || namesTwo.has(name)) && args.length < before.length) return null
  // Nobody named would be everybody.
  if (namesSeveral.has(name) && before.length > 0 && args.every(({ key }) => key === 'type')) return null
  const changes = one.input.split(' ').filter((change) => change.slice(1) !== String(id))
  if (one.input !== '' && changes.length === 0) return null
  const input = changes.map((change) => change.slice(0, 1) + moved(change.slice(1), id)).join(' ')
  return { text: lineOf(name, args), input }
}

function withoutIn(name: string, arg: Arg, at: number, id: number): readonly Arg[] {
  const { key, values } = arg
  if (values === null) {
    const isNode = namesSeveral.has(name) || namesTwo.has(name) || (at === 0 && isFirstANode(name))
    if (!isNode) return [arg]
    return key === String(id) ? [] : [{ key: moved(key, id), values }]
  }
  if (!nodeOptions.has(key)) return [arg]
  const kept = values.filter((value) => value !== String(id)).map((value) => moved(value, id))
  return kept.length === 0 ? [] : [{ key, values: kept }]
}

function isFirstANode(name: string): boolean {
  return name !== 'add-nodes' && !namesNone.has(name)
}

function moved(text: string, id: number): string {
  return /^\d+$/.test(text) && Number(text) > id ? String(Number(text) - 1) : text
}
