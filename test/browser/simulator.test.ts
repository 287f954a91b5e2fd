import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'
import { describe, expect, test } from 'vitest'
import { drawSetup, simulate } from '../../src/sim/index.ts'
import { chromiumPath, launch } from './chromium.ts'

const path = chromiumPath()
const seeds = Array.from({ length: 12 }, (_, i) => i + 100)
const ms = 3_000

describe.skipIf(path === null)('the simulator in a browser (needs Chromium, or CHROMIUM_PATH)', () => {
  test('gives the same traces as in Node, seed by seed', async () => {
    // given the simulator bundled for browsers, without anything of Node
    const bundled = await build({
      entryPoints: [fileURLToPath(new URL('simulator-page.ts', import.meta.url))],
      bundle: true,
      write: false,
      platform: 'browser',
      format: 'iife',
      target: 'es2022',
      logLevel: 'silent',
    })
    const browser = await launch(path as string)
    try {
      const page = await browser.newPage()
      await page.addScriptTag({ content: bundled.outputFiles[0]?.text ?? '' })
      // when both run the same seeds
      const there = await page.evaluate(`hashesOf(${JSON.stringify(seeds)}, ${ms})`)
      const here = seeds.map((seed) => simulate({ ...drawSetup(seed), faultyMs: ms }).hash)
      // then every event of every run was the same
      expect(there).toEqual(here)
      expect(new Set(here).size).toBe(seeds.length)
    } finally {
      await browser.close()
    }
  })
})
