import { describe, expect, it } from 'vitest'

import { readOptions } from './options.ts'

describe('the command line', () => {
  it('has a usual run', () => {
    expect(readOptions([])).toEqual({ kind: 'run', scripts: 1000, seed: 1, keep: null })
  })

  it('takes a number of scripts, a seed and a directory', () => {
    const args = ['--scripts', '20', '--seed=7', '--keep', 'there']
    expect(readOptions(args)).toEqual({ kind: 'run', scripts: 20, seed: 7, keep: 'there' })
  })

  it('takes the seed of one script', () => {
    expect(readOptions(['--script-seed', '7000019'])).toEqual({ kind: 'one', scriptSeed: 7_000_019 })
  })

  it('explains itself', () => {
    expect(readOptions(['--help', '--seed', 'x'])).toEqual({ kind: 'help' })
  })

  it.each([
    ['--scripts', '0', "Expected --scripts to be a whole number from 1 to 1000000, got '0'"],
    ['--scripts', '1.5', "Expected --scripts to be a whole number from 1 to 1000000, got '1.5'"],
    ['--scripts', '1e3', "Expected --scripts to be a whole number from 1 to 1000000, got '1e3'"],
    ['--seed', 'abc', /^Expected --seed to be a whole number from 0 to \d+, got 'abc'$/],
    ['--seed', '99999999999999999999', /^Expected --seed to be a whole number/],
    ['--script-seed', '-1', /--script-seed/],
    ['--speed', '3', /--speed.*the options are --scripts, --seed, --keep, --script-seed, --help$/],
    ['more', '', /more/],
  ])('refuses %s %s', (flag, value, message) => {
    const result = readOptions([flag, value])
    expect(result.kind).toBe('error')
    if (result.kind === 'error') expect(result.message).toMatch(message)
  })

  it('refuses the seed of a script together with anything else', () => {
    const message = 'Expected --script-seed alone, got --scripts as well'
    expect(readOptions(['--script-seed', '1', '--scripts', '2'])).toEqual({ kind: 'error', message })
  })
})
