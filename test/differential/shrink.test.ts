import { expect, it } from 'vitest'

import { command, commandsOf, nameOf, type Script } from './script.ts'
import { shrink, sizeOf } from './shrink.ts'
import { withoutNode } from './without-node.ts'

function script(...lines: readonly string[]): Script {
  return {
    folder: 'interaction',
    steps: lines.map((line) => command(...(line.split('\n') as [string, string?]))),
  }
}

function linesOf(one: Script): readonly string[] {
  return commandsOf(one).map(({ text, input }) => (input === '' ? text : `${text}\n${input}`))
}

/** Shows it if the commands are there, in this order. */
function has(...names: readonly string[]): (one: Script) => Promise<boolean> {
  return (one) => {
    const left = [...names]
    for (const each of commandsOf(one)) if (nameOf(each) === left[0]) left.shift()
    return Promise.resolve(left.length === 0)
  }
}

const long = script(
  'add-nodes 3 voters=(1,2,3) index=10 prevote=true inflight=2',
  'campaign 1',
  'stabilize 1 2 3 log-level=none',
  'propose 1 a',
  'propose-conf-change 1 v1=true\nr3 v4',
  'deliver-msgs 1 2 drop=(3)',
  'raft-state',
  'status 3',
)

it('keeps what is needed, and nothing else', async () => {
  const short = await shrink(long, has('campaign', 'deliver-msgs'), 1000)
  // No node is needed to show this, hence none is left.
  expect(linesOf(short)).toEqual(['campaign', 'deliver-msgs'])
})

it('takes out nodes, options, elements of lists and changes', async () => {
  const shows = (one: Script): Promise<boolean> => {
    const text = linesOf(one).join('\n')
    return Promise.resolve(
      /add-nodes \d.*prevote=true/.test(text) && /\bl?r\d/.test(text) && /drop/.test(text),
    )
  }
  expect(linesOf(await shrink(long, shows, 1000))).toEqual([
    'add-nodes 1 prevote=true',
    'propose-conf-change\nr1',
    'deliver-msgs drop=1',
  ])
})

it('leaves a script as it is if all of it is needed', async () => {
  const size = sizeOf(long)
  const short = await shrink(long, (one) => Promise.resolve(sizeOf(one) >= size), 1000)
  expect(short).toEqual(long)
})

it('tries no more than it may', async () => {
  let tried = 0
  const counting = (): Promise<boolean> => {
    tried++
    return Promise.resolve(false)
  }
  expect(await shrink(long, counting, 7)).toEqual(long)
  expect(tried).toBe(7)
})

it('keeps together what belongs together', async () => {
  const [timeout, tick] = ['set-randomized-election-timeout 1 timeout=3', 'tick-election 1'].map((text) => ({
    text,
    input: '',
  }))
  const tied: Script = { folder: 'interaction', steps: [[timeout!, tick!], ...script('raft-state').steps] }
  const short = await shrink(tied, has('tick-election'), 1000)
  expect(commandsOf(short).map(nameOf)).toEqual(['set-randomized-election-timeout', 'tick-election'])
})

it('takes a node out wherever it is mentioned, and moves those behind it up', () => {
  const before = script(
    'add-nodes 4 voters=(1,2,4) learners=(3) index=2',
    'campaign 2',
    'campaign 3',
    'propose 4 2',
    'stabilize',
    'stabilize 2 3',
    'stabilize 2',
    'deliver-msgs 1 type=MsgApp drop=(2,3)',
    'transfer-leadership from=1 to=3',
    'transfer-leadership from=1 to=2',
    'report-unreachable 1 2',
    'propose-conf-change 1\nr2 v5 l3',
    'propose-conf-change 1\nr2',
    'propose-conf-change 1',
    'compact 3 2',
    'raft-state',
  )
  expect(linesOf(withoutNode(before, 2)!)).toEqual([
    'add-nodes 3 voters=(1,3) learners=2 index=2',
    'campaign 2',
    'propose 3 2',
    'stabilize',
    'stabilize 2',
    'deliver-msgs 1 type=MsgApp drop=2',
    'transfer-leadership from=1 to=2',
    'propose-conf-change 1\nv4 l2',
    'propose-conf-change 1',
    'compact 2 2',
    'raft-state',
  ])
  expect(withoutNode(before, 5)).toBeNull()
})
