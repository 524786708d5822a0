/** Bytes received on one connection, and how many of them the other side knows of. */
export class AckMeter {
  private received = 0;
  private acknowledged = 0;
  /** Length of the last message. */
  private last = 0;

  get unacknowledged(): number {
    return this.received - this.acknowledged;
  }

  add(bytes: number): void {
    this.received += bytes;
    this.last = bytes;
  }

  /**
   * The last message says how much was sent before it. What was lost on the way would narrow the
   * window for ever, and what came twice would look like bytes that were never sent.
   */
  goOnFrom(sentBytes: number): void {
    this.received = sentBytes + this.last;
    this.acknowledged = Math.min(this.acknowledged, sentBytes);
  }

  /** The sum to tell the other side. */
  acknowledge(): number {
    return (this.acknowledged = this.received);
  }
}
