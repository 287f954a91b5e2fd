import type { StateMachine } from 'quorate'

/** What a register of named numbers can do. */
export type RegisterCommand = { readonly add: number; readonly to: string } | { readonly fail: string }

/** Named numbers that are added to. It notes how often it was asked what. */
export class RegisterMachine implements StateMachine<RegisterCommand, number, string, number> {
  readonly values = new Map<string, number>()
  applies = 0
  restores = 0

  apply(command: RegisterCommand): number {
    if ('fail' in command) throw new Error(command.fail)
    this.applies++
    const value = (this.values.get(command.to) ?? 0) + command.add
    this.values.set(command.to, value)
    return value
  }

  query(name: string): number {
    return this.values.get(name) ?? 0
  }

  snapshot(): Uint8Array {
    return new TextEncoder().encode(JSON.stringify([...this.values]))
  }

  restore(snapshot: Uint8Array): void {
    this.restores++
    this.values.clear()
    for (const [name, value] of JSON.parse(new TextDecoder().decode(snapshot)) as [string, number][])
      this.values.set(name, value)
  }
}
