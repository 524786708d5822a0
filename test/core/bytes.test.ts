/** Writers and readers of bytes, wherever their buffer ends. */
import { describe, expect, it } from 'vitest';

import { ByteReader, ByteWriter, joined, utf8Length, varintLength } from '../../src/core/bytes.ts';
import { codeOf } from '../support/error-code.ts';

const TEXTS = [
  ...['', 'a', 'é', '東', '\u{1f600}', 'x'.repeat(23), 'x'.repeat(24), 'x'.repeat(25)],
  ...['é'.repeat(23), `${'x'.repeat(22)}é`, 'x'.repeat(127), 'x'.repeat(128), '東'.repeat(42)],
  ...['東'.repeat(43), '\u{1f600}'.repeat(40), 'x'.repeat(16_383), 'x'.repeat(16_384)],
];
const NUMBERS = [7, 14, 21, 28, 31, 32, 35, 42, 49, 53]
  .flatMap((power) => [2 ** power - 1, 2 ** power])
  .concat([0, 1, 127, 129, 255, 256])
  .filter(Number.isSafeInteger);

type Write = (writer: ByteWriter) => void;
type Read = (reader: ByteReader) => unknown;

/** Each thing that can be written, with what reads it, and what comes of that. */
const things: [Write, Read, unknown][] = [
  [(to) => to.byte(0x80), (from) => from.byte(), 0x80],
  [(to) => to.u32(0x8182_8384), (from) => from.u32(), 0x8182_8384],
  [(to) => to.u32(0x0102_0304), (from) => from.u32(), 0x0102_0304],
  [(to) => to.f64(-1.1), (from) => from.f64(), -1.1],
  [(to) => to.bytes(Uint8Array.of(1, 2, 3)), (from) => [...from.bytes(3)], [1, 2, 3]],
  ...NUMBERS.map((n): [Write, Read, unknown] => [(to) => to.varint(n), (from) => from.varint(), n]),
  ...TEXTS.flatMap((text): [Write, Read, unknown][] => [
    [(to) => to.text(text), (from) => from.text(1 << 20, () => new Error()), text],
    [(to) => to.utf8(text), (from) => from.utf8(Buffer.byteLength(text)), text],
  ]),
];

describe('C5 what is written', () => {
  it('comes back, wherever the buffer had to grow', () => {
    for (const [write, read, expected] of things) {
      const alone = new ByteWriter(100_000);
      write(alone);
      const bytes = [...alone.end()];
      for (let before = 0; before < 10; before++) {
        const end = before + bytes.length;
        for (const capacity of [0, 1, before, Math.max(0, end - 1), end, 40]) {
          const writer = new ByteWriter(capacity);
          for (let i = 0; i < before; i++) writer.byte(i);
          write(writer);
          writer.byte(0xfe);
          const whole = writer.take();
          expect(whole.length).toBe(before + bytes.length + 1);
          expect([...whole.subarray(before, before + bytes.length)]).toEqual(bytes);
          expect([...whole.subarray(0, before)]).toEqual(
            [0, 1, 2, 3, 4, 5, 6, 7, 8, 9].slice(0, before),
          );
          const reader = new ByteReader(whole, before);
          expect(read(reader)).toEqual(expected);
          expect([reader.position, reader.remaining]).toEqual([before + bytes.length, 1]);
        }
      }
    }
  });

  it('C2 is refused where anything of it is missing', () => {
    for (const [write, read] of things) {
      const writer = new ByteWriter();
      write(writer);
      const bytes = writer.take();
      const cuts = bytes.length < 200 ? bytes.keys() : [0, 1, 2, 3, bytes.length - 1];
      for (const cut of cuts) {
        // What comes behind the end belongs to somebody else.
        expect(codeOf(() => read(new ByteReader(bytes, 0, cut)))).toBe('malformed');
      }
      expect(codeOf(() => read(new ByteReader(bytes)))).toBe('no error');
    }
    expect(codeOf(() => new ByteReader(Uint8Array.of(1)).finish())).toBe('malformed');
    expect(codeOf(() => new ByteReader(Uint8Array.of(1), 1).finish())).toBe('no error');
  });

  it('has the length that is told without writing it', () => {
    for (const n of NUMBERS) {
      const writer = new ByteWriter();
      writer.varint(n);
      expect([n, varintLength(n)]).toEqual([n, writer.length]);
    }
    for (let unit = 0; unit < 0x1_0000; unit += unit < 0xa00 ? 1 : 37) {
      if (unit >= 0xd800 && unit < 0xe000) continue;
      const text = String.fromCharCode(unit);
      expect([unit, utf8Length(text)]).toEqual([unit, Buffer.byteLength(text)]);
    }
    for (const point of [0xd7ff, 0xe000, 0xffff, 0x1_0000, 0x1_0fff, 0x10_ffff]) {
      const text = `x${String.fromCodePoint(point)}`;
      expect([point, utf8Length(text)]).toEqual([point, Buffer.byteLength(text)]);
    }
  });

  it('can be written over, taken back and joined', () => {
    const writer = new ByteWriter(2);
    writer.bytes(Uint8Array.of(1, 2, 3, 4));
    writer.overwrite(1, 9);
    expect([writer.at(0), writer.at(1), writer.at(3)]).toEqual([1, 9, 4]);
    writer.truncate(3);
    expect([...writer.take()]).toEqual([1, 9, 3]);
    expect([...writer.take(2)]).toEqual([3]);
    writer.byte(7);
    expect([...writer.end()]).toEqual([1, 9, 3, 7]);
    const whole = joined([
      Uint8Array.of(1),
      new Uint8Array(),
      Uint8Array.of(2, 3),
      Uint8Array.of(4),
    ]);
    expect([...whole]).toEqual([1, 2, 3, 4]);
    const reader = new ByteReader(whole, 1, 3);
    expect(reader.remaining).toBe(2);
    reader.byte();
    expect([...reader.from(1)]).toEqual([2]);
  });

  it('with a bias tells so much less of its length', () => {
    for (const length of [64, 65, 191, 192, 193, 16_447, 16_448]) {
      const writer = new ByteWriter();
      writer.text('x'.repeat(length), 64);
      const reader = new ByteReader(writer.take());
      expect(reader.varint()).toBe(length - 64);
      expect(reader.utf8(length)).toBe('x'.repeat(length));
      reader.finish();
    }
  });

  it('is text only where it is UTF-8, a byte order mark included', () => {
    const text = (...bytes: number[]): string => {
      let found = '';
      const code = codeOf(
        () => (found = new ByteReader(Uint8Array.from(bytes)).utf8(bytes.length)),
      );
      return code === 'no error' ? found : code;
    };
    expect(text(0xef, 0xbb, 0xbf, 0x61)).toBe('\ufeffa');
    expect(text(0x61, 0x80)).toBe('malformed');
    expect(text(0xc1, 0x81)).toBe('malformed');
    expect(text(0xed, 0xa0, 0x80)).toBe('malformed');
    expect(text(...Buffer.from('x'.repeat(30)), 0xff)).toBe('malformed');
    expect(text(0x7f)).toBe('\x7f');
  });
});
