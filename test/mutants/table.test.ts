import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { mutate, PatternError } from './plant.ts'
import { mutants } from './table.ts'

const sourceOf = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8')

describe('a seeded bug', () => {
  test.each(mutants.map((mutant) => [mutant.id, mutant] as const))(
    '%s is in the source exactly once',
    (_, mutant) => {
      const source = sourceOf(mutant.file)
      expect(mutate(source, mutant)).not.toBe(source)
    },
  )

  test('has a name of its own', () => {
    expect(new Set(mutants.map(({ id }) => id)).size).toBe(mutants.length)
  })

  test('whose pattern does not match any more is an error', () => {
    const mutant = { id: 'X', what: '', file: 'x.ts', find: 'gone', replace: '' }
    expect(() => mutate('here', mutant)).toThrow(PatternError)
    expect(() => mutate('gone gone', mutant)).toThrow(/2 times, not once/)
  })
})
