import { describe, expect, it } from 'vitest'

import { recordedScripts, whyNone } from './recorded.ts'

const scripts = recordedScripts()

describe('the recorded scripts', () => {
  it('are there', ({ skip }) => {
    skip(scripts.length === 0, whyNone())
    expect(scripts.length).toBeGreaterThan(0)
  })

  it.each(scripts)('$name', ({ path, run }) => {
    const { failure } = run()
    expect(failure === null ? '' : `${path}:${failure.line}  ${failure.command}\n${failure.detail}`).toBe('')
  })
})
