import type { Transfer } from './transfer.ts';

/** A session, what it is in the middle of, and since when, in ms. */
interface InTheMiddle {
  readonly id: number;
  readonly transfer: Transfer | undefined;
  readonly transferMs: number;
}

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

  /**
   * Who has to go for those that wait: who has been in the middle of a frame for longest, and for
   * `longMs` at least, with all that share it. No more have to go than wait: a large frame that
   * many share is not taken from them for one.
   */
  inTheWay(
    sessions: Iterable<InTheMiddle>,
    kept: Transfer | undefined,
    { sinceMs, waiting }: { readonly sinceMs: number; readonly waiting: number },
  ): number[] {
    let bytes = this.bytesBeside(kept);
    const gone: number[] = [];
    for (const [transfer, ids] of this.longest(sessions, sinceMs)) {
      if (bytes < this.bytesMax) break;
      if (transfer === kept || gone.length + ids.length > waiting) continue;
      for (const id of ids) gone.push(id);
      bytes -= transfer.heldBytes;
    }
    return gone;
  }

  /** Frames that all who are in the middle of them began by then, and those: the oldest first. */
  private longest(sessions: Iterable<InTheMiddle>, sinceMs: number): [Transfer, number[]][] {
    const groups = new Map<Transfer, { readonly ids: number[]; latestMs: number }>();
    for (const { id, transfer, transferMs } of sessions) {
      if (transfer === undefined || !this.holders.has(transfer)) continue;
      const group = groups.get(transfer) ?? { ids: [], latestMs: transferMs };
      group.ids.push(id);
      group.latestMs = Math.max(group.latestMs, transferMs);
      groups.set(transfer, group);
    }
    return [...groups]
      .filter(([, { latestMs }]) => latestMs <= sinceMs)
      .toSorted(([, a], [, b]) => a.latestMs - b.latestMs)
      .map(([transfer, { ids }]) => [transfer, ids]);
  }
}
