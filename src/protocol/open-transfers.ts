import type { Transfer } from './transfer.ts';

/**
 * The frames that sessions are in the middle of, each counted once however many share it. A frame
 * stays as it was when it began, so that each consumer that reads slowly may keep another one.
 */
export class OpenTransfers {
  private readonly bytesMax: number;
  /** How many sessions are in the middle of each. */
  private readonly holders = new Map<Transfer, number>();
  /** Of all of them together. */
  private held = 0;

  constructor(bytesMax: number) {
    this.bytesMax = bytesMax;
  }

  /** What they take beside the snapshot that is kept for joiners anyway, in bytes. */
  bytesBeside(kept: Transfer | undefined): number {
    return kept !== undefined && this.holders.has(kept) ? this.held - kept.heldBytes : this.held;
  }

  /** Whether another may begin. The last one may be as large as it is. */
  hasRoom(kept: Transfer | undefined): boolean {
    return this.bytesBeside(kept) < this.bytesMax;
  }

  /** Whether this one may: it leaves at once, is there already, or there is room. */
  admits(transfer: Transfer, kept: Transfer | undefined): boolean {
    if (transfer.count === 1 || transfer === kept) return true;
    return this.holders.has(transfer) || this.hasRoom(kept);
  }

  /** A session gets it, a message at a time; one of a single message is over at once. */
  begin(transfer: Transfer): void {
    if (transfer.count === 1) return;
    const holders = this.holders.get(transfer) ?? 0;
    if (holders === 0) this.held += transfer.heldBytes;
    this.holders.set(transfer, holders + 1);
  }

  /** It has all of it, or wants no more. */
  end(transfer: Transfer): void {
    if (transfer.count === 1) return;
    const holders = this.holders.get(transfer) as number;
    if (holders > 1) {
      this.holders.set(transfer, holders - 1);
      return;
    }
    this.holders.delete(transfer);
    this.held -= transfer.heldBytes;
  }
}
