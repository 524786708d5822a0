import { constants, createDeflateRaw } from 'node:zlib';

/** What every flush ends with; permessage-deflate leaves it out. */
const TAIL_BYTES = 4;
const LEVEL = 6;

/**
 * Bytes of messages that pass through one deflate context, as a WebSocket with compression and
 * context takeover sends them.
 */
export class DeflateContext {
  readonly #stream = createDeflateRaw({ level: LEVEL });
  #bytes = 0;

  constructor() {
    this.#stream.on('data', (piece: Buffer) => (this.#bytes += piece.length));
  }

  /** How many bytes the next message takes. */
  async length(text: string): Promise<number> {
    const before = this.#bytes;
    this.#stream.write(text);
    await new Promise<void>((resolve) => {
      this.#stream.flush(constants.Z_SYNC_FLUSH, () => resolve());
    });
    return this.#bytes - before - TAIL_BYTES;
  }

  close(): void {
    this.#stream.close();
  }
}
