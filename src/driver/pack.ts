/**
 * Raw deflate by the platform's own streams (Compression Streams standard): in every browser
 * and in Node, off the main thread where the platform can.
 */

/** Deflates pieces as they come. */
export class Packer {
  private readonly writer: WritableStreamDefaultWriter<BufferSource>;
  private readonly whole: Promise<Uint8Array>;

  constructor() {
    const stream = new CompressionStream('deflate-raw');
    this.writer = stream.writable.getWriter();
    this.whole = collect(stream.readable, Number.POSITIVE_INFINITY) as Promise<Uint8Array>;
  }

  write(bytes: Uint8Array): void {
    void this.writer.write(bytes as Uint8Array<ArrayBuffer>);
  }

  finish(): Promise<Uint8Array> {
    void this.writer.close();
    return this.whole;
  }
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
  const whole = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}
