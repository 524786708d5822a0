import { chain, hex, lane, mix } from '../../core/hash.ts';
import { bytesCheck } from '../../protocol/seal.ts';

/**
 * A rolling hash over all that happened in a run: two runs of one seed are the same run if and,
 * but for one chance in 2^64, only if theirs are equal.
 */
export class Trace {
  private lo = 0x6a09e667;
  private hi = 0xbb67ae85;
  private readonly tell: ((line: string) => void) | undefined;

  /** `tell` hears each event as a line, for those who look into a run. */
  constructor(tell?: (line: string) => void) {
    this.tell = tell;
  }

  get isTold(): boolean {
    return this.tell !== undefined;
  }

  /** `what` is a small number that tells kinds of events apart. */
  note(atMs: number, who: number, what: number): void {
    lane.lo = this.lo;
    lane.hi = this.hi;
    chain(atMs | 0);
    chain((who << 8) | what);
    this.lo = lane.lo;
    this.hi = lane.hi;
  }

  bytes(bytes: Uint8Array): void {
    const check = bytesCheck(bytes, 0);
    lane.lo = this.lo;
    lane.hi = this.hi;
    chain(check);
    this.lo = lane.lo;
    this.hi = lane.hi;
  }

  line(atMs: number, text: () => string): void {
    this.tell?.(`${String(atMs).padStart(8)} ${text()}`);
  }

  /** Sixteen hexadecimal digits. */
  toString(): string {
    mix(this.lo, this.hi);
    return hex(lane.lo, lane.hi);
  }
}
