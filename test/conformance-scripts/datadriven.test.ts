import { describe, expect, it } from 'vitest'

import { parseLine, parseScript, withOutputs } from './datadriven.ts'

const script = (...lines: readonly string[]): string => lines.join('\n')

describe('parseScript', () => {
  it('reads lines that end with a carriage return too', () => {
    const lines = ['do 1', 'input', '----', 'out', '', 'next', '----', '----', 'a', '', 'b', '----', '----']
    const [plain, returned] = [parseScript(lines.join('\n')), parseScript(lines.join('\r\n'))]
    expect(returned).toEqual(plain)
    expect(returned).toMatchObject([{ expected: 'out' }, { expected: 'a\n\nb' }])
  })

  it('reads a command with input and output, and the line it is in', () => {
    const text = script(
      '',
      '# a story',
      'do 1 key=x',
      'input',
      'more',
      '----',
      'out',
      '  put',
      '',
      'next',
      '----',
      '',
    )
    const [first, second, ...rest] = parseScript(text)
    expect(first).toMatchObject({
      line: 3,
      text: 'do 1 key=x',
      command: 'do',
      args: [
        { key: '1', values: null },
        { key: 'key', values: ['x'] },
      ],
      input: 'input\nmore',
      expected: 'out\n  put',
    })
    expect(second).toMatchObject({ line: 10, command: 'next', args: [], input: '', expected: '' })
    expect(rest).toEqual([])
  })

  it('takes a comment line for output when it stands in one', () => {
    expect(parseScript(script('do', '----', 'one', '# two', '', '# three'))).toMatchObject([
      { expected: 'one\n# two' },
    ])
  })

  it('lets an output hold blank lines and single separators between doubled ones', () => {
    const text = script(
      'do',
      '----',
      '----',
      'one',
      '',
      '----',
      'two',
      '----',
      '----',
      '',
      'do',
      '----',
      'ok',
    )
    expect(parseScript(text)).toMatchObject([{ expected: 'one\n\n----\ntwo' }, { line: 11, expected: 'ok' }])
  })

  it('reads an empty output between doubled separators', () => {
    expect(parseScript(script('do', '----', '----', '----', '----'))).toMatchObject([{ expected: '' }])
  })

  it.each([
    ['no separator', script('do', 'something'), 1],
    ['an open output', script('', 'do', '----', '----', 'one', '----'), 4],
    ['an open parenthesis', script('', 'do key=(1, 2', '----', 'ok'), 2],
    ['an argument without a name', script('do =1', '----', 'ok'), 1],
    ['something behind a parenthesis', script('do key=(1)2', '----', 'ok'), 1],
  ])('refuses a script with %s', (_what, text, line) => {
    expect(() => parseScript(text)).toThrow(expect.objectContaining({ name: 'ScriptError', line }))
  })
})

describe('parseLine', () => {
  it.each([
    ['cfg=(1, 2)', ['1', '2']],
    ['cfg=( 1 ,2,  3 )', ['1', '2', '3']],
    ['cfg=()', []],
    ['cfg=', ['']],
    ['cfg=(a b, c)', ['a b', 'c']],
    ['cfg=(f(1, 2), 3)', ['f(1, 2)', '3']],
    ['cfg=a=b', ['a=b']],
    ['cfg=(_,_)', ['_', '_']],
  ])('%s', (text, values) => {
    expect(parseLine(text)).toEqual([{ key: 'cfg', values }])
  })

  it('takes any text for a word', () => {
    expect(parseLine('propose  1   ünï"\\n')).toEqual(
      ['propose', '1', 'ünï"\\n'].map((key) => ({ key, values: null })),
    )
  })
})

describe('withOutputs', () => {
  it('replaces outputs and leaves everything else alone', () => {
    const text = script(
      '# story',
      'one',
      'input',
      '----',
      'old',
      '',
      '# more',
      'two',
      '----',
      '----',
      'a',
      '',
      'b',
    )
    const whole = `${text}\n----\n----\n`
    const rewritten = withOutputs(whole, parseScript(whole), ['new\n\nlines', 'ok\n'])
    expect(rewritten).toBe(
      script(
        '# story',
        'one',
        'input',
        '----',
        '----',
        'new',
        '',
        'lines',
        '----',
        '----',
        '',
        '# more',
        'two',
        '----',
        'ok',
        '',
      ),
    )
    expect(parseScript(rewritten).map(({ expected }) => expected)).toEqual(['new\n\nlines', 'ok'])
  })
})
