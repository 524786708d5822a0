import { joined } from '../core/bytes.ts';

/**
 * Raw deflate by the platform's own streams (Compression Streams standard): in every browser
 * and in Node, off the main thread where the platform can.
 */

/** Bytes that may wait to be deflated: a few milliseconds of work for another thread. */
const WAITING_BYTES_MAX = 1 << 20;

/** Deflates pieces as they come, into pieces of a size of their own. */
export class Packer {
  private readonly writer: WritableStreamDefaultWriter<BufferSource>;
  private readonly pieces: Promise<readonly Uint8Array[] | undefined>;
  /** Bytes that wait, and the end of the wait of the last of them. */
  private waitingBytes = 0;
  private written: Promise<void> = Promise.resolve();

  /** The outcome comes in pieces of so many bytes; only the last may be shorter. */
  constructor(pieceBytes: number) {
    const stream = new CompressionStream('deflate-raw');
    this.writer = stream.writable.getWriter();
    // Where deflating fails, for want of memory, both ends of the stream tell.
    this.pieces = inPieces(stream.readable, pieceBytes).catch(() => undefined);
  }

  /** Whether so much waits that no more should come. */
  get isBehind(): boolean {
    return this.waitingBytes > WAITING_BYTES_MAX;
  }

  caughtUp(): Promise<void> {
    return this.written;
  }

  write(bytes: Uint8Array): void {
    this.waitingBytes += bytes.length;
    const gone = (): void => {
      this.waitingBytes -= bytes.length;
    };
    this.written = this.writer.write(bytes as Uint8Array<ArrayBuffer>).then(gone, gone);
  }

  /** Undefined where it could not be deflated. */
  finish(): Promise<readonly Uint8Array[] | undefined> {
    this.writer.close().catch(() => undefined);
    return this.pieces;
  }
}

/** Piece by piece as they arrive: to put megabytes together at once would take a while. */
async function inPieces(
  stream: ReadableStream<Uint8Array>,
  pieceBytes: number,
): Promise<readonly Uint8Array[]> {
  const pieces: Uint8Array[] = [];
  let filled = pieceBytes;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    for (let at = 0; at < value.length;) {
      if (filled === pieceBytes) {
        pieces.push(new Uint8Array(pieceBytes));
        filled = 0;
      }
      const part = value.subarray(at, at + pieceBytes - filled);
      (pieces.at(-1) as Uint8Array).set(part, filled);
      filled += part.length;
      at += part.length;
    }
  }
  const last = pieces.pop() as Uint8Array;
  return [...pieces, last.subarray(0, filled)];
}

/** Inflates; undefined for what is no deflated data of exactly that length. Bounded by it. */
export async function unpack(
  packed: Uint8Array,
  rawBytes: number,
): Promise<Uint8Array | undefined> {
  const stream = new DecompressionStream('deflate-raw');
  const writer = stream.writable.getWriter();
  const feed = async (): Promise<void> => {
    try {
      await writer.write(packed as Uint8Array<ArrayBuffer>);
      await writer.close();
    } catch {
      // The reading end tells of it.
    }
  };
  void feed();
  try {
    const raw = await collect(stream.readable, rawBytes);
    return raw?.length === rawBytes ? raw : undefined;
  } catch {
    return undefined;
  }
}

async function collect(
  stream: ReadableStream<Uint8Array>,
  bytesMax: number,
): Promise<Uint8Array | undefined> {
  const pieces: Uint8Array[] = [];
  let length = 0;
  const reader = stream.getReader();
  for (;;) {
    const { done, value } = await reader.read();
    if (done) break;
    length += value.length;
    if (length > bytesMax) {
      await reader.cancel();
      return undefined;
    }
    pieces.push(value);
  }
  return joined(pieces);
}
