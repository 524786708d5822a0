import { messageBytes } from '../../analysis/wire.ts';
import type { SeededRandom } from '../../testing/seeded-random.ts';
import type { Network } from '../network.ts';

/** No message is later than this many times the median of late ones. */
const LATE_FACTOR_MAX = 10;

/**
 * How long a message is under way, in ms: the least, an exponential part, and for a few a long
 * one. Its distribution falls with the square, so that a few are very late, as on real lines.
 */
export function drawDelayMs(network: Network, random: SeededRandom): number {
  const { delayMs = 0, jitterMs = 0, lateShare = 0, lateMs = 0 } = network;
  let ms = delayMs;
  if (jitterMs > 0) ms += random.exponential(jitterMs);
  if (lateShare > 0 && random.chance(lateShare)) {
    // The median of 1/√u - 1 is √2 - 1.
    const factor = (1 / Math.sqrt(1 - random.float()) - 1) / (Math.SQRT2 - 1);
    ms += lateMs * Math.min(factor, LATE_FACTOR_MAX);
  }
  return ms;
}

/** A line that takes so many bytes a second: what comes while it is busy waits. */
export class Bandwidth {
  private bytesPerMs: number;
  private busyUntilMs = 0;

  constructor({ bytesPerSecond }: Network) {
    this.bytesPerMs = (bytesPerSecond ?? Number.POSITIVE_INFINITY) / 1000;
  }

  /** When the last of these bytes has left. */
  send(bytes: number, nowMs: number): number {
    const beginsMs = Math.max(nowMs, this.busyUntilMs);
    this.busyUntilMs = beginsMs + bytes / this.bytesPerMs;
    return this.busyUntilMs;
  }

  /** From now on there is no bound; what waits leaves at its time. */
  widen(): void {
    this.bytesPerMs = Number.POSITIVE_INFINITY;
  }

  /** What waits is gone. */
  clear(): void {
    this.busyUntilMs = 0;
  }
}

/** Bytes of a WebSocket message on the line; a client's carries a mask of four more. */
export function lineBytes(length: number, way: 'up' | 'down'): number {
  return messageBytes(length) + (way === 'up' ? 4 : 0);
}
