import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';

/** What every flush ends with, and permessage-deflate leaves out. */
const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const OUTPUT_BYTES = 64 * 1024;
/** The level of the package ws, and of zlib by itself. */
const LEVEL = 6;

/** The part of a stream of zlib that its own synchronous calls use. */
interface ZlibInside {
  readonly _handle?: {
    writeSync?(
      flush: number,
      input: Uint8Array,
      inputAt: number,
      inputLength: number,
      output: Uint8Array,
      outputAt: number,
      outputLength: number,
    ): void;
  };
  /** Room left in the output, and input left. */
  readonly _writeState?: Uint32Array;
  close(): void;
}

/** Bytes in, all that comes out for them: on this thread, so that it can be timed. */
class FlushedStream {
  readonly #stream: ZlibInside;
  readonly #output = Buffer.allocUnsafe(OUTPUT_BYTES);

  constructor(stream: ZlibInside) {
    this.#stream = stream;
  }

  send(bytes: Uint8Array): Buffer {
    const { _handle: handle, _writeState: state } = this.#stream;
    if (handle?.writeSync === undefined || state === undefined) throw new Error('another zlib');
    const output = this.#output;
    const pieces: Buffer[] = [];
    let left = bytes.length;
    for (let room = 0; room === 0;) {
      const at = bytes.length - left;
      handle.writeSync(constants.Z_SYNC_FLUSH, bytes, at, left, output, 0, output.length);
      [room = 0, left = 0] = state;
      pieces.push(Buffer.from(output.subarray(0, output.length - room)));
    }
    return Buffer.concat(pieces);
  }

  close(): void {
    this.#stream.close();
  }
}

/** Both ends of a WebSocket with compression and context takeover, on its messages alone. */
export class DeflateContext {
  readonly #deflate = new FlushedStream(createDeflateRaw({ level: LEVEL }));
  readonly #inflate = new FlushedStream(createInflateRaw());

  pack(bytes: Uint8Array): Buffer {
    const packed = this.#deflate.send(bytes);
    return packed.subarray(0, packed.length - TAIL.length);
  }

  /** Has to get every message that was packed, in order. */
  unpack(packed: Uint8Array): Buffer {
    return this.#inflate.send(Buffer.concat([packed, TAIL]));
  }

  close(): void {
    this.#deflate.close();
    this.#inflate.close();
  }
}

/** Whether this Node has in its zlib what is used here: no public call flushes synchronously. */
export function hasDeflateContext(): boolean {
  const context = new DeflateContext();
  try {
    const text = Buffer.from('the same, the same');
    return context.unpack(context.pack(text)).equals(text);
  } catch {
    return false;
  } finally {
    context.close();
  }
}
