/** How the model says that a run has left it. */

import type { NodeId } from '../../core/types.ts'
import { Violation } from '../world.ts'

/** A step that the model does not allow: the transition, who made it, and what was expected. */
export function deviates(transition: string, node: NodeId, what: string): never {
  throw new Violation('model', `${transition}: node ${node} ${what}`)
}
