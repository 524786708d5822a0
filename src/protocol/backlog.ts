import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import type { HubMessage } from './message.ts';

/** What a message without a body counts for, in bytes. */
const MESSAGE_BYTES = 64;

/** A message that waits, with the time at which it came. */
interface Kept {
  readonly message: HubMessage;
  readonly atMs: number;
}

/**
 * What comes while a snapshot is being installed. It is not acknowledged, so an honest hub's
 * window bounds it; for any other there is a limit.
 */
export class Backlog {
  private readonly bytesMax: number;
  private kept: Kept[] = [];
  /** Of the first that has not been taken. */
  private at = 0;
  private bytes = 0;

  constructor({ frameBytesMax }: Limits) {
    this.bytesMax = frameBytesMax;
  }

  add(message: HubMessage, atMs: number): void {
    this.bytes += MESSAGE_BYTES + ('body' in message ? message.body.length : 0);
    if (this.bytes > this.bytesMax) {
      const what = `${this.bytes} bytes that came while a snapshot was installed`;
      throw limitExceeded('frameBytesMax', this.bytesMax, what);
    }
    this.kept.push({ message, atMs });
  }

  get isEmpty(): boolean {
    return this.at === this.kept.length;
  }

  /** In the order in which it came; undefined where nothing is left. */
  next(): Kept | undefined {
    const kept = this.kept[this.at++];
    if (kept === undefined || this.isEmpty) this.clear();
    return kept;
  }

  clear(): void {
    this.kept = [];
    this.at = 0;
    this.bytes = 0;
  }
}
