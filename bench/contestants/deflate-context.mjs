// One deflate context for all messages of a connection, as permessage-deflate with context
// takeover has: raw deflate, flushed at the end of each message, the four bytes that every flush
// ends with left out.
import { constants, createDeflateRaw, createInflateRaw } from 'node:zlib';

const TAIL = Buffer.from([0, 0, 0xff, 0xff]);
const OUTPUT_BYTES = 64 * 1024;

/**
 * A stream of zlib, used in place: only the work is timed, not the way to another thread and back.
 * zlib's own synchronous calls end the stream with each message, so this is what they call.
 */
class FlushedStream {
  #stream;
  #output = Buffer.allocUnsafe(OUTPUT_BYTES);

  constructor(stream) {
    this.#stream = stream;
  }

  /** What comes out for these bytes, flushed. */
  send(bytes) {
    const { _handle: handle, _writeState: state } = this.#stream;
    const output = this.#output;
    const pieces = [];
    let at = 0;
    let left = bytes.length;
    for (let room = 0; room === 0;) {
      const { length } = output;
      handle.writeSync(constants.Z_SYNC_FLUSH, bytes, at, left, output, 0, length);
      room = state[0];
      at += left - state[1];
      left = state[1];
      pieces.push(Buffer.from(output.subarray(0, length - room)));
    }
    return pieces.length === 1 ? pieces[0] : Buffer.concat(pieces);
  }

  close() {
    this.#stream.close();
  }
}

export class DeflateContext {
  #deflate = new FlushedStream(createDeflateRaw({ level: 6 }));
  #inflate = new FlushedStream(createInflateRaw());

  pack(bytes) {
    const packed = this.#deflate.send(bytes);
    return packed.subarray(0, packed.length - TAIL.length);
  }

  unpack(packed) {
    return this.#inflate.send(Buffer.concat([packed, TAIL]));
  }

  close() {
    this.#deflate.close();
    this.#inflate.close();
  }
}
