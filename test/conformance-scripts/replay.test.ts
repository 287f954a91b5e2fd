import { describe, expect, it } from 'vitest'

import { normalize, replay } from './replay.ts'

const script = ['one', '----', 'ok', '', 'two 2', '----', 'a', 'b', 'c', '', 'three', '----', 'ok'].join('\n')

describe('replay', () => {
  it('passes when every output is as expected', () => {
    const result = replay(script, ({ command }) => (command === 'two' ? 'a\nb\nc\n' : 'ok'))
    expect(result).toEqual({ passed: 3, failure: null })
  })

  it('stops at the first difference, and says where and what it is', () => {
    const seen: string[] = []
    const result = replay(script, ({ command }) => {
      seen.push(command)
      return command === 'two' ? 'a\nx\nc\nd' : 'ok'
    })
    expect(seen).toEqual(['one', 'two'])
    const detail = ['    a', '  - b', '  + x', '    c', '  + d'].join('\n')
    expect(result).toEqual({ passed: 1, failure: { line: 5, command: 'two 2', detail } })
  })

  it('fails a script that cannot be read, and one that tests nothing', () => {
    expect(replay('one\n', () => 'ok').failure).toMatchObject({ line: 1, command: '' })
    expect(replay('# nothing\n', () => 'ok').failure).toMatchObject({ line: 1, command: '' })
  })
})

describe('normalize', () => {
  it.each([
    ['INFO 1 became leader\n', 'ok'],
    ['', 'ok'],
    ['a\n  DEBUG x\nFATAL y\nb\n', 'a\nb'],
    ['INFOS are no log\nWARN', 'INFOS are no log\nWARN'],
    ['a  \n\nb\t \n', 'a\n\nb\t'],
  ])('%j', (output, text) => {
    expect(normalize(output)).toBe(text)
  })
})
