import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { repository, run } from './install.ts'

const readme = readFileSync(join(repository, 'README.md'), 'utf8')
const quickStart = join(repository, 'examples/quick-start/index.ts')

/** The contents of the code blocks of one language. */
function blocks(language: string): string[] {
  return [...readme.matchAll(/^```(\w+)\n(.*?)^```$/gms)]
    .filter(([, name]) => name === language)
    .map(([, , code]) => code ?? '')
}

test("the README's quick start is the example, word for word", () => {
  expect(blocks('ts')[0]).toBe(readFileSync(quickStart, 'utf8'))
})

test("the README's output is what the example prints", () => {
  const printed = run(process.execPath, ['--import', 'tsx', quickStart], repository)
  expect(blocks('text')[0]).toBe(printed)
})

test('every file that the README links to is there', () => {
  const links = [...readme.matchAll(/\]\((?!https?:)([^)#]+)\)/g)].map(([, path]) => path ?? '')
  expect(links.length).toBeGreaterThan(5)
  for (const path of links)
    expect(() => readFileSync(join(repository, path, path.includes('.') ? '' : 'README.md'))).not.toThrow()
})
