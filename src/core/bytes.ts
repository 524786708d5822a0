import { DiffStreamError, malformed } from './errors.ts';

// The two platform globals the core uses: pure functions of their input, present in
// every browser and in Node; declared here because the core compiles without a DOM.
declare class TextEncoder {
  encodeInto(text: string, into: Uint8Array): { read: number; written: number };
}
declare class TextDecoder {
  constructor(label: string, options: { fatal: boolean; ignoreBOM: boolean });
  decode(bytes: Uint8Array): string;
}

const encoder = new TextEncoder();
// ignoreBOM: a BOM at the start of a string is data; by default the decoder eats it.
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

const TWO_31 = 0x8000_0000;
/** Below this length a loop over ASCII characters beats the call into the platform's encoder. */
const SHORT_TEXT = 24;

/** UTF-8 length of a well-formed string, without encoding it. */
export function utf8Length(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit < 0x80) continue;
    // A surrogate pair has two units and four bytes.
    bytes += unit < 0x800 || (unit >= 0xd800 && unit <= 0xdfff) ? 1 : 2;
  }
  return bytes;
}

/** One for all: a view for each writer and reader would cost more than most of them do. */
const double = new DataView(new ArrayBuffer(8));
const doubleBytes = new Uint8Array(double.buffer);

/** A growing buffer. Numbers are little-endian; varints are LEB128, canonical, up to 2^53 - 1. */
export class ByteWriter {
  private buffer: Uint8Array;
  /** Bytes written so far. */
  length = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  private reserve(extra: number): void {
    const needed = this.length + extra;
    if (needed <= this.buffer.length) return;
    const grown = new Uint8Array(Math.max(needed, this.buffer.length * 2));
    grown.set(this.buffer.subarray(0, this.length));
    this.buffer = grown;
  }

  byte(value: number): void {
    if (this.length === this.buffer.length) this.reserve(1);
    this.buffer[this.length++] = value;
  }

  /** A whole number from 0 to 2^53 - 1. */
  varint(value: number): void {
    this.reserve(8);
    let rest = value;
    while (rest >= TWO_31) {
      this.buffer[this.length++] = (rest % 128) | 0x80;
      rest = Math.floor(rest / 128);
    }
    while (rest >= 0x80) {
      this.buffer[this.length++] = (rest & 0x7f) | 0x80;
      rest >>>= 7;
    }
    this.buffer[this.length++] = rest;
  }

  u32(value: number): void {
    this.reserve(4);
    const { buffer, length } = this;
    buffer[length] = value;
    buffer[length + 1] = value >>> 8;
    buffer[length + 2] = value >>> 16;
    buffer[length + 3] = value >>> 24;
    this.length += 4;
  }

  f64(value: number): void {
    this.reserve(8);
    double.setFloat64(0, value, true);
    this.buffer.set(doubleBytes, this.length);
    this.length += 8;
  }

  bytes(source: Uint8Array): void {
    this.reserve(source.length);
    this.buffer.set(source, this.length);
    this.length += source.length;
  }

  /** UTF-8 of a well-formed string, without its length. Returns the bytes written. */
  utf8(text: string): number {
    const start = this.length;
    this.reserve(text.length * 3);
    if (text.length < SHORT_TEXT) {
      let i = 0;
      for (; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        if (unit >= 0x80) break;
        this.buffer[start + i] = unit;
      }
      if (i === text.length) {
        this.length = start + i;
        return i;
      }
    }
    const { written } = encoder.encodeInto(text, this.buffer.subarray(start));
    this.length = start + written;
    return written;
  }

  /** Length in bytes less `bias` as a varint, then UTF-8; the length must be at least `bias`. */
  text(text: string, bias = 0): void {
    // Most strings are short: guess a one-byte length, and move the text where that is wrong.
    const at = this.length;
    this.byte(0);
    const written = this.utf8(text);
    const length = written - bias;
    if (length < 0x80) {
      this.buffer[at] = length;
      return;
    }
    const width = varintLength(length);
    this.reserve(width - 1);
    this.buffer.copyWithin(at + width, at + 1, at + 1 + written);
    this.length = at;
    this.varint(length);
    this.length += written;
  }

  /** A byte that stands already. */
  at(position: number): number {
    return this.buffer[position] as number;
  }

  /** Writes over a byte that stands already. */
  overwrite(at: number, value: number): void {
    this.buffer[at] = value;
  }

  /** Takes back everything written after `length`. */
  truncate(length: number): void {
    this.length = length;
  }

  /** What it has room for, in bytes, before it has to grow. */
  get capacity(): number {
    return this.buffer.length;
  }

  /** All that was written, not copied: the writer's work is done. */
  end(): Uint8Array {
    return this.buffer.subarray(0, this.length);
  }

  /** A copy of what was written from `start` on; the writer can go on. */
  take(start = 0): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(start, this.length);
  }
}

