/** What scenarios have in common: to tell what happens, to expect something, and to elect and write with the words for it. */

import type { LogIndex, NodeId, Term } from 'quorate'

import type { Cluster } from './cluster.ts'
import { type Command, commandText } from './command.ts'
import type { DemoNode } from './node.ts'
import { ExpectationError } from './verdict.ts'
import { count, list } from './words.ts'

/** A cluster, and a voice. */
export class Stage {
  readonly cluster: Cluster
  /** How many expectations were met so far. */
  checks = 0
  readonly #say: (text: string) => void

  constructor(cluster: Cluster, say: (text: string) => void) {
    this.cluster = cluster
    this.#say = say
  }

  /** Tells the next step of the story. */
  say(text: string): void {
    this.#say(text)
  }

  /** Expects something. `claim` says what is so, not what should be. */
  check(claim: string, holds: boolean): void {
    if (!holds) throw new ExpectationError(claim)
    this.checks++
  }

  /**
   * Waits until a node leads, and tells how that came about.
   * @param among - which nodes to look at
   * @param told - the last term whose election was told of already
   */
  elect(among: readonly DemoNode[] = this.cluster.nodes, told: Term = 0): DemoNode {
    const { cluster } = this
    const elected = () => among.find((node) => node.status().role === 'leader')
    cluster.waitUntil('a leader is elected', () => elected() !== undefined)
    const leader = elected() as DemoNode
    const { id, term, lastIndex, confState } = leader.status()
    const votes = cluster.elections.of(term)?.ballots.get(id)?.length ?? 0
    this.say(
      `Node ${id} hears of no leader for its whole election timeout, stands for election and gets ` +
        `${votes} of ${count(confState.voters.length, 'vote')}: at tick ${cluster.now} it leads term ${term} (§5.2). ` +
        `It starts with an empty entry, index ${lastIndex} (§8).${this.#splitText(told, term)}`,
    )
    return leader
  }

  /** A client writes: waits until it is committed, and tells where. */
  write(leader: DemoNode, ...commands: readonly Command[]): LogIndex {
    const { cluster } = this
    const indexes = commands.map((command) => this.append(leader, command))
    const last = Math.max(...indexes)
    cluster.waitUntil(`index ${last} is committed`, () => leader.status().commit >= last)
    const { progress } = leader.status()
    const voters = progress.filter(({ isLearner }) => !isLearner)
    const holders = voters.filter(({ match }) => match >= last).length
    const where = indexes.length === 1 ? `it at index ${last}` : `them at indexes ${indexes[0]} to ${last}`
    this.say(
      `A client sends ${commandsText(commands)} to node ${leader.id}, which appends ${where}. At tick ${cluster.now} ` +
        `that is on ${holders} of ${count(voters.length, 'voter')} (majority: ${Math.floor(voters.length / 2) + 1}), ` +
        'and so committed (§5.3).',
    )
    return last
  }

  /** Appends a command to the log of a node that leads, or believes to. Answers where. */
  append(node: DemoNode, command: Command): LogIndex {
    const { index } = this.cluster.act(node, () => node.propose(command))
    if (index === undefined) throw new ExpectationError(`node ${node.id} takes the proposal as a leader`)
    return index
  }

  /** Waits until these nodes have applied what `leader` has in its log now. */
  catchUp(leader: DemoNode, nodes: readonly DemoNode[] = this.cluster.nodes): void {
    const { lastIndex } = leader.status()
    this.cluster.waitUntil(`${list(nodes.map(({ id }) => `node ${id}`))} applied index ${lastIndex}`, () =>
      nodes.every((node) => node.status().applied >= lastIndex),
    )
  }

  /** Expects that each of these nodes holds a value. */
  checkValue(key: string, value: string | null, nodes: readonly DemoNode[] = this.cluster.nodes): void {
    for (const node of nodes) {
      const held = node.store.get(key)
      this.check(`node ${node.id} holds ${key}=${value} (it holds ${held})`, held === value)
    }
  }

  /** The others than these. */
  others(...ids: readonly NodeId[]): readonly DemoNode[] {
    return this.cluster.nodes.filter(({ id }) => !ids.includes(id))
  }

  /** The nodes in two parts: as many as can be without a majority, with `node` among them, and the others. */
  divide(node: DemoNode): { readonly minority: readonly DemoNode[]; readonly majority: readonly DemoNode[] } {
    const nodes = [node, ...this.others(node.id)]
    const size = Math.floor((nodes.length - 1) / 2)
    return { minority: nodes.slice(0, size), majority: nodes.slice(size) }
  }

  /** What must hold at the end of every scenario. */
  finish(): void {
    const { nodes, elections } = this.cluster
    for (const { term, winners } of elections.all())
      this.check(`term ${term} has one leader at the most`, winners.length <= 1)
    const [first] = nodes
    const pairs = JSON.stringify(first?.store.pairs())
    for (const { id, store } of nodes)
      this.check(
        `node ${id} holds the same pairs as node ${first?.id}`,
        JSON.stringify(store.pairs()) === pairs,
      )
  }

  /** The terms between the two that nobody won, back to the last one that somebody did. */
  #splitText(told: Term, term: Term): string {
    const before = this.cluster.elections.all().filter((each) => told < each.term && each.term < term)
    const split = before.slice(before.findLastIndex(({ winners }) => winners.length > 0) + 1)
    if (split.length === 0) return ''
    const terms = `${split.length === 1 ? 'term' : 'terms'} ${list(split.map((each) => each.term))}`
    return ` Before, ${terms} had candidates and no winner: the votes were split.`
  }
}

/** The same command several times over is said once. */
function commandsText(commands: readonly Command[]): string {
  const texts = new Map<string, number>()
  for (const text of commands.map(commandText)) texts.set(text, (texts.get(text) ?? 0) + 1)
  return list([...texts].map(([text, times]) => (times === 1 ? text : `${times} times ${text}`)))
}
