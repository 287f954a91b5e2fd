/**
 * A process that writes to a log and says on a line of its own what is durable: `writer-process DIR sync|async plain|held|lying COUNT`.
 * When something fails it says so, tries once more, and ends.
 */

import { writeSync } from 'node:fs'
import { nodeFileSystem, WalStorage } from 'quorate/wal'
import { HeldFileSystem } from './held-file-system.ts'

const [directory = '', calls = '', disk = '', count = ''] = process.argv.slice(2)

// At once, and not when the event loop comes to it: who is killed has said it.
const say = (line: string): number => writeSync(1, `${line}\n`)

function batchAt(index: number) {
  const data = new Uint8Array(50 + (index % 7) * 400).fill(index & 0xff)
  return {
    hardState: { term: 1, vote: 1, commit: index - 1 },
    entries: [{ type: 'EntryNormal', term: 1, index, data }],
    snapshot: null,
    mustSync: true,
  } as const
}

async function main(): Promise<void> {
  const storage = WalStorage.openSync({
    directory,
    cluster: 'crash',
    node: 1,
    segmentSize: 64 * 1024,
    fileSystem: disk === 'plain' ? nodeFileSystem : new HeldFileSystem(disk === 'lying'),
  })
  const write = async (index: number): Promise<void> => {
    if (calls === 'async') await storage.write(batchAt(index))
    else storage.append(batchAt(index))
    say(String(index))
  }
  let gap = 0
  let last = performance.now()
  const timer = setInterval(() => {
    gap = Math.max(gap, performance.now() - last)
    last = performance.now()
  }, 5)
  say('open')
  const first = storage.lastIndex() + 1
  try {
    for (let index = first; index < first + Number(count); index += 4) {
      // Several at a time, as far as the calls allow it.
      await Promise.all([0, 1, 2, 3].map((more) => write(index + more)))
    }
    say(`stalled ${Math.round(gap)}`)
  } catch (error) {
    say(`failed ${(error as { code?: string }).code}`)
    try {
      await write(storage.lastIndex() + 1)
    } catch (again) {
      say(`again ${(again as { code?: string }).code}`)
    }
  }
  clearInterval(timer)
  await storage.close()
}

await main()
