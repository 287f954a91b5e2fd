/** What has to happen when the faults are over: everybody comes back, somebody leads, and what is proposed commits. */

import type { ConfState, NodeId } from 'quorate'
import type { Cluster } from './cluster.ts'
import { bytes } from './entries.ts'

/** More than enough election timeouts, even for elections that are split several times. */
const maxRounds = 300

/** What can be expected of a cluster by its options. */
export interface Expectations {
  /** Removed servers that do not know it may run on; else they are switched off, for they disturb the others for ever. */
  readonly keepsRemoved: boolean
}

/** Ends all faults and waits until a new command is applied by every member. Throws if that does not happen. */
export function recover(cluster: Cluster, { keepsRemoved }: Expectations): void {
  cluster.heal()
  for (const server of cluster.servers) {
    server.isLazy = false
    server.start()
  }
  const commands: string[] = []
  for (let round = 0; round < maxRounds; round++) {
    if (!keepsRemoved) stopRemoved(cluster)
    cluster.tick(1, 20)
    const leader = cluster.leader()
    if (leader === null) continue
    const command = `final ${round}`
    if (leader.call((node) => node.propose(bytes(command))).index !== undefined) commands.push(command)
    if (isDone(cluster, commands)) return
  }
  const states = cluster.servers.map(
    (server) => `${server.id}: ${server.isUp ? JSON.stringify(server.node.status()) : 'down'}`,
  )
  throw new Error(`no progress in ${maxRounds} ticks without faults:\n${states.join('\n')}`)
}

function isDone(cluster: Cluster, commands: readonly string[]): boolean {
  const leader = cluster.leader()
  if (leader === null) return false
  const { confState } = leader.node.status()
  return [...membersOf(confState)].every((id) => {
    const { machine, isUp } = cluster.server(id)
    return isUp && commands.some((command) => machine.commands.includes(command))
  })
}

/** Switches off whoever is not a member any more, but only when all who stay know: till then their votes may be needed. */
function stopRemoved(cluster: Cluster): void {
  const newest = newestConfig(cluster)
  const members = membersOf(newest)
  const allKnow = [...members].every((id) => {
    const server = cluster.server(id)
    return server.isUp && JSON.stringify(server.node.status().confState) === JSON.stringify(newest)
  })
  for (const server of cluster.servers) {
    if (allKnow && !members.has(server.id)) server.crash()
    else server.start()
  }
}

function newestConfig(cluster: Cluster): ConfState {
  const states = cluster.servers.filter(({ isUp }) => isUp).map(({ node }) => node.status())
  return states.reduce((a, b) => (b.applied > a.applied ? b : a)).confState
}

function membersOf({ voters, votersOutgoing, learners }: ConfState): ReadonlySet<NodeId> {
  return new Set([...voters, ...votersOutgoing, ...learners])
}
