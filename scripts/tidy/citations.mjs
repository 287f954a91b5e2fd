/**
 * The texts this library cites, by section, and the citations in its sources. Three forms:
 * `§5.4.2` is the extended Raft paper, `thesis §4.2.3` is Ongaro's dissertation, `figure 8` is a figure of the paper.
 */

/** "In Search of an Understandable Consensus Algorithm", extended version. */
const paper = new Map([
  ['1', 'Introduction'],
  ['2', 'Replicated state machines'],
  ['3', 'What is wrong with Paxos'],
  ['4', 'Understandability'],
  ['5', 'The algorithm'],
  ['5.1', 'Basics: terms, roles, RPCs'],
  ['5.2', 'Leader election'],
  ['5.3', 'Log replication'],
  ['5.4', 'Safety'],
  ['5.4.1', 'Election restriction'],
  ['5.4.2', 'Entries of earlier terms'],
  ['5.4.3', 'Safety argument'],
  ['5.5', 'Crashes of followers and candidates'],
  ['5.6', 'Timing and availability'],
  ['6', 'Membership changes'],
  ['7', 'Log compaction'],
  ['8', 'Clients'],
  ['9', 'Evaluation'],
  ['9.1', 'Understandability, measured'],
  ['9.2', 'Correctness'],
  ['9.3', 'Performance'],
  ['10', 'Related work'],
  ['11', 'Conclusion'],
])

/** "Consensus: Bridging Theory and Practice". Of chapters that are not about the algorithm only the number. */
const thesis = new Map([
  ['1', 'Introduction'],
  ['2', 'Motivation'],
  ['2.1', 'Replicated state machines'],
  ['2.2', 'Use cases'],
  ['2.3', 'What is wrong with Paxos'],
  ['3', 'Basic algorithm'],
  ['3.1', 'Understandability'],
  ['3.2', 'Overview'],
  ['3.3', 'Basics: terms, roles, RPCs'],
  ['3.4', 'Leader election'],
  ['3.5', 'Log replication'],
  ['3.6', 'Safety'],
  ['3.6.1', 'Election restriction'],
  ['3.6.2', 'Entries of earlier terms'],
  ['3.6.3', 'Safety argument'],
  ['3.7', 'Crashes of followers and candidates'],
  ['3.8', 'Persisted state and restarts'],
  ['3.9', 'Timing and availability'],
  ['3.10', 'Leadership transfer'],
  ['3.11', 'Conclusion'],
  ['4', 'Membership changes'],
  ['4.1', 'Safety: one server at a time'],
  ['4.2', 'Availability'],
  ['4.2.1', 'Catching up new servers'],
  ['4.2.2', 'Removing the leader'],
  ['4.2.3', 'Disruptive servers'],
  ['4.2.4', 'Availability argument'],
  ['4.3', 'Joint consensus'],
  ['4.4', 'System integration'],
  ['4.5', 'Conclusion'],
  ['5', 'Log compaction'],
  ['5.1', 'Snapshots of state in memory'],
  ['5.1.1', 'Snapshotting concurrently'],
  ['5.1.2', 'When to snapshot'],
  ['5.1.3', 'Implementation concerns'],
  ['5.2', 'Snapshots of state on disk'],
  ['5.3', 'Incremental cleaning'],
  ['5.3.1', 'Log cleaning'],
  ['5.3.2', 'Log-structured merge trees'],
  ['5.3.3', 'Both of them in Raft'],
  ['5.4', 'Leader-based approaches'],
  ['5.4.1', 'Snapshots in the log'],
  ['5.4.2', 'External log for very small state machines'],
  ['5.5', 'Conclusion'],
  ['6', 'Client interaction'],
  ['6.1', 'Finding the cluster'],
  ['6.2', 'Routing requests to the leader'],
  ['6.3', 'Linearizable semantics'],
  ['6.4', 'Read-only queries'],
  ['6.4.1', 'Reads by clocks'],
  ['6.5', 'Conclusion'],
  ['7', 'User study'],
  ['8', 'Correctness'],
  ['8.1', 'Specification and proof'],
  ['8.2', 'Earlier verification attempts'],
  ['8.3', 'Building correct implementations'],
  ['8.4', 'Conclusion'],
  ['9', 'Leader election, evaluated'],
  ['9.1', 'Elections without split votes'],
  ['9.2', 'How common split votes are'],
  ['9.3', 'Elections with split votes'],
  ['9.4', 'Elections in real networks'],
  ['9.5', 'When logs differ'],
  ['9.6', 'Disruptions by a rejoining server: pre-vote'],
  ['9.7', 'Conclusion'],
  ['10', 'Implementation and performance'],
  ['10.1', 'Implementation'],
  ['10.1.1', 'Threads'],
  ['10.2', 'Performance'],
  ['10.2.1', "Writing to the leader's disk in parallel"],
  ['10.2.2', 'Batching and pipelining'],
  ['10.3', 'Preliminary results'],
  ['10.4', 'Conclusion'],
  ['11', 'Related work'],
  ['12', 'Conclusion'],
])

