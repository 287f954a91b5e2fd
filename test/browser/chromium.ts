/** A headless Chromium for tests, if there is one on this machine. It is not fetched: the system's own is used. */

import { existsSync } from 'node:fs'
import { type Browser, chromium } from 'playwright-core'

const usual = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
]

/** Where it is; null if there is none. `CHROMIUM_PATH` says where else to look. */
export function chromiumPath(): string | null {
  const told = process.env['CHROMIUM_PATH']
  if (told !== undefined && !existsSync(told))
    throw new Error(`CHROMIUM_PATH is ${told}, which does not exist`)
  return told ?? usual.find((path) => existsSync(path)) ?? null
}

/** Starts it. */
export function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({
    executablePath,
    // It shows only pages of these tests; the rest keeps it from looking for the world outside.
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  })
}
