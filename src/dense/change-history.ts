import type { Context } from './hashing.ts';

const BITS = 13;

/** Whether a part changed in each of the last eight ops that came by: bits, newest lowest. */
export class ChangeHistory {
  private readonly seen = new Uint8Array(1 << BITS);

  reset(): void {
    this.seen.fill(0);
  }

  at(part: Context): number {
    return this.seen[slot(part)] as number;
  }

  note(part: Context, changed: boolean): void {
    this.seen[slot(part)] = ((this.at(part) << 1) | (changed ? 1 : 0)) & 255;
  }
}

function slot(part: Context): number {
  return Math.imul(part, 0x9e37_79b1) >>> (32 - BITS);
}
