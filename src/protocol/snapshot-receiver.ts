import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import type { Chunk, HeldPart, Manifest } from './chunk.ts';

/** How much of a snapshot has arrived, in bytes as sent. */
export interface Progress {
  readonly receivedBytes: number;
  readonly totalBytes: number;
}

/** Puts a packed snapshot together; what has arrived survives a cut. */
export class SnapshotReceiver {
  private readonly bytesMax: number;
  private manifest: Manifest | undefined;
  private packed = new Uint8Array(0);
  private received = 0;
  /** The snapshot that came last, and the most that there ever was of it, in bytes. */
  private latest: Manifest | undefined;
  private most = 0;
  /** Whether the last chunk brought what had never been there. */
  isMore = false;

  constructor({ frameBytesMax }: Limits) {
    this.bytesMax = frameBytesMax;
  }

  /** What is there already, for a request to go on; undefined: nothing. */
  get partial(): HeldPart | undefined {
    if (this.manifest === undefined || this.received === 0) return undefined;
    const { to, check } = this.manifest;
    return { to, check, bytes: this.received };
  }

  get progress(): Progress {
    return { receivedBytes: this.received, totalBytes: this.packed.length };
  }

  clear(): void {
    this.manifest = undefined;
    this.packed = new Uint8Array(0);
    this.received = 0;
  }

  begin(manifest: Manifest): void {
    const { rawBytes, packedBytes } = manifest;
    if (Math.max(rawBytes, packedBytes) > this.bytesMax) {
      const what = `a snapshot of ${rawBytes} bytes`;
      throw limitExceeded('frameBytesMax', this.bytesMax, what);
    }
    const isSame = manifest.to === this.latest?.to && manifest.check === this.latest.check;
    if (!isSame) this.most = 0;
    this.latest = manifest;
    this.manifest = manifest;
    this.packed = new Uint8Array(packedBytes);
    this.received = 0;
  }

  /** Takes the next chunk; the whole, once it is there: then `clear` lets go of it. */
  add({ offset, bytes }: Chunk): { packed: Uint8Array; rawBytes: number } | undefined {
    const { manifest, packed } = this;
    if (manifest === undefined) throw malformed('a chunk of no snapshot');
    if (offset + bytes.length > packed.length) {
      // The manifest does not fit its own chunks: what has come is of no use.
      this.clear();
      throw malformed('chunks of more bytes than the snapshot has');
    }
    if (offset !== this.received) {
      throw malformed(`a chunk at ${offset}, where ${this.received} was next`);
    }
    packed.set(bytes, offset);
    this.received += bytes.length;
    this.isMore = this.received > this.most;
    this.most = Math.max(this.most, this.received);
    if (this.received < packed.length) return undefined;
    return { packed, rawBytes: manifest.rawBytes };
  }
}
