/** `watch`: the cluster as it lives, once a second. */

import { setTimeout } from 'node:timers/promises'
import { formatAddress } from '../arguments.ts'
import { lookAround, type Seen } from './cluster.ts'
import { clusterFlags, clusterHelp, nodesFrom, unanswered } from './ask.ts'
import type { Command } from './command.ts'
import { Moments } from '../watch/history.ts'
import { dashboard, plainLine } from '../watch/screen.ts'

// Another page of the terminal, without a cursor; and back.
const enter = '\u001B[?1049h\u001B[?25l'
const leave = '\u001B[?25h\u001B[?1049l'
const home = '\u001B[H'
const restOfLine = '\u001B[K'
const restOfScreen = '\u001B[J'

export const watch: Command = {
  names: [],
  flags: { ...clusterFlags, seconds: { type: 'string' } },
  summary: 'a live dashboard of the cluster; a line each second where there is no terminal',
  help: ['--seconds N          end after so many', ...clusterHelp],
  async run(args, terminal) {
    const { stop } = terminal
    const isScreen = terminal.screen !== null
    const seconds = args.number('seconds', 1_000_000_000, 1, 1_000_000_000)
    const moments = new Moments()
    const known = new Map(nodesFrom(args).map((at) => [formatAddress(at), at]))
    let seen: readonly Seen[]
    try {
      seen = await lookAround([...known.values()], 2000)
    } catch (error) {
      return unanswered(terminal, error)
    }
    if (isScreen) terminal.out(enter)
    try {
      for (let second = 0; second < seconds && !stop.aborted; second++) {
        // Once somebody has answered, all whom it knows are asked, whoever of them is up.
        for (const { address } of seen) known.set(formatAddress(address), address)
        seen = await lookAround([...known.values()], 700).catch(() =>
          seen.map((one) => ({ ...one, status: null })),
        )
        moments.add(seen, performance.now())
        const { screen } = terminal
        if (screen === null) terminal.out(plainLine(seen, moments.list.at(-1), new Date()))
        else {
          const lines = dashboard(seen, moments.list, screen.columns).slice(0, Math.max(screen.rows - 2, 1))
          terminal.out(
            `${home}${lines.map((line) => `${line}${restOfLine}\n`).join('')}Ctrl-C ends this.${restOfScreen}`,
          )
        }
        if (second + 1 < seconds) await pause(1000, stop)
      }
    } finally {
      if (isScreen) terminal.out(leave)
    }
    return 0
  },
}

/** Waits, unless it is asked to stop. */
async function pause(ms: number, signal: AbortSignal): Promise<void> {
  await setTimeout(ms, undefined, { signal }).catch(() => null)
}
