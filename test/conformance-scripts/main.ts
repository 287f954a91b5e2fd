/**
 * `npm run conformance`: replays the recorded scripts.
 * Exits with 0 if all passed, 1 if one failed, 2 if there are none.
 */

import { recordedScripts, whyNone } from './recorded.ts'

main()

function main(): void {
  const scripts = recordedScripts()
  if (scripts.length === 0) {
    console.error(whyNone())
    process.exitCode = 2
    return
  }
  let failed = 0
  let commands = 0
  for (const { name, path, run } of scripts) {
    const { passed, failure } = run()
    commands += passed
    console.log(`${failure === null ? 'passed' : 'FAILED'}  ${name}  ${passed} commands`)
    if (failure === null) continue
    failed++
    console.log(`  ${path}:${failure.line}  ${failure.command}`)
    if (failure.command !== '') console.log('  - expected, + actual')
    console.log(failure.detail)
  }
  const passed = scripts.length - failed
  console.log(
    `conformance: ${passed} of ${scripts.length} scripts passed, ${failed} failed, ${commands} commands`,
  )
  process.exitCode = failed > 0 ? 1 : 0
}
