/** What a leader answers to nodes that ask on behalf of their callers. */

import type { Changes } from './changes.ts'
import type { Engine } from './engine.ts'
import { RefusedError } from './errors.ts'
import { decodeQuestion, encodeAnswer, encodeError, encodeProposed, type Question } from './questions.ts'
import type { Requests } from './requests.ts'

const encoder = new TextEncoder()
const nothing = new Uint8Array()

/** Does what is asked, if this node leads, and puts what came of it into bytes. Never rejects: an error is an answer too. */
export async function answerQuestion<C, R, Q, A>(
  bytes: Uint8Array,
  engine: Engine<C, R, Q, A>,
  requests: Requests<C, R, Q, A>,
  changes: Changes<C, R, Q, A>,
): Promise<Uint8Array> {
  try {
    engine.enter()
    const body = await answer(decodeQuestion(bytes), engine, requests, changes)
    if (body !== null) return encodeAnswer(body)
    const { leader } = engine
    throw new RefusedError('not-leader', `Node ${engine.options.id} does not lead`, leader)
  } catch (error) {
    return encodeError(error)
  }
}

async function answer<C, R, Q, A>(
  question: Question,
  engine: Engine<C, R, Q, A>,
  requests: Requests<C, R, Q, A>,
  changes: Changes<C, R, Q, A>,
): Promise<Uint8Array | null> {
  if (engine.leader !== engine.options.id) return null
  switch (question.type) {
    case 'propose': {
      const done = await requests.proposeHere(question.data, engine.calls.begin({}))
      if (done === null)
        throw new RefusedError('leadership-lost', 'It is in no log that lasts', engine.leader)
      const { outcome, index, term } = done
      if (outcome.type === 'no-session')
        throw new RefusedError('no-session', 'The session is not open, or has that answer already')
      const session = outcome.type === 'session' ? outcome.session : null
      const result = outcome.type === 'result' ? engine.options.codecs.result.encode(outcome.result) : nothing
      return encodeProposed({ index, term, session, result })
    }
    case 'changeMembership': {
      const { change, ifIndex, timeoutMs } = question
      const confState = await changes.changeHere(change, ifIndex, engine.calls.begin({ timeoutMs }))
      return confState === null ? null : encoder.encode(JSON.stringify(confState))
    }
    case 'transfer': {
      const { target, timeoutMs } = question
      const leader = await changes.transferHere(target, engine.calls.begin({ timeoutMs }))
      return leader === null ? null : encoder.encode(`${leader}`)
    }
  }
}
