/**
 * Whose certificate is it? Each node's certificate names the node in its subject alternative names, as a URI:
 *
 *     quorate://<cluster>/<node id>        such as quorate://orders/3
 *
 * Nothing else in it counts, neither the common name nor names of hosts: nodes move, and who may speak as node 3 does not
 * depend on where it runs.
 */

import type { NodeId } from '../../core/types.ts'
import { handshakeError, type TransportError } from './transport-error.ts'

/** What the certificate of a node has to name. */
export function certificateName(cluster: string, id: NodeId): string {
  return `quorate://${cluster}/${id}`
}

/** Why a certificate is not that of the node; `null` if it is. `names` is as Node tells the subject alternative names. */
export function certificateFlaw(
  names: string | undefined,
  cluster: string,
  id: NodeId,
): TransportError | null {
  const wanted = certificateName(cluster, id)
  const uris = urisIn(names ?? '')
  if (uris.includes(wanted)) return null
  return handshakeError(
    `Expected a certificate for ${wanted}, got one for ${uris.length === 0 ? 'no node at all' : uris.join(', ').slice(0, 200)}`,
    `Issue the node a certificate with the subject alternative name URI:${wanted}, or mend the address of node ${id}`,
  )
}

/**
 * The URIs among the names. Names that could be mistaken for several are quoted, and pass for none here: a comma in one must not
 * let its owner speak as somebody else.
 */
function urisIn(names: string): string[] {
  const uris: string[] = []
  const item = /([^:,]+):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/y
  while (item.lastIndex < names.length) {
    const found = item.exec(names)
    // What cannot be read names nobody, and neither does the rest of it.
    if (found === null) return []
    const [, kind, value = ''] = found
    if (kind === 'URI' && !value.startsWith('"')) uris.push(value)
  }
  return uris
}
