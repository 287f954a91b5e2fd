#!/usr/bin/env node
/**
 * Checks what no linter knows about this repository: layers, import cycles, sizes, names, citations, leftovers.
 * Plain regular expressions over the text of the sources, no dependency, well under a second.
 *
 *   node scripts/tidy.mjs              check
 *   node scripts/tidy.mjs --protocol   rewrite the generated table of docs/PROTOCOL.md
 */

import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { fileURLToPath } from 'node:url'

import { citationsIn, protocolTable } from './tidy/citations.mjs'
import { entries, refuseImport, refusePackage, rowOf } from './tidy/layers.mjs'

const root = dirname(dirname(fileURLToPath(import.meta.url)))
const protocolPath = 'docs/PROTOCOL.md'
const markers = ['<!-- generated -->', '<!-- /generated -->']
const maxLines = 400
const warnLines = 300

/** @typedef {{ path: string, text: string, code: string, imports: Import[] }} File */
/** @typedef {{ specifier: string, target: string | undefined, offset: number }} Import target is a path from the root */

/** @type {string[]} */
const problems = []
/** @type {string[]} */
const warnings = []

main()

function main() {
  const files = ['src', 'test', 'examples', 'bench', 'scripts'].flatMap(listFiles).map(readFile)
  if (process.argv.includes('--protocol')) return writeProtocol(files)

  for (const file of files) {
    if (inside(file, 'src')) checkSource(file)
    if (inside(file, 'examples')) checkExample(file)
    if (!inside(file, 'scripts')) checkCitations(file)
    checkName(file)
    checkLeftovers(file)
  }
  checkCycles(files.filter((file) => inside(file, 'src')))
  checkProtocol(files)

  for (const line of warnings) console.log(`warning  ${line}`)
  for (const line of problems) console.error(`error    ${line}`)
  console.log(`tidy: ${files.length} files, ${problems.length} errors, ${warnings.length} warnings`)
  process.exitCode = problems.length > 0 ? 1 : 0
}

/** A file of src/: its row, its imports, its size. @param {File} file */
function checkSource(file) {
  if (rowOf(file.path) === undefined) fail(file, 0, 'belongs to no row of scripts/tidy/layers.mjs')
  if (file.path.endsWith('/index.ts') && !entries.includes(file.path)) {
    fail(file, 0, 'an index.ts that is not an entry of the package: import the file that is meant')
  }
  for (const { specifier, target, offset } of file.imports) {
    if (target === undefined) report(file, offset, refusePackage(file.path, specifier))
    else if (!target.startsWith('src/')) fail(file, offset, `imports ${specifier}, outside of src/`)
    else report(file, offset, refuseImport(file.path, target))
  }
  for (const match of file.code.matchAll(/^export \*/gm))
    fail(file, match.index, 'export *: name what is exported')

  const lines = file.text.split('\n').length - 1
  if (lines > maxLines) fail(file, 0, `${lines} lines, more than ${maxLines}`)
  else if (lines > warnLines) warnings.push(`${file.path}  ${lines} lines, more than ${warnLines}`)
}

/** An example shows what a user would write. @param {File} file */
function checkExample(file) {
  for (const { specifier, target, offset } of file.imports) {
    if (target?.startsWith('src/')) fail(file, offset, `imports ${specifier}: import the package by its name`)
  }
}

/** @param {File} file */
function checkName(file) {
  const match = /(?:^|\/)((?:utils?|helpers?|common)(?:\.[^/]*)?)(?:\/|$)/.exec(file.path)
  if (match !== null) fail(file, 0, `${match[1]}: a name that says nothing`)
}

/** @param {File} file */
function checkCitations(file) {
  for (const { offset, problem } of citationsIn(file.text)) report(file, offset, problem)
}