const paperFigures = 16
const thesisChapters = 12

// "RFC 3720 §12" is somebody else's section.
const sectionForm = /(RFC\s+\d+,?\s*)?(thesis[\s*/]+)?§+\s*(\d+(?:\.\d+)*)/gi
const figureForm = /(RFC\s+\d+,?\s*)?(thesis[\s*/]+)?\bfigure[\s*/]+(\d+(?:\.\d+)?)/gi
const looseForm =
  /(?<!RFC\s+\d+,?\s*)\b(?:(?:section|sec\.)\s+\d+\.\d|thesis,?\s+(?:section|sec\.?|chapter|ch\.?)?\s*\d)/gi

/** @typedef {{ key: string, offset: number, problem: string | undefined }} Citation */

/** All citations in a text. `key` is what the table calls it. @param {string} text @returns {Citation[]} */
export function citationsIn(text) {
  /** @type {Citation[]} */
  const found = []
  for (const [, rfc, work, number, offset] of matches(text, sectionForm)) {
    if (rfc === undefined)
      found.push({ key: sectionKey(work, number), offset, problem: checkSection(work, number) })
  }
  for (const [, rfc, work, number, offset] of matches(text, figureForm)) {
    if (rfc === undefined)
      found.push({ key: figureKey(work, number), offset, problem: checkFigure(work, number) })
  }
  for (const [words, offset] of matches(text, looseForm)) {
    found.push({
      key: '',
      offset,
      problem: `"${words}": write §5.4.2 for the paper, thesis §4.2.3 for the thesis`,
    })
  }
  return found
}

/**
 * The table of docs/PROTOCOL.md: section, the sources that cite it, the tests that cite it.
 * @param {{ path: string, text: string }[]} files
 */
export function protocolTable(files) {
  const lines = ['| section | sources | tests |', '|---|---|---|']
  const cited = files.map((file) => ({
    path: file.path,
    keys: new Set(citationsIn(file.text).map((c) => c.key)),
  }))
  for (const [key, title] of allKeys(cited)) {
    const paths = cited.filter((file) => file.keys.has(key)).map((file) => file.path)
    if (paths.length === 0) continue
    const cell = (folder) =>
      paths
        .filter((path) => path.startsWith(folder))
        .map(link)
        .join('<br>') || '-'
    lines.push(`| ${key}${title === '' ? '' : ` ${title}`} | ${cell('src/')} | ${cell('test/')} |`)
  }
  return lines.join('\n')
}

/** @param {{ keys: Set<string> }[]} cited @returns {[string, string][]} every key there can be, in reading order */
function allKeys(cited) {
  const figures = new Set(cited.flatMap((file) => [...file.keys]).filter((key) => key.includes('figure')))
  return [
    ...[...paper].map(([number, title]) => [sectionKey(undefined, number), title]),
    ...[...figures].toSorted(byNumber).map((key) => [key, '']),
    ...[...thesis].map(([number, title]) => [sectionKey('thesis', number), title]),
  ]
}

/** @param {string} path */
function link(path) {
  return `[${path.replace(/^(src|test)\//, '')}](../${path})`
}

const sectionKey = (work, number) => (work === undefined ? `§${number}` : `thesis §${number}`)
const byNumber = (a, b) => a.localeCompare(b, 'en', { numeric: true })
const figureKey = (work, number) => (work === undefined ? `figure ${number}` : `thesis figure ${number}`)

function checkSection(work, number) {
  if ((work === undefined ? paper : thesis).has(number)) return undefined
  if (work !== undefined) return `thesis §${number}: the thesis has no such section`
  const hint = thesis.has(number)
    ? `; thesis §${number} exists, say "thesis" before each of its sections`
    : ''
  return `§${number}: the extended paper has no such section${hint}`
}

function checkFigure(work, number) {
  const [first, second] = number.split('.').map(Number)
  if (work !== undefined) {
    return first >= 1 && first <= thesisChapters && second >= 1
      ? undefined
      : `thesis figure ${number}: no such figure`
  }
  return first >= 1 && first <= paperFigures && second === undefined
    ? undefined
    : `figure ${number}: the extended paper has figures 1 to ${paperFigures}`
}

function* matches(text, form) {
  for (const match of text.matchAll(form)) yield [...match, match.index]
}
