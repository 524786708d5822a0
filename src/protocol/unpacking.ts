import type { Epoch } from '../cache/epoch.ts';

/**
 * Packed snapshots that the platform is inflating. It takes its time: by the end of it the
 * connection may be another, with a snapshot of its own under way.
 */
export class Unpacking {
  private last = 0;
  private readonly epochs = new Map<number, Epoch>();

  /** A snapshot of this epoch has come whole; its number. */
  begin(epoch: Epoch): number {
    this.epochs.set(++this.last, epoch);
    return this.last;
  }

  /** It is inflated, or never will be; its epoch, undefined where there was no such snapshot. */
  end(id: number): Epoch | undefined {
    const epoch = this.epochs.get(id);
    this.epochs.delete(id);
    return epoch;
  }

  /** Whether it is the one that came last. */
  isLast(id: number): boolean {
    return id === this.last;
  }
}
