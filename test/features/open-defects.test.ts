/**
 * What is known to be wrong: each test says what should be, and fails today. When one is mended `test.fails` complains;
 * then the test loses that word and moves to the file of its feature.
 */

import { expect, test } from 'vitest'

import { PaperCluster } from '../support/paper-cluster.ts'
import { append } from '../support/paper-messages.ts'

// A follower changes its mind about who leads its term without a word. It is the last who can tell that Raft is broken.
test.fails('a second leader in the same term is not followed in silence', () => {
  const c = new PaperCluster()
  c.step(append([2, 1, 5]))

  expect(() => c.step(append([3, 1, 5]))).toThrow()
})
