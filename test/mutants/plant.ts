/** Puts one bug into the simulator and what it runs: when the sources are loaded, in a bundle of its own, and nowhere else. */

import { readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'esbuild'
import type { Mutant } from './table.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))

/** A mutant whose pattern is not in the source, or in it more than once, says nothing about the tests. */
export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** Answers the source with the bug in it. */
export function mutate(source: string, { id, file, find, replace }: Mutant): string {
  const count = source.split(find).length - 1
  if (count !== 1)
    throw new PatternError(
      `${id}: its pattern is in ${file} ${count} times, not once: ${JSON.stringify(find)}`,
    )
  return source.replace(find, () => replace)
}

/** Bundles a program, a hunt if it is not said which, with the bug or without any. */
export async function bundle(
  mutant: Mutant | null,
  outfile: string,
  program = 'test/mutants/hunt.ts',
): Promise<void> {
  let isPlanted = mutant === null
  const plugin: Plugin = {
    name: 'mutant',
    setup(bundler) {
      bundler.onLoad({ filter: /\.ts$/ }, ({ path }) => {
        if (mutant === null || relative(root, path) !== mutant.file) return undefined
        isPlanted = true
        return { contents: mutate(readFileSync(path, 'utf8'), mutant), loader: 'ts' }
      })
    },
  }
  await build({
    absWorkingDir: root,
    entryPoints: [join(root, program)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    logLevel: 'silent',
    plugins: [plugin],
  })
  if (!isPlanted) throw new PatternError(`${mutant?.id}: nobody loads ${mutant?.file}`)
}
