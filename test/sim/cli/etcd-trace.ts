/** One run as a trace in the event shape of etcd-io/raft's trace validation (docs/TESTING.md). */

import { writeFileSync } from 'node:fs'
import { EtcdTrace } from '../../../src/sim/etcd-trace/etcd-trace.ts'
import { traceable } from '../../../src/sim/etcd-trace/traceable.ts'
import { drawSetup } from '../../../src/sim/setup.ts'
import { Simulation } from '../../../src/sim/simulation.ts'

/** Writes the trace of `seed` into `file`. Answers how many events it has. */
export function writeEtcdTrace(seed: number, seconds: number, file: string): number {
  const lines: string[] = []
  const traces: EtcdTrace[] = []
  const sim = new Simulation(traceable(drawSetup(seed)), {
    watch: (next, clock) => {
      const trace = new EtcdTrace(clock, next, (line) => lines.push(line))
      traces.push(trace)
      return trace
    },
  })
  sim.start()
  sim.run(seconds * 1000)
  for (const trace of traces) trace.end()
  writeFileSync(file, `${lines.join('\n')}\n`)
  return lines.length
}
