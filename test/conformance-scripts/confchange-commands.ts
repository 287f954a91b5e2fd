/** The commands of the confchange folder: changes made to one configuration, without a node around it. */

import type { ConfChangeSingle, ConfState } from 'quorate'

import { type ConfigStep, enterJoint, leaveJoint, simple } from '../../src/core/confchange/changer.ts'
import type { Progress } from '../../src/core/tracker/progress.ts'
import { ProgressMap } from '../../src/core/tracker/progress-map.ts'
import { Args, CommandError, parseFlag } from './args.ts'
import { parseChanges } from './conf-change-text.ts'
import type { Case } from './datadriven.ts'
import { describeConfig, describeProgressMap, type ProgressView } from './describe-tracker.ts'
import { errorText } from './error-text.ts'
import type { Handler } from './replay.ts'
import { nobody } from './script-storage.ts'

const limits = { maxInflightMsgs: 10, maxInflightBytes: Infinity }

/** An empty configuration, and the commands to change it. */
export function confChangeHandler(): Handler {
  let config: ConfState = nobody
  const progress = new ProgressMap(config, 1, limits, false)
  let lastIndex = 0
  return (command) => {
    try {
      const step = change(config, command)
      config = step.config
      progress.reconfigure(config, step.fresh, Math.max(lastIndex, 1), true)
      return `${describeConfig(config)}\n${describeProgressMap(progress.all.map(view))}`
    } catch (error) {
      return errorText(error)
    } finally {
      lastIndex++
    }
  }
}

type Command = (config: ConfState, changes: readonly ConfChangeSingle[], args: Args) => ConfigStep

const commands: ReadonlyMap<string, Command> = new Map<string, Command>([
  ['simple', simple],
  [
    'enter-joint',
    (config, changes, args) => enterJoint(config, changes, parseFlag(args.option('autoleave') ?? 'false')),
  ],
  [
    'leave-joint',
    (config, changes) => {
      if (changes.length > 0) throw new CommandError('this command takes no input')
      return leaveJoint(config)
    },
  ],
])

/** The names of all commands of this folder. */
export const confChangeCommandNames: readonly string[] = [...commands.keys()]

function change(config: ConfState, { command, args, input }: Case): ConfigStep {
  const changes = parseChanges(input)
  const run = commands.get(command)
  if (run === undefined) throw new CommandError('unknown command')
  return run(config, changes, new Args(args))
}

function view({ id, state, match, next, isLearner, paused, recentActive }: Progress): ProgressView {
  const inflight = { count: 0, full: false }
  return {
    id,
    state: state.name,
    match,
    next,
    isLearner,
    paused,
    recentActive,
    pendingSnapshot: null,
    inflight,
  }
}
