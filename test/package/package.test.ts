import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { install, type Project, repository, run } from './install.ts'

/** The TypeScript of a page, piece by piece. */
function blocks(page: string): string[] {
  const text = readFileSync(join(repository, page), 'utf8')
  return [...text.matchAll(/^```ts\n(.*?)^```$/gms)].map(([, code = '']) => code)
}

const quickStart = readFileSync(join(repository, 'examples/quick-start/index.ts'), 'utf8')
const expectedOutput =
  /^node 1 reads "hello", and node (\d) leads\nnode 2 reads "hello", and node \1 leads\nnode 3 reads "hello", and node \1 leads\n$/

describe('the packed tarball, in an empty project', () => {
  let project: Project

  beforeAll(() => {
    project = install()
  })
  afterAll(() => {
    project.remove()
  })

  function write(file: string, content: string): string {
    writeFileSync(join(project.folder, file), content)
    return file
  }

  /** Compiles with every strict option and without skipping any declaration; answers what there is to complain about. */
  function compile(file: string, types: readonly string[] = []): string {
    const compilerOptions = {
      strict: true,
      exactOptionalPropertyTypes: true,
      noUncheckedIndexedAccess: true,
      skipLibCheck: false,
      module: 'nodenext',
      target: 'es2022',
      lib: ['es2022', 'dom'],
      // Files and sockets are Node's: who uses those has its types.
      typeRoots: [join(repository, 'node_modules/@types')],
      types,
      noEmit: true,
    }
    write('tsconfig.json', JSON.stringify({ compilerOptions, files: [file] }))
    // The quick start by the compiler that most have; the rest by the one that is ten times as quick.
    const compiler = file.startsWith('quick-start') ? 'typescript' : 'ts7'
    return run(process.execPath, [join(repository, `node_modules/${compiler}/bin/tsc`)], project.folder)
  }

  test('holds the build, the types and what a user reads, and nothing else', () => {
    const others = project.files.filter((path) => !/^dist\/[\w-]+\.(js|js\.map|d\.ts)$/.test(path))
    expect(others.toSorted()).toEqual(['CHANGELOG.md', 'LICENSE', 'README.md', 'package.json'])
    expect(project.files).toContain('dist/index.js')
    expect(project.files).toContain('dist/index.d.ts')
  })

  test('the quick start runs by import', () => {
    const file = write('quick-start.mjs', quickStart)
    expect(run(process.execPath, [file], project.folder)).toMatch(expectedOutput)
  })

  test('the quick start runs by require', () => {
    const file = write(
      'quick-start.cjs',
      quickStart.replace(/^import (.*) from ('quorate')$/m, 'const $1 = require($2)'),
    )
    expect(readFileSync(join(project.folder, file), 'utf8')).toContain("require('quorate')")
    expect(run(process.execPath, ['--no-warnings', file], project.folder)).toMatch(expectedOutput)
  })

  test('import and require give one and the same class', () => {
    const file = write(
      'identity.mjs',
      `import { createRequire } from 'node:module'
       import { RawNode } from 'quorate'
       console.log(createRequire(import.meta.url)('quorate').RawNode === RawNode)`,
    )
    expect(run(process.execPath, ['--no-warnings', file], project.folder)).toBe('true\n')
  })

  test('the quick start compiles with every strict option and skipLibCheck off', () => {
    write('quick-start.ts', quickStart)
    expect(compile('quick-start.ts')).toBe('')
  })

  test('a CommonJS project in TypeScript compiles against it', () => {
    write(
      'common.cts',
      `import { RawNode, MemStorage } from 'quorate'
       export const node: RawNode = new RawNode({ id: 1, storage: new MemStorage() })`,
    )
    expect(compile('common.cts')).toBe('')
  })

  test("the guide's code compiles, one piece after the other", () => {
    const pieces = blocks('docs/GUIDE.md')
    expect(pieces.length).toBeGreaterThan(6)
    // In the guide the reader has a state machine.
    write('guide.ts', `declare const machine: Machine\n${pieces.join('\n')}`)
    expect(compile('guide.ts')).toBe('')
  })

  test('the code about running nodes compiles', () => {
    const [program = '', members = ''] = blocks('docs/DRIVER.md')
    expect(program).toContain('await RaftNode.start(')
    write('driver.mts', program)
    write('members.ts', members)
    expect(compile('driver.mts', ['node']) + compile('members.ts')).toBe('')
  })

  test("the README's loop compiles with what a reader has", () => {
    const [, loop = ''] = blocks('README.md')
    expect(loop).toContain('raw.hasReady()')
    write(
      'loop.ts',
      `import type { Entry, PeerMessage, RawNode, Storage } from 'quorate'
       declare const raw: RawNode, storage: Storage
       declare const transport: { send(messages: readonly PeerMessage[]): void }
       declare function apply(entry: Entry): void
       ${loop}`,
    )
    expect(compile('loop.ts')).toBe('')
  })

  test.each([
    // Whoever raises one of these numbers does so in the commit that needs it, and says why.
    // 25 KiB until what storage answers of terms was looked at, and MemStorage shared its checks with the log on disk.
    ['the root entry', `export { RawNode, MemStorage } from 'quorate'`, 25.5 * 1024],
    ['the codec', `export * from 'quorate/codec'`, 8 * 1024],
  ])('%s bundles for a browser, within its budget', (_, code, budget) => {
    write('app.mjs', code)
    const { outputFiles } = buildSync({
      absWorkingDir: project.folder,
      entryPoints: ['app.mjs'],
      bundle: true,
      minify: true,
      platform: 'browser',
      format: 'esm',
      write: false,
    })
    const size = gzipSync(outputFiles[0]?.contents ?? '').length
    expect(size).toBeLessThan(budget)
    expect(size).toBeGreaterThan(1024)
  })
})
