/** Is the one who connects who he should be? Decided here, and nothing done. */

import { certificateFlaw } from './certificate.ts'
import { type Hello, type Refusal, versions } from './handshake.ts'
import type { Site } from './site.ts'
import { handshakeError, type TransportError } from './transport-error.ts'
import { isNodeId } from '../../core/validity.ts'

/** What is decided. */
export type Verdict =
  | { readonly status: 'welcome'; readonly hello: Hello; readonly version: number }
  | { readonly status: Refusal; readonly error: TransportError }

/** @param names - the subject alternative names of the certificate; `null` without TLS */
export function judge(
  { options, self }: Site,
  hello: Hello | { readonly min: number; readonly max: number },
  names: string | null,
): Verdict {
  const version = Math.min(hello.max, versions.max)
  if (version < Math.max(hello.min, versions.min) || !('cluster' in hello))
    return refuse(
      'version',
      `The peer speaks versions ${hello.min} to ${hello.max} of the protocol, and node ${self} versions ${versions.min} to ${versions.max}`,
      'Upgrade one node after the other, through releases that know each other',
    )
  if (hello.cluster !== options.cluster)
    return refuse(
      'cluster',
      `The peer belongs to cluster ${JSON.stringify(hello.cluster)}, and node ${self} to ${JSON.stringify(options.cluster)}`,
      'Mend the address, or the option `cluster`: it is the same on all nodes of a cluster, and on no others',
    )
  if (hello.from === self)
    return hello.incarnation === options.incarnation
      ? refuse(
          'self',
          `Node ${self} has reached itself`,
          `Mend \`peers\`: the address of node ${hello.to} is that of node ${self}`,
        )
      : refuse(
          'self',
          `Somebody else claims to be node ${self}`,
          'Stop one of the two processes: an id belongs to one node only, and is never used again',
        )
  if (hello.to !== self)
    return refuse(
      'node',
      `The peer wants node ${hello.to}, and this is node ${self}`,
      `Mend the address of node ${hello.to} in \`peers\``,
    )
  if (!isNodeId(hello.from)) return refuse('malformed', 'The peer has no proper id', 'Give it one from 1 on')
  const error = names === null ? null : certificateFlaw(names, options.cluster, hello.from)
  return error === null ? { status: 'welcome', hello, version } : { status: 'identity', error }
}

function refuse(status: Refusal, what: string, fix: string): Verdict {
  return { status, error: handshakeError(what, fix) }
}
