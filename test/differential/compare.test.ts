import { describe, expect, it } from 'vitest'

import type { Answer, End, Facts } from './answer.ts'
import { compare } from './compare.ts'
import { whyKnown } from './known.ts'
import { describeDivergence } from './report.ts'
import { command, type Script } from './script.ts'

const script: Script = {
  folder: 'interaction',
  steps: [command('one'), command('two', 'in'), command('three')],
}

function answer(outputs: readonly string[], end: End | null = null, facts: Facts | null = null): Answer {
  return { outputs, end, facts }
}

/** Prints the name of the command, unless told otherwise. */
function ours(said: Readonly<Record<string, string>> = {}): (one: { readonly command: string }) => string {
  return ({ command: name }) => said[name] ?? name
}

it('agrees when all outputs are the same but for the logger and spaces at the ends of lines', () => {
  const result = compare(script, answer(['INFO x\none', 'two  ', 'three']), ours())
  expect(result.divergence).toBeNull()
  expect(result.agreed.map(({ text }) => text)).toEqual(['one', 'two', 'three'])
  expect(result.recorded).toBe('one\n----\nINFO x\none\n\ntwo\nin\n----\ntwo\n\nthree\n----\nthree\n')
})

it('stops at the first difference, and shows it', () => {
  const result = compare(script, answer(['one', 'a\nb', 'other']), ours({ two: 'a\nc' }))
  expect(result.divergence).toMatchObject({ expected: 'a\nb', actual: 'a\nc' })
  expect(result.agreed).toHaveLength(1)
  expect(describeDivergence(result).join('\n').split('\n')).toEqual([
    '    one',
    '    ----',
    '    one',
    '',
    '    two',
    '    in',
    '  ---- (-) the reference, (+) quorate',
    '    a',
    '  - b',
    '  + c',
  ])
})

describe('where the reference ends', () => {
  it('what comes before is compared', () => {
    const end: End = { kind: 'refused', text: 'two' }
    expect(compare(script, answer(['one'], end), ours())).toMatchObject({
      divergence: null,
      end,
      recorded: 'one\n----\none\n',
    })
    expect(compare(script, answer(['eins'], end), ours()).divergence).toMatchObject({ actual: 'one' })
  })

  it('by a panic, we may do anything but break', () => {
    const end: End = { kind: 'panic', text: 'no' }
    expect(compare(script, answer(['one'], end), ours()).divergence).toBeNull()
    const broken = compare(script, answer(['one'], end), ours({ two: 'ERR_INVARIANT: what cannot be' }))
    expect(broken.divergence).toMatchObject({ expected: '(panics: no)' })
    const thrown = compare(script, answer(['one'], end), ours({ two: 'TypeError: x\n    at y' }))
    expect(thrown.divergence).not.toBeNull()
  })

  it('by never ending, we do not end either', () => {
    const end: End = { kind: 'endless', text: '' }
    expect(compare(script, answer(['one'], end), ours()).divergence).toMatchObject({
      expected: '(never ends)',
    })
    const same = compare(script, answer(['one'], end), ours({ two: 'a\nthe cluster does not come to rest' }))
    expect(same.divergence).toBeNull()
  })
})

it('runs the scripts of each folder in its language', () => {
  const run = (folder: Script['folder'], text: string, output: string, input = ''): unknown =>
    compare({ folder, steps: [command(text, input)] }, answer([output])).divergence
  expect(run('interaction', 'add-nodes 1', 'ok')).toBeNull()
  expect(run('quorum', 'vote cfg=(1) votes=(y)', 'VoteWon\n')).toBeNull()
  expect(run('confchange', 'simple', 'voters=(1)\n1: StateProbe match=0 next=1\n', 'v1')).toBeNull()
})

describe('a known reason', () => {
  const facts: Facts = {
    leaders: 0,
    committed: 0,
    confChanges: 0,
    joint: false,
    learners: false,
    snapshots: 0,
    rivals: -1,
  }
  const why = (outputs: readonly string[], more: Partial<Facts>): unknown => {
    const given = answer(outputs, null, { ...facts, ...more })
    return whyKnown(compare(script, given, ours()), given)
  }

  it('holds from the command on by which it came up, and not before', () => {
    expect(why(['one', 'x', 'three'], { rivals: 0 })).toMatch(/two leaders/)
    expect(why(['one', 'x', 'three'], { rivals: 2 })).toBeNull()
    expect(why(['one', 'x', 'three'], {})).toBeNull()
  })

  it('is a write that the storage of rafttest has lost', () => {
    const given = answer(["can't apply snapshot and entries at the same time", 'x'], null, facts)
    const comparison = compare(script, given, ours())
    const saying = (expected: string) => ({ ...comparison.divergence!.command, expected })
    const lost = { ...comparison, agreed: [saying('ok'), saying(given.outputs[0] ?? '')] }
    expect(whyKnown(lost, given)).toMatch(/a write is lost/)
    expect(whyKnown({ ...lost, agreed: [saying('ok')] }, given)).toBeNull()
  })

  it('is none where there is no difference', () => {
    expect(why(['one', 'two', 'three'], { rivals: 0 })).toBeNull()
  })
})
