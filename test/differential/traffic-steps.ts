/** What happens between elections: proposals, Readys, messages that arrive or do not, work of the storage threads. */

import type { Dice } from './dice.ts'
import { command, type Step } from './script.ts'
import { allIds, append, anyNode, mostlyFollower, mostlyLeader, settle, type Sketch } from './sketch.ts'

/** Proposals, one after the other. */
export function propose(dice: Dice, sketch: Sketch): readonly Step[] {
  const at = mostlyLeader(dice, sketch)
  const count = dice.weighted<number>([
    [60, 1],
    [20, 2],
    [12, 3],
    [8, 6],
  ])
  return Array.from({ length: count }, () => {
    append(sketch, at, 1)
    return command(`propose ${at} ${data(dice, sketch)}`)
  })
}

/** Data of its own for each proposal, in all lengths and, seldom, with what has to be quoted. */
function data(dice: Dice, sketch: Sketch): string {
  sketch.proposals++
  const plain = `p${sketch.proposals}`
  if (dice.chance(75)) return plain
  if (dice.chance(85)) return plain + '-'.repeat(dice.int(1, 60))
  return plain + dice.pick(['"q"', 'é', '日本', '\\n', "'", '\u200b', '🙂', '#', '(1,2)'])
}

/** Lets some nodes, or all, work until nothing is left to do. */
export function stabilize(dice: Dice, sketch: Sketch): readonly Step[] {
  const words = ['stabilize']
  if (dice.chance(60)) settle(sketch)
  else words.push(...someIds(dice, sketch, true))
  if (dice.chance(12))
    words.push(`log-level=${dice.pick(['none', 'NONE', 'debug', 'info', 'Warn', 'error', 'fatal'])}`)
  return [command(words.join(' '))]
}

/** All nodes, with nothing left out. */
export function stabilizeAll(sketch: Sketch): Step {
  settle(sketch)
  return command('stabilize')
}

export function processReady(dice: Dice, sketch: Sketch): readonly Step[] {
  return [command(['process-ready', ...someIds(dice, sketch, false)].join(' '))]
}

export function processThread(dice: Dice, sketch: Sketch): readonly Step[] {
  const thread = dice.pick(['append', 'append', 'apply'])
  const ids = someIds(dice, sketch, false).join(' ')
  return Array.from({ length: dice.int(1, 2) }, () => command(`process-${thread}-thread ${ids}`))
}

const types = [
  'MsgApp',
  'MsgAppResp',
  'MsgVote',
  'MsgVoteResp',
  'MsgPreVote',
  'MsgPreVoteResp',
  'MsgHeartbeat',
  'MsgHeartbeatResp',
  'MsgSnap',
  'MsgTransferLeader',
  'MsgTimeoutNow',
  'MsgProp',
  'MsgStorageAppendResp',
  'MsgStorageApplyResp',
] as const

/** Some of what is on its way arrives, and some of it is lost. */
export function deliver(dice: Dice, sketch: Sketch): readonly Step[] {
  const words = ['deliver-msgs']
  const drops = dice.chance(25)
  const here = drops && dice.chance(60) ? [] : someIds(dice, sketch, false)
  words.push(...here)
  if (dice.chance(20)) words.push(`type=${dice.pick(types)}`)
  if (drops) {
    const lost = allIds(sketch).filter((id) => !here.includes(String(id)))
    // What is on its way to somebody who is not there can only be lost.
    if (dice.chance(10)) lost.push(sketch.nodes + 1)
    const dropped = dice.some(lost, dice.int(1, 3))
    if (dropped.length > 0) words.push(`drop=(${dropped.join(',')})`)
  }
  if (words.length === 1) words.push(String(anyNode(dice, sketch)))
  return [command(words.join(' '))]
}

/** Time passes for one node. How long its patience is, is always said before: it is drawn at random otherwise. */
export function tick(dice: Dice, sketch: Sketch): readonly Step[] {
  const isHeartbeat = dice.chance(60)
  const id = isHeartbeat ? mostlyLeader(dice, sketch) : anyNode(dice, sketch)
  const name = isHeartbeat ? 'tick-heartbeat' : 'tick-election'
  return Array.from({ length: dice.int(1, 3) }, () => {
    const timeout = dice.weighted([
      [50, 3],
      [20, 4],
      [15, 5],
      [15, dice.int(1, 9)],
    ])
    return tickOnce(name, id, timeout)
  })
}

/** A node whose patience ends stands for election. */
export function tickOnce(name: string, id: number, timeout: number): Step {
  return [
    { text: `set-randomized-election-timeout ${id} timeout=${timeout}`, input: '' },
    { text: `${name} ${id}`, input: '' },
  ]
}

/** The log is cut off, where it is believed to be the same everywhere: beyond its end the reference panics. */
export function compact(dice: Dice, sketch: Sketch): readonly Step[] {
  const { base, settled } = sketch
  const length = Math.floor((settled - base) * (dice.chance(4) ? 1 : dice.pick([0.3, 0.4, 0.5])))
  if (length < 1) return observe(dice, sketch)
  const id = dice.chance(80) ? mostlyLeader(dice, sketch) : anyNode(dice, sketch)
  return [command(`compact ${id} ${base + dice.int(1, length)}`)]
}

export function sendSnapshot(dice: Dice, sketch: Sketch): readonly Step[] {
  const to = mostlyFollower(dice, sketch)
  const from = mostlyLeader(dice, sketch)
  if (from === to) return []
  const steps = [command(`send-snapshot ${from} ${to}`)]
  if (dice.chance(50)) steps.push(command(`deliver-msgs ${to} type=MsgSnap`))
  return steps
}

export function reportUnreachable(dice: Dice, sketch: Sketch): readonly Step[] {
  const [from, to] = [mostlyLeader(dice, sketch), mostlyFollower(dice, sketch)]
  if (dice.chance(1)) return [command(`report-unreachable ${from}`)]
  return [command(`report-unreachable ${from} ${to}`)]
}

/** Looks at something, and changes nothing. */
export function observe(dice: Dice, sketch: Sketch): readonly Step[] {
  return dice.weighted([
    [30, [command('raft-state')]],
    [40, [command(`status ${mostlyLeader(dice, sketch)}`)]],
    [30, [command(`raft-log ${anyNode(dice, sketch)}`)]],
  ])
}

export function setLogLevel(dice: Dice): readonly Step[] {
  return [command(`log-level ${dice.pick(['debug', 'info', 'INFO', 'warn', 'error', 'fatal', 'Debug'])}`)]
}

/** Some nodes by number, each once; in their order, mostly. */
function someIds(dice: Dice, sketch: Sketch, several: boolean): readonly string[] {
  const ids = allIds(sketch)
  const count = several || dice.chance(40) ? dice.int(1, ids.length) : 1
  const chosen = dice.some(ids, count)
  return (dice.chance(85) ? chosen : dice.shuffled(chosen)).map(String)
}
