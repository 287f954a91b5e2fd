#!/usr/bin/env node
/**
 * Prints the closing line of .ci/run, `N passed, N failed`, from the JSON report of vitest named on the command line, and the
 * exit code of the run behind it: a step that fails counts as one failure if no test does.
 */

import { existsSync, readFileSync } from 'node:fs'

const path = process.argv[2]
const report = path !== undefined && existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : undefined
const passed = report?.numPassedTests ?? 0
// A file that does not even load has no failed test of its own; it counts as one.
const broken = (report?.testResults ?? []).filter(
  (file) => file.status === 'failed' && !file.assertionResults.some((result) => result.status === 'failed'),
)
const failed = (report?.numFailedTests ?? 0) + broken.length
const stepFailed = failed === 0 && Number(process.argv[3] ?? 0) !== 0 ? 1 : 0
console.log(`${passed} passed, ${failed + stepFailed} failed`)