/** Room for most messages, in bytes; a buffer that had to grow beyond is let go. */
const COMMON_BYTES = 16_384;
let common: ByteWriter | undefined;

/**
 * What `write` writes, as an array of its own. All share one buffer, since to make one takes longer
 * than to write most messages; undefined while it is in use.
 */
export function bytesOf(write: (out: ByteWriter) => void): Uint8Array<ArrayBuffer> {
  const out = common ?? new ByteWriter(COMMON_BYTES);
  common = undefined;
  write(out);
  const bytes = out.take();
  out.truncate(0);
  if (out.capacity <= COMMON_BYTES) common = out;
  return bytes;
}

/** Pieces one behind the other, as one new array. */
export function joined(pieces: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(pieces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const piece of pieces) {
    whole.set(piece, at);
    at += piece.length;
  }
  return whole;
}

/** How many bytes `ByteWriter.varint` takes for a value. */
export function varintLength(value: number): number {
  let width = 1;
  for (let rest = value; rest >= 0x80; rest = Math.floor(rest / 128)) width++;
  return width;
}

/** Whether it is a `Uint8Array`, of this realm or another. Told by its own tag. */
export function isBytes(given: unknown): given is Uint8Array {
  return tagOf(given) === 'Uint8Array';
}

/** `bad-argument` for what is none. */
export function checkBytes(bytes: Uint8Array): void {
  if (isBytes(bytes)) return;
  const what = tagOf(bytes) ?? typeof bytes;
  throw new DiffStreamError('bad-argument', `bytes are a Uint8Array, not ${what}`);
}

function tagOf(given: unknown): string | undefined {
  return (given as Uint8Array | null | undefined)?.[Symbol.toStringTag];
}

/** Reads what ByteWriter wrote, refuses anything else; never reads past its end. */
export class ByteReader {
  private readonly buffer: Uint8Array;
  /** Where the next read starts. */
  position: number;
  readonly end: number;

  constructor(buffer: Uint8Array, start = 0, end = buffer.length) {
    this.buffer = buffer;
    this.position = start;
    this.end = end;
  }

  get remaining(): number {
    return this.end - this.position;
  }

  byte(): number {
    if (this.position >= this.end) throw malformed('it ends too early');
    return this.buffer[this.position++] as number;
  }

  varint(): number {
    const first = this.byte();
    if (first < 0x80) return first;
    let value = first & 0x7f;
    // Multiplication, not shifts: a 32-bit shift would wrap above 2^31.
    let scale = 128;
    for (;;) {
      const next = this.byte();
      value += (next & 0x7f) * scale;
      if (value > Number.MAX_SAFE_INTEGER) throw malformed('a number above 2^53 - 1');
      if (next < 0x80) {
        if (next === 0) throw malformed('a number in a longer form than it needs');
        return value;
      }
      scale *= 128;
      if (scale > Number.MAX_SAFE_INTEGER) throw malformed('a number longer than 8 bytes');
    }
  }

  u32(): number {
    this.need(4);
    const { buffer, position: at } = this;
    this.position += 4;
    const low = (buffer[at] as number) | ((buffer[at + 1] as number) << 8);
    return (low | ((buffer[at + 2] as number) << 16) | ((buffer[at + 3] as number) << 24)) >>> 0;
  }

  f64(): number {
    this.need(8);
    doubleBytes.set(this.buffer.subarray(this.position, this.position + 8));
    this.position += 8;
    return double.getFloat64(0, true);
  }

  /** What was read since `start`: a view, not a copy. */
  from(start: number): Uint8Array {
    return this.buffer.subarray(start, this.position);
  }

  /** A view, not a copy. */
  bytes(length: number): Uint8Array {
    this.need(length);
    const view = this.buffer.subarray(this.position, this.position + length);
    this.position += length;
    return view;
  }

  utf8(length: number): string {
    this.need(length);
    const start = this.position;
    const end = start + length;
    this.position = end;
    if (length < SHORT_TEXT) {
      let text = '';
      let i = start;
      for (; i < end; i++) {
        const unit = this.buffer[i] as number;
        if (unit >= 0x80) break;
        text += String.fromCharCode(unit);
      }
      if (i === end) return text;
    }
    try {
      return decoder.decode(this.buffer.subarray(start, end));
    } catch {
      throw malformed('a string that is not UTF-8');
    }
  }

  /** A string with its length in front, at most `bytesMax` bytes long. */
  text(bytesMax: number, tooLong: (length: number) => Error): string {
    const length = this.varint();
    // First: what is damaged is not too large.
    this.need(length);
    if (length > bytesMax) throw tooLong(length);
    return this.utf8(length);
  }

  private need(length: number): void {
    if (length > this.end - this.position) throw malformed('a length beyond its end');
  }

  /** To be called where a message must be over. */
  finish(): void {
    if (this.position !== this.end) throw malformed(`${this.remaining} bytes after its end`);
  }
}
