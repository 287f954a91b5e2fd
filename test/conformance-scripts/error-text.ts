/** What the scripts expect of an error: the reference's words, by our stable codes. */

import { ConfChangeError, type ConfChangeRule, OptionsError, RaftError, type RaftErrorCode } from 'quorate'

import { CommandError } from './args.ts'

/** A proposal that was dropped: an answer with us, an error with the reference. */
export const proposalDropped = 'raft proposal dropped'

const byCode: Readonly<Partial<Record<RaftErrorCode, string>>> = {
  ERR_UNKNOWN_PEER: 'raft: cannot step as peer not found',
  ERR_LOCAL_MESSAGE: 'raft: cannot step raft local message',
  ERR_COMPACTED: 'requested index is unavailable due to compaction',
  ERR_UNAVAILABLE: 'requested entry at index is unavailable',
  ERR_SNAPSHOT_OUT_OF_DATE: 'requested index is older than the existing snapshot',
}

const byOption: ReadonlyMap<string, string> = new Map([
  ['readOnly', 'CheckQuorum must be enabled when ReadOnlyOption is ReadOnlyLeaseBased'],
  ['maxInflightMsgs', 'max inflight messages must be greater than 0'],
])

const byRule: Readonly<Record<ConfChangeRule, string>> = {
  'already-joint': 'config is already joint',
  'not-joint': "can't leave a non-joint config",
  'no-voters-before': "can't make a zero-voter config joint",
  'no-voters-left': 'removed all voters',
  'simple-in-joint': "can't apply simple config change in joint config",
  'more-than-one-voter': 'more than one voter changed without entering joint config',
}

/** The text that a failed command, or a failed step, prints. */
export function errorText(error: unknown): string {
  if (error instanceof CommandError) return error.message
  if (error instanceof ConfChangeError) return byRule[error.rule]
  const known =
    error instanceof OptionsError
      ? byOption.get(error.option)
      : error instanceof RaftError
        ? byCode[error.code]
        : undefined
  if (known !== undefined) return known
  // No script expects this one: it is to be seen in the diff, with all there is to say.
  if (error instanceof RaftError) return `${error.code}: ${error.message}`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
