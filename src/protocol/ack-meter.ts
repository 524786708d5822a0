/** Bytes received on one connection, and how many of them the other side knows of. */
export class AckMeter {
  private received = 0;
  private acknowledged = 0;

  get unacknowledged(): number {
    return this.received - this.acknowledged;
  }

  add(bytes: number): void {
    this.received += bytes;
  }

  /** The sum to tell the other side. */
  acknowledge(): number {
    return (this.acknowledged = this.received);
  }

  clear(): void {
    this.received = 0;
    this.acknowledged = 0;
  }
}
