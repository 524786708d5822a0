import { joined } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';

/** What a part costs beside its bytes, so that many small ones are bounded too. */
const PART_COST_BYTES = 64;

/** Puts a body together that comes in parts; bounded. */
export class PartCollector {
  private readonly bytesMax: number;
  private parts: Uint8Array[] = [];
  private bytes = 0;
  /** When the first part of the newest body came, in ms: what it tells was so by then. */
  beganMs = 0;

  constructor({ frameBytesMax }: Limits) {
    this.bytesMax = frameBytesMax;
  }

  clear(): void {
    this.parts = [];
    this.bytes = 0;
  }

  add(part: Uint8Array, nowMs: number): void {
    if (part.length === 0) throw malformed('a part that is empty');
    if (this.parts.length === 0) this.beganMs = nowMs;
    this.bytes += part.length + PART_COST_BYTES;
    if (this.bytes > this.bytesMax) {
      throw limitExceeded('frameBytesMax', this.bytesMax, `a frame of ${this.bytes} bytes`);
    }
    this.parts.push(part);
  }

  /** The whole body, given its last part. */
  finish(last: Uint8Array, nowMs: number): Uint8Array {
    if (this.parts.length === 0) {
      this.beganMs = nowMs;
      return last;
    }
    this.add(last, nowMs);
    const whole = joined(this.parts);
    this.clear();
    return whole;
  }
}
