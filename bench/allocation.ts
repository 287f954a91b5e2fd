/** How much is allocated: what the heap grows by while nothing is collected. Run with `--expose-gc` and a large young generation. */

import { getHeapSpaceStatistics } from 'node:v8'
import { median } from './statistics.ts'

const samples = 7
/** Small enough for the young generation at any load that is measured; large enough for the noise to vanish. */
const sampleSize = 3_000

/** Bytes that `work` allocates for each of the things that it is asked to do. */
export function bytesPer(work: (count: number) => void): number {
  const measured: number[] = []
  for (let i = 0; i < samples; i++) {
    globalThis.gc?.()
    const before = heap()
    work(sampleSize)
    const after = heap()
    // What survives a collection moves out of the young generation, and what does not counts as never allocated.
    if (after.old - before.old > (after.young - before.young) / 10)
      throw new Error('The heap was collected within a sample: the young generation is too small for it')
    measured.push((after.young + after.old - before.young - before.old) / sampleSize)
  }
  return median(measured)
}

function heap(): { readonly young: number; readonly old: number } {
  let [young, old] = [0, 0]
  for (const { space_name: name, space_used_size: used } of getHeapSpaceStatistics()) {
    if (name.startsWith('new_')) young += used
    else old += used
  }
  return { young, old }
}
