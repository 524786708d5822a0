import { joined } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import { decodePart } from './part.ts';

/** What a part costs beside its bytes, so that many small ones are bounded too. */
const PART_COST_BYTES = 64;

/** Puts a body together that comes in parts; bounded. */
export class PartCollector {
  private readonly bytesMax: number;
  private parts: Uint8Array[] = [];
  /** Of the parts together, in bytes. */
  private length = 0;
  /** When the first part of the newest body came, in ms: what it tells was so by then. */
  beganMs = 0;

  constructor({ frameBytesMax }: Limits) {
    this.bytesMax = frameBytesMax;
  }

  clear(): void {
    this.parts = [];
    this.length = 0;
  }

  /**
   * What follows the type of a part. `malformed` where others were lost before it: what is lost
   * counts as under way, so that a hub would go on in ever smaller steps.
   */
  add(body: Uint8Array, nowMs: number): void {
    const { offset, bytes } = decodePart(body);
    if (offset !== this.length) {
      throw malformed(`a part at ${offset}, where ${this.length} was next`);
    }
    this.push(bytes, nowMs);
  }

  private push(part: Uint8Array, nowMs: number): void {
    if (this.parts.length === 0) this.beganMs = nowMs;
    this.parts.push(part);
    this.length += part.length;
    const bytes = this.length + this.parts.length * PART_COST_BYTES;
    if (bytes > this.bytesMax) {
      throw limitExceeded('frameBytesMax', this.bytesMax, `a frame of ${bytes} bytes`);
    }
  }

  /** The whole body, given its last part. */
  finish(last: Uint8Array, nowMs: number): Uint8Array {
    if (this.parts.length === 0) {
      this.beganMs = nowMs;
      return last;
    }
    this.push(last, nowMs);
    const whole = joined(this.parts);
    this.clear();
    return whole;
  }
}