/** @param {File} file */
function checkLeftovers(file) {
  for (const match of file.text.matchAll(/\b(?:TO[D]O|FIX[M]E)\b(?!\s*\(?#\d+)/g)) {
    fail(file, match.index, `${match[0]} without an issue number: ${match[0]}(#12)`)
  }
  if (!inside(file, 'test')) return
  for (const match of file.code.matchAll(/\b(?:test|it|describe|suite|bench)(?:\.\w+)*\.(?:only|skip)\b/g)) {
    fail(file, match.index, `${match[0]} left in a test`)
  }
}

/** Depth first over the imports of src/; each cycle is told once, at the import that closes it. @param {File[]} files */
function checkCycles(files) {
  const byPath = new Map(files.map((file) => [file.path, file]))
  const done = new Set()
  const visit = (file, path) => {
    const trail = [...path, file.path]
    for (const { target, offset } of file.imports) {
      const next = byPath.get(target ?? '')
      if (next === undefined || done.has(next.path)) continue
      const start = trail.indexOf(next.path)
      if (start >= 0) fail(file, offset, `import cycle: ${[...trail.slice(start), next.path].join(' -> ')}`)
      else visit(next, trail)
    }
    done.add(file.path)
  }
  for (const file of files) if (!done.has(file.path)) visit(file, [])
}

/** The table is generated, so a citation that moves makes it stale. @param {File[]} files */
function checkProtocol(files) {
  if (!existsSync(join(root, protocolPath))) return
  const text = readFileSync(join(root, protocolPath), 'utf8')
  const wanted = replaceTable(text, files)
  if (wanted === undefined) problems.push(`${protocolPath}:1  lacks the markers ${markers.join(' and ')}`)
  else if (wanted !== text) problems.push(`${protocolPath}:1  its table is stale: npm run protocol`)
}

/** @param {File[]} files */
function writeProtocol(files) {
  const path = join(root, protocolPath)
  const text = existsSync(path) ? readFileSync(path, 'utf8') : undefined
  const wanted = text === undefined ? undefined : replaceTable(text, files)
  if (wanted === undefined) {
    console.error(`${protocolPath} must exist and hold the lines ${markers.join(' and ')}`)
    process.exitCode = 1
    return
  }
  writeFileSync(path, wanted)
  console.log(`${protocolPath} ${wanted === text ? 'is up to date' : 'written'}`)
}

/** @param {string} text @param {File[]} files @returns {string | undefined} undefined if the markers are not there */
function replaceTable(text, files) {
  const [start, end] = markers.map((marker) => text.indexOf(marker))
  if (start < 0 || end < start) return undefined
  const cited = files.filter((file) => inside(file, 'src') || inside(file, 'test'))
  return `${text.slice(0, start)}${markers[0]}\n\n${protocolTable(cited)}\n\n${text.slice(end)}`
}

/** @param {string} folder @returns {string[]} paths from the root, with forward slashes, sorted */
function listFiles(folder) {
  if (!existsSync(join(root, folder))) return []
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .map((path) => posix.join(folder, path.replaceAll('\\', '/')))
    .filter((path) => /\.[cm]?[jt]s$/.test(path) && !/(^|\/)(node_modules|dist)\//.test(path))
    .toSorted()
}

/** @param {string} path @returns {File} */
function readFile(path) {
  const text = readFileSync(join(root, path), 'utf8')
  const code = withoutComments(text)
  return { path, text, code, imports: importsOf(path, code) }
}

/** Comments become blanks, so that offsets stay right; strings are left alone. @param {string} text */
function withoutComments(text) {
  const token = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\[^]|[^`\\])*`|\/\/[^\n]*|\/\*[^]*?\*\//g
  return text.replace(token, (found) => (found.startsWith('/') ? found.replace(/[^\n]/g, ' ') : found))
}

/** @param {string} path @param {string} code @returns {Import[]} */
function importsOf(path, code) {
  const form = /\b(?:(?:import|export)\b[\w\s{},*$]*?\bfrom|import)\s*\(?\s*['"]([^'"\n]+)['"]/g
  return [...code.matchAll(form)].map((match) => {
    const specifier = match[1]
    const target = specifier.startsWith('.') ? resolve(path, specifier) : undefined
    return { specifier, target, offset: match.index + match[0].length - 1 }
  })
}

/** @param {string} path @param {string} specifier */
function resolve(path, specifier) {
  const target = posix.join(posix.dirname(path), specifier)
  const candidates = [target, target.replace(/\.js$/, '.ts'), `${target}.ts`, `${target}/index.ts`]
  return candidates.find((file) => /\.\w+$/.test(file) && existsSync(join(root, file))) ?? target
}

/** @param {File} file @param {string} folder */
function inside(file, folder) {
  return file.path.startsWith(`${folder}/`)
}

/** @param {File} file @param {number} offset @param {string | undefined} problem */
function report(file, offset, problem) {
  if (problem !== undefined) fail(file, offset, problem)
}

/** @param {File} file @param {number} offset @param {string} problem */
function fail(file, offset, problem) {
  problems.push(`${file.path}:${file.text.slice(0, offset).split('\n').length}  ${problem}`)
}
