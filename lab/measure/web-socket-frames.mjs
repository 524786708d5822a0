// WebSocket frames (RFC 6455 §5.2) as they are on the wire, for proxies that look inside.

const MASKED = 0x80;
const BINARY_FINAL = 0x82;

/** Cuts a stream of bytes into whole frames. */
export class FrameSplitter {
  #kept = [];
  #length = 0;
  #needed = 2;

  /** The frames that are complete now: as on the wire, and what is in them, unmasked. */
  push(chunk) {
    this.#kept.push(chunk);
    this.#length += chunk.length;
    if (this.#length < this.#needed) return [];
    const bytes = this.#kept.length === 1 ? chunk : Buffer.concat(this.#kept);
    const frames = [];
    let at = 0;
    for (;;) {
      const shape = shapeOf(bytes.subarray(at));
      this.#needed = shape.length;
      if (bytes.length - at < shape.length) break;
      frames.push(frameOf(bytes.subarray(at, at + shape.length), shape));
      at += shape.length;
    }
    this.#kept = [bytes.subarray(at)];
    this.#length = bytes.length - at;
    return frames;
  }
}

/** Where the payload begins and the frame ends; a length not yet known asks for its header. */
function shapeOf(bytes) {
  if (bytes.length < 2) return { start: 2, length: 2 };
  const maskBytes = (bytes[1] & MASKED) === 0 ? 0 : 4;
  const short = bytes[1] & 0x7f;
  if (short < 126) return { start: 2 + maskBytes, length: 2 + maskBytes + short };
  const start = (short === 126 ? 4 : 10) + maskBytes;
  if (bytes.length < start) return { start, length: start };
  const size = short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2));
  return { start, length: start + size };
}

function frameOf(raw, { start }) {
  const opcode = raw[0] & 0x0f;
  if ((raw[1] & MASKED) === 0) return { raw, opcode, payload: raw.subarray(start) };
  const payload = Buffer.from(raw.subarray(start));
  for (let i = 0; i < payload.length; i++) payload[i] ^= raw[start - 4 + (i & 3)];
  return { raw, opcode, payload };
}

/** A binary message as one frame; the way up it has to be masked, here with zeros. */
export function binaryFrame(payload, masked) {
  const bit = masked ? MASKED : 0;
  const mask = masked ? Buffer.alloc(4) : Buffer.alloc(0);
  const { length } = payload;
  let head = Buffer.from([BINARY_FINAL, bit | length]);
  if (length >= 126) {
    head = Buffer.alloc(length < 65_536 ? 4 : 10);
    head[0] = BINARY_FINAL;
    head[1] = bit | (length < 65_536 ? 126 : 127);
    if (length < 65_536) head.writeUInt16BE(length, 2);
    else head.writeBigUInt64BE(BigInt(length), 2);
  }
  return Buffer.concat([head, mask, payload]);
}
