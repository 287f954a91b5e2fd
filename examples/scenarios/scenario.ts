/** What a scenario is, and how one is run. */

import { RaftError } from 'quorate'

import { Cluster, type ClusterOptions } from './cluster.ts'
import type { Events } from './events.ts'
import type { DemoNode } from './node.ts'
import { Stage } from './stage.ts'
import { ExpectationError, type Verdict } from './verdict.ts'

/** A story with expectations. */
export interface Scenario {
  readonly name: string
  /** What it shows, in one line. */
  readonly summary: string
  /** How many nodes it can begin with, how many it does begin with, and why not others. */
  readonly nodes: { readonly usual: number; readonly allowed: readonly number[]; readonly why: string }
  readonly raft?: ClusterOptions['raft']
  run(stage: Stage): void
}

/** Where a run is told to. */
export interface Output {
  begin(scenario: Scenario, nodes: number, seed: number): void
  listen(events: Events): void
  step(text: string): void
  end(nodes: readonly DemoNode[], verdict: Verdict): void
}

/** Runs a scenario to its end. What it expects and does not find, and errors of the library, are the verdict. */
export function runScenario(scenario: Scenario, nodes: number, seed: number, output: Output): Verdict {
  const ids = Array.from({ length: nodes }, (_, i) => i + 1)
  const cluster = new Cluster({ ids, seed, raft: scenario.raft ?? {} })
  const stage = new Stage(cluster, (text) => output.step(text))
  output.begin(scenario, nodes, seed)
  output.listen(cluster.events)
  const failure = failureOf(() => {
    scenario.run(stage)
    stage.finish()
  })
  const verdict: Verdict = {
    scenario: scenario.name,
    nodes,
    seed,
    ticks: cluster.now,
    checks: stage.checks,
    passed: failure === null,
    failure,
  }
  output.end(cluster.nodes, verdict)
  return verdict
}

function failureOf(run: () => void): string | null {
  try {
    run()
    return null
  } catch (error) {
    // Anything else is a mistake in the example itself, and shall be seen with its stack.
    if (error instanceof ExpectationError || error instanceof RaftError) return error.message
    throw error
  }
}
