/**
 * Histories of a real object under clients that overlap at random: each operation takes effect at one moment between its
 * invocation and its answer, so that there is an order, whatever was drawn.
 */

import { seededRandom, type Random } from 'quorate'
import type { Operation, Value } from 'quorate/testing'

/** What to draw. Chances are from 0 to 1. */
export interface Recipe {
  readonly seed: number
  readonly operations: number
  readonly clients: number
  readonly keys: number
  readonly type: 'register' | 'list'
  /** Operations that never get an answer; half of them take effect. */
  readonly ambiguous: number
  /** Operations that are refused, and take no effect. */
  readonly refused: number
  /** Registers: exchanges among the operations. */
  readonly cas: number
  /** Exchanges that ask for a value which the register does not hold. */
  readonly wrongGuess: number
  /** Distinct values per key; `Infinity` writes each once. */
  readonly values: number
}

const usual: Recipe = {
  seed: 1,
  operations: 200,
  clients: 8,
  keys: 4,
  type: 'register',
  ambiguous: 0.05,
  refused: 0.05,
  cas: 0.2,
  wrongGuess: 0.3,
  values: Infinity,
}

/** An operation whose answer may be changed, whatever its kind. */
export type Loose = { -readonly [Name in keyof Operation]: Operation[Name] } & {
  input?: unknown
  output?: unknown
}

interface Client {
  name: number
  open: Loose | null
  fate: 'answered' | 'refused' | 'done-silently' | 'lost'
  done: boolean
}

interface Drawing {
  readonly recipe: Recipe
  readonly random: Random
  readonly objects: Map<string, Value | Value[]>
  readonly history: Loose[]
  /** Without an answer, and still to take effect. */
  readonly late: Loose[]
  names: number
  clock: number
  next: number
}

/** Draws a history. Each event has a time of its own. */
export function generate(changes: Partial<Recipe> = {}): readonly Operation[] {
  return generateLoose(changes) as unknown as Operation[]
}

/** The same, to be changed. */
export function generateLoose(changes: Partial<Recipe>): Loose[] {
  const recipe = { ...usual, ...changes }
  const random = seededRandom(recipe.seed)
  const drawing: Drawing = {
    recipe,
    random,
    objects: new Map(),
    history: [],
    late: [],
    names: 0,
    clock: 0,
    next: 0,
  }
  const clients: Client[] = Array.from({ length: recipe.clients }, () => ({
    name: drawing.names++,
    open: null,
    fate: 'answered',
    done: false,
  }))
  while (drawing.history.length < recipe.operations) {
    advance(drawing, pick(random, clients))
    if (random() < 0.05 && drawing.late.length > 0) apply(drawing, drawing.late.pop()!, 'done-silently')
  }
  for (const client of clients) while (client.open !== null) advance(drawing, client)
  return drawing.history
}

function advance(drawing: Drawing, client: Client): void {
  const { random, recipe, history } = drawing
  const now = drawing.clock++
  if (client.open === null) {
    client.open = draw(drawing, client.name, now)
    history.push(client.open)
    client.done = false
    const chance = random()
    if (chance < recipe.ambiguous) client.fate = random() < 0.5 ? 'done-silently' : 'lost'
    else client.fate = chance < recipe.ambiguous + recipe.refused ? 'refused' : 'answered'
  } else if (!client.done) {
    if (client.fate === 'answered' || client.fate === 'done-silently')
      apply(drawing, client.open, client.fate)
    client.done = true
  } else {
    if (client.fate === 'answered' || client.fate === 'refused') client.open.returned = now
    else client.name = drawing.names++
    if (client.fate === 'lost' && random() < 0.5) drawing.late.push(client.open)
    if (client.fate === 'refused') client.open.failed = true
    client.open = null
  }
}

function draw(drawing: Drawing, client: number, invoked: number): Loose {
  const { random, recipe, objects } = drawing
  const key = `${recipe.type}-${Math.floor(random() * recipe.keys)}`
  const base = { client, key, invoked, returned: null }
  const chance = random()
  if (recipe.type === 'list')
    return chance < 0.5 ? { ...base, kind: 'append', input: fresh(drawing) } : { ...base, kind: 'read-list' }
  if (chance < recipe.cas) {
    const present = (objects.get(key) ?? null) as Value
    const from = random() < recipe.wrongGuess ? fresh(drawing) : present
    return { ...base, kind: 'cas', input: { from, to: fresh(drawing) } }
  }
  return random() < 0.5 ? { ...base, kind: 'write', input: fresh(drawing) } : { ...base, kind: 'read' }
}

function fresh(drawing: Drawing): Value {
  const { values } = drawing.recipe
  return values === Infinity ? drawing.next++ : Math.floor(drawing.random() * values)
}

function apply({ objects }: Drawing, open: Loose, fate: Client['fate']): void {
  const held = objects.get(open.key) ?? (open.kind === 'append' || open.kind === 'read-list' ? [] : null)
  let output: unknown
  if (open.kind === 'read') output = held
  else if (open.kind === 'read-list') output = [...(held as Value[])]
  else if (open.kind === 'write') objects.set(open.key, open.input as Value)
  else if (open.kind === 'append') objects.set(open.key, [...(held as Value[]), open.input as Value])
  else {
    const { from, to } = open.input as { from: Value; to: Value }
    output = held === from
    if (held === from) objects.set(open.key, to)
  }
  if (fate === 'answered' && output !== undefined) open.output = output
}

/** One of these. */
export function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[Math.floor(random() * items.length)]!
}
