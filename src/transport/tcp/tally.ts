/** What has gone to and come from one peer. */

export class Tally {
  sentMessages = 0
  sentBytes = 0
  receivedMessages = 0
  receivedBytes = 0
  dropped = 0

  sent(bytes: number): void {
    this.sentMessages++
    this.sentBytes += bytes
  }

  received(bytes: number): void {
    this.receivedMessages++
    this.receivedBytes += bytes
  }
}
