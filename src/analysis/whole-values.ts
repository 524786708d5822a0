import type { DeflateContext } from './deflate-context.ts';
import { TimeShare } from './sampling.ts';
import type { Sent } from './tally.ts';
import type { Transition } from './update.ts';

/** Full JSON, and the same through one deflate context, which has to see every message. */
export class WholeValues {
  readonly #context: DeflateContext | undefined;
  readonly #clock: () => number;
  readonly #parseShare: TimeShare;
  readonly #unpackShare: TimeShare;

  constructor(context: DeflateContext | undefined, clock: () => number, shareMs: number) {
    this.#context = context;
    this.#clock = clock;
    this.#parseShare = new TimeShare(shareMs);
    this.#unpackShare = new TimeShare(shareMs);
  }

  /** What a message that is no change comes to through the context, where there is one. */
  message(...parts: readonly Uint8Array[]): number | undefined {
    const context = this.#context;
    if (context === undefined) return undefined;
    const packed = context.pack(Buffer.concat(parts));
    if (!this.#unpackShare.isUsedUp) context.unpack(packed);
    return packed.length;
  }

  change({ keyBytes, value, bytes }: Transition): { full: Sent; context: Sent | undefined } {
    const clock = this.#clock;
    const beganMs = clock();
    Buffer.from(JSON.stringify(value));
    const encodeMs = clock() - beganMs;
    let decodeMs: number | undefined;
    if (!this.#parseShare.isUsedUp) {
      const parseMs = clock();
      JSON.parse(bytes.toString());
      decodeMs = clock() - parseMs;
      this.#parseShare.spend(decodeMs);
    }
    const full: Sent = {
      bytes: bytes.length + keyBytes.length,
      encodeMs,
      decodeMs,
      outcome: 'right',
    };
    return { full, context: this.#throughContext(Buffer.concat([keyBytes, bytes]), full) };
  }

  #throughContext(message: Buffer, full: Sent): Sent | undefined {
    const context = this.#context;
    if (context === undefined) return undefined;
    const packMs = this.#clock();
    const packed = context.pack(message);
    const encodeMs = full.encodeMs + this.#clock() - packMs;
    if (this.#unpackShare.isUsedUp) {
      return { bytes: packed.length, encodeMs, decodeMs: undefined, outcome: undefined };
    }
    const unpackMs = this.#clock();
    const unpacked = context.unpack(packed);
    const spentMs = this.#clock() - unpackMs;
    this.#unpackShare.spend(spentMs);
    const isRight = unpacked.equals(message);
    return {
      bytes: packed.length,
      encodeMs,
      decodeMs: full.decodeMs === undefined ? undefined : full.decodeMs + spentMs,
      outcome: isRight ? 'right' : 'value',
    };
  }
}
