/** The node of the store. */

import type { RaftNode } from 'quorate'
import type { Command, Result } from '../store/command.ts'
import type { Entry, Query } from '../store/machine.ts'

export type KvNode = RaftNode<Command, Result, Query, Entry | null>
