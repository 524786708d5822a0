import { Buffer } from 'node:buffer';
import { describe, expect, it } from 'vitest';
import { TAG } from '../support/tags.ts';
import { digestOf, DataMsg, DiffCache } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { bytesOf, HubBench, readValue, someText } from './support/benches.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import { bytesAround, carried, ingested, within } from './support/ways-in.ts';
import { feed } from './support/feed-text.ts';
import { underLaw, VARIANTS } from './support/general-law.ts';
import { HELLO } from '../protocol/session-rig.ts';

const refused = { malformed: VARIANTS };
const handled = { handled: VARIANTS };
const badValues = { 'bad-value': VARIANTS };

describe('numbers', () => {
  const infinities = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

  it('BI-27 NaN and infinities are refused where they come in and on the wire', () => {
    expect(
      underLaw('BI-27', (random) => {
        const value = within(random, random.pick(infinities));
        return () => ingested(random, value);
      }),
    ).toEqual(badValues);
    expect(
      underLaw('BI-27 wire', (random) => {
        const bytes = bytesAround(random, (out) => {
          out.byte(TAG.float);
          // Any exponent of ones: infinities, and NaN with all it may carry.
          const words = new DataView(new ArrayBuffer(8));
          words.setUint32(0, random.next(), true);
          words.setUint32(4, (random.next() | 0x7ff00000) >>> 0, true);
          out.bytes(new Uint8Array(words.buffer));
        });
        return () => void readValue(bytes);
      }),
    ).toEqual(refused);
  });

  it('BI-28 negative zero is taken as zero, and is no number on the wire', () => {
    const outcomes = underLaw('BI-28', (random, n) => {
      if (n % 2 === 1) {
        const bytes = bytesAround(random, (out) => {
          out.byte(TAG.float);
          out.f64(-0);
        });
        return () => void readValue(bytes);
      }
      return () => {
        const producer = DiffCache.producer<Value[]>();
        producer.set('k', [random.chance(0.5) ? 0 : 1, 5]);
        const consumer = DiffCache.consumer<Value[]>();
        consumer.apply(producer.set('k', [-0, -0 * random.below(9)]) && producer.frame(0));
        const held = consumer.get('k') ?? [];
        return held.every((number) => Object.is(number, 0)) ? 'handled' : 'kept';
      };
    });
    expect(outcomes).toEqual({ malformed: 500, handled: 500 });
  });

  it('BI-29 the least, the largest and the last exact numbers survive exactly', () => {
    const edges = [5e-324, Number.MAX_VALUE, 2 ** 53, 2 ** 53 - 1, 2 ** 53 + 2, 2 ** 63, 0.1];
    const outcomes = underLaw('BI-29', (random) => {
      const words = new DataView(new ArrayBuffer(8));
      const number = (): number => {
        const edge = random.pick(edges) * random.pick([1, -1]);
        if (random.chance(0.5)) return edge;
        words.setFloat64(0, edge);
        words.setUint32(4, random.next());
        return words.getFloat64(0);
      };
      const values = [number(), { a: number() }, { a: number() }, [number(), number()]];
      return () => carried('k', ...values);
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-30 a JSON text with a number that parses to infinity is refused', () => {
    const outcomes = underLaw('BI-30', (random) => {
      const digits = String(1 + random.below(9e6));
      const number = random.pick([
        `${digits}e${309 + random.below(9000)}`,
        `-${digits}.${random.below(99)}E+${400 + random.below(100)}`,
        `1${'0'.repeat(309 + random.below(50))}`,
      ]);
      const text = JSON.stringify({ key: 'k', a: within(random, 'HERE') }).replace(
        '"HERE"',
        number,
      );
      return () => feed(text);
    });
    expect(outcomes).toEqual({ 'refused bad-input': VARIANTS });
  });

  it('BI-31 a JSON text with an integer that loses digits is used with a warning', () => {
    const outcomes = underLaw('BI-31', (random) => {
      const odd = `${1 + random.below(9)}${String(random.next()).padStart(10, '7')}0000001`;
      const number = random.chance(0.5) ? odd : `-${odd}`;
      const text = JSON.stringify({ key: 'k', a: within(random, 'HERE') }).replace(
        '"HERE"',
        number,
      );
      return () => feed(text);
    });
    expect(outcomes).toEqual({ 'warned bad-input': VARIANTS });
  });
});

/** Sequences that are no UTF-8: overlong, surrogates, beyond the last plane, cut, alone. */
const wrongUtf8: readonly (readonly number[])[] = [
  [0xc0, 0x80],
  [0xc1, 0xbf],
  [0xe0, 0x80, 0xaf],
  [0xf0, 0x80, 0x80, 0x80],
  [0xed, 0xa0, 0x80],
  [0xed, 0xbf, 0xbf],
  [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80],
  [0xf4, 0x90, 0x80, 0x80],
  [0xf5, 0x80, 0x80, 0x80],
  [0xf8, 0x88, 0x80, 0x80, 0x80],
  [0xff],
  [0xfe],
  [0x80],
  [0xbf],
];
const cutUtf8: readonly (readonly number[])[] = [[0xc3], [0xe2, 0x82], [0xf0, 0x9f, 0x98]];

/** Text around some bytes, which are no UTF-8. */
function wrongText(random: SeededRandom, wrong: readonly number[]): number[] {
  const before = Buffer.from(someText(random, 20));
  const after = cutUtf8.includes(wrong) ? [] : Buffer.from(someText(random, 20));
  return [...before, ...wrong, ...after];
}

describe('texts', () => {
  it('BI-32 lone surrogates are refused in values, names and keys', () => {
    const halves = ['\ud800', '\udbff', '\udc00', '\udfff', '\ude00\ud83d'];
    const outcomes = underLaw('BI-32', (random, n) => {
      const text = someText(random) + random.pick(halves) + random.pick(['', 'x', '\u20ac']);
      if (n % 3 === 0) {
        const producer = DiffCache.producer<Value>();
        return () => void producer.set(text, 1);
      }
      const value = within(random, n % 3 === 1 ? text : { a: 1, [text]: 2 });
      return () => ingested(random, value);
    });
    expect(outcomes).toEqual({ 'bad-key': 334, 'bad-value': 666 });
  });

  it('BI-33 what is no UTF-8 is malformed, and never replaced, wherever it stands', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-33', (random, n) => {
      const text = wrongText(random, random.pick([...wrongUtf8, ...cutUtf8]));
      const long = bytesOf((out) => out.varint(text.length));
      if (n % 4 === 0) {
        const hello = encodeMessage({ ...HELLO, token: '' }).slice(0, -4);
        // The token's length is the last byte but one: behind it only the standing follows.
        const content = [...hello.subarray(0, -2), ...long, ...text, 0];
        return () => hub.attack([withSeal(Uint8Array.from(content))]);
      }
      if (n % 4 === 1) {
        const key = Uint8Array.from([0x11, ...long, ...text, ...Array<number>(40).fill(0)]);
        return () => void DataMsg.decode(key);
      }
      const name = bytesOf((out) => out.varint(text.length * 2));
      const bytes = bytesAround(random, (out) => {
        if (n % 4 === 2) for (const byte of [TAG.newShape, 1, ...name, ...text, 5]) out.byte(byte);
        else if (text.length < 64) for (const byte of [0x40 + text.length, ...text]) out.byte(byte);
        else for (const byte of [TAG.string, text.length - 64, ...text]) out.byte(byte);
      });
      return () => void readValue(bytes);
    });
    expect(outcomes).toEqual({ '1002 malformed': 250, malformed: 750 });
    hub.expectUnharmed();
  });

  /** Texts that some decoder, terminal or file system would not leave as they are. */
  function exactly(row: string, texts: (random: SeededRandom) => string): object {
    return underLaw(row, (random) => {
      const text = texts(random);
      const key = random.chance(0.3) ? text.slice(0, 200) : 'k';
      const values = [text, { [text]: 1 }, { [text]: text }, [text, `${text}x`], `x${text}`];
      return () => carried(key, ...values);
    });
  }

  it('BI-34 a byte order mark is data, at the start as elsewhere', () => {
    const outcomes = exactly('BI-34', (random) => {
      const marks = '\ufeff'.repeat(1 + random.below(3));
      return `${marks}${someText(random)}${random.chance(0.5) ? '\ufeff' : ''}`;
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-35 NUL, control characters and line separators are data', () => {
    const odd = Array.from(
      '\u0000\u0001\u0008\n\r\u001b\u001f\u007f\u0080\u009b\u00ad\u2028\u2029\uffff',
    );
    const outcomes = exactly('BI-35', (random) =>
      Array.from({ length: 1 + random.below(90) }, () => random.pick(odd)).join(''),
    );
    expect(outcomes).toEqual(handled);
  });

  it('BI-36 texts that look alike are different keys and names', () => {
    const pairs = [
      ['\u00e9', 'e\u0301'],
      ['\u212b', '\u00c5'],
      ['\uac00', '\u1100\u1161'],
      ['\ufb01', 'fi'],
      ['a', '\u0430'],
      ['I', '\u0131'],
    ] as const;
    const outcomes = underLaw('BI-36', (random) => {
      const [one, two] = random.pick(pairs);
      const around = someText(random, 10);
      return () => {
        const producer = DiffCache.producer<Value>();
        producer.set(around + one, { [one]: 1, [two]: 2 });
        producer.set(around + two, { [two]: 1, [one]: 2 });
        const consumer = DiffCache.consumer<Value>();
        consumer.apply(producer.frame(0).encode());
        const texts = [consumer.get(around + one), consumer.get(around + two)];
        expect(consumer.size).toBe(2);
        expect(texts).toEqual([producer.get(around + one), producer.get(around + two)]);
        return digestOf(one) === digestOf(two) ? 'one digest' : 'handled';
      };
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-37 a string of the limit passes, one of a byte more is refused at both ends', () => {
    const outcomes = underLaw('BI-37', (random, n) => {
      const stringBytesMax = 1 + random.below(300);
      const unit = random.pick(['a', '\u00e9', '\u20ac', '\u{1f600}']);
      const bytes = Buffer.byteLength(unit);
      const over = n % 2;
      const pad = 'a'.repeat((stringBytesMax + over) % bytes);
      const text = unit.repeat(Math.floor((stringBytesMax + over) / bytes)) + pad;
      const value = random.pick<Value>([text, [1, text], { a: text }, { [text]: 1 }]);
      const wide = DiffCache.producer<Value>();
      const message = wide.set('k', value).encode();
      return () => {
        const producer = DiffCache.producer<Value>({ limits: { stringBytesMax } });
        const consumer = DiffCache.consumer<Value>({ limits: { stringBytesMax } });
        if (over === 0) {
          consumer.update(producer.set('k', value).encode());
          return JSON.stringify(consumer.get('k')) === JSON.stringify(value) ? 'handled' : 'other';
        }
        const codes = [errorOf(() => producer.set('k', value)).code];
        codes.push(errorOf(() => DataMsg.decode(message, { stringBytesMax })).code);
        return codes.join(' ');
      };
    });
    expect(outcomes['handled']).toBe(500);
    expect(outcomes['bad-value limit-exceeded']).toBe(500);
  });

  it('BI-38 a string above what an engine can hold is refused before memory is taken', () => {
    const outcomes = underLaw('BI-38', (random, n) => {
      // Put together of pieces: it has no memory of its own until somebody looks into it.
      const unit = random.pick(['x', '\u20ac', '\ud800', 'ab\u{1f600}']);
      const length = 2 ** 29 - 25 - random.below(2 ** 28);
      const rope = unit.repeat(Math.floor(length / unit.length));
      if (n % 4 === 0) {
        const producer = DiffCache.producer<Value>();
        return () => void producer.set(rope, 1);
      }
      const value = within(random, n % 4 === 1 ? rope : { [`${n}`]: rope });
      if (n % 4 !== 3) return () => ingested(random, value);
      const announced = 2 ** 29 - 24 + random.below(2 ** 31);
      const bytes = bytesAround(random, (out) => {
        out.byte(TAG.string);
        out.varint(announced);
      });
      return () => void readValue(bytes);
    });
    expect(outcomes).toEqual({ 'bad-key': 250, 'bad-value': 500, 'limit-exceeded': 250 });
  });

  it('BI-39 the empty key, text, name, object and array are values like others', () => {
    const outcomes = underLaw('BI-39', (random) => {
      const empties: Value[] = ['', {}, [], { '': '' }, { '': {} }, [[]], [{}], { '': [''] }];
      const values = Array.from({ length: 6 }, () => within(random, random.pick(empties)));
      return () => carried('', ...values);
    });
    expect(outcomes).toEqual(handled);
  });
});
