import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { toJsonPatch } from '../../src/core/json-patch.ts';
import { applyOp } from '../../src/core/apply.ts';
import { ByteReader, ByteWriter, joined } from '../../src/core/bytes.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Op } from '../../src/core/op.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import { readPatch } from '../../src/core/patch-reader.ts';
import { plainOp } from '../../src/core/unquote.ts';
import { writePatch } from '../../src/core/patch-writer.ts';
import { ValueReader } from '../../src/core/value-reader.ts';
import { BaseText } from '../../src/core/base-text.ts';
import { QuoteCoder } from '../../src/core/quote-coder.ts';
import { RangeEncoder } from '../../src/core/range-encoder.ts';
import { readQuotes } from '../../src/core/quote-reader.ts';
import { writeQuotes } from '../../src/core/quote-writer.ts';
import type { Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { runs, soakTimeoutMs, textValues } from '../support/arbitrary-values.ts';
import { damaged } from '../support/damaged-bytes.ts';
import { applyPatchBytes, Reader } from '../support/page-decoder.mjs';
import { quotedTexts } from '../support/page-quotes.mjs';
import { codeOf } from '../support/error-code.ts';

const text = (value: unknown): string => JSON.stringify(value);

const words = ['alpha beta ', 'gamma', ' Überraschung', '次の項目 ', '𐀀𐀁', '"\\\n', '__proto__'];
const phrases = fc
  .array(fc.oneof(fc.constantFrom(...words), textValues), { minLength: 1, maxLength: 6 })
  .map((parts) => parts.join(''));
const rows = fc.record({ id: fc.nat(9999), title: phrases, tags: fc.array(phrases) });
const named = fc
  .dictionary(fc.oneof(fc.constantFrom('__proto__', 'a', '7', 'name'), phrases), phrases)
  .map((members) => JSON.parse(text(members)) as Record<string, string>);

/** A document, and the same with rows moved, edited, repeated and new ones that resemble others. */
const documents: fc.Arbitrary<[Value, Value]> = fc
  .tuple(
    fc.array(rows, { minLength: 3, maxLength: 12 }),
    named,
    fc.array(fc.tuple(fc.nat(11), fc.nat(11), phrases), { minLength: 1, maxLength: 4 }),
  )
  .map(([list, members, changes]) => {
    const next = [...list];
    const map: Record<string, Value> = { ...members };
    for (const [from, to, phrase] of changes) {
      const row = list[from % list.length] ?? { id: 0, title: '', tags: [] };
      next.splice(to % (next.length + 1), 0, {
        ...row,
        id: row.id + to,
        title: row.title + phrase,
      });
      map[`${phrase}.${to}`] = `${row.title} ${phrase}`;
    }
    return [
      { list, members },
      { list: next, members: map, copy: list.slice(0, 2) },
    ];
  });

describe('P25 new parts told by quoting the base', () => {
  it(
    'make the very target, here and for a decoder written from the page',
    () => {
      let quoted = 0;
      let all = 0;
      fc.assert(
        fc.property(documents, ([base, target]) => {
          all++;
          const bytes = diff(base, target)?.encode() ?? new Uint8Array([5]);
          const patch = Patch.decode(bytes);
          if (patch.op?.kind === 'quoted') quoted++;
          expect(text(applyPatch(base, patch))).toBe(text(target));
          expect(text(applyPatchBytes(bytes, base))).toBe(text(target));
          // What was read is written again as it came.
          expect(patch.encode()).toEqual(bytes);
        }),
        runs(150),
      );
      expect(quoted).toBeGreaterThan(all / 3);
    },
    soakTimeoutMs,
  );

  it('P21 are taken only where that is shorter', () => {
    fc.assert(
      fc.property(documents, ([base, target]) => {
        const bytes = diff(base, target)?.encode().length ?? 1;
        const plain = new ByteWriter();
        new ValueWriter(plain).value(target);
        expect(bytes).toBeLessThanOrEqual(plain.length + 8);
      }),
      runs(100),
    );
  });

  it('are a fraction of the row that resembles another', () => {
    const row = (i: number): Value => ({
      prefix: `10.${i}.0.0/16`,
      region: `eu-west-${i % 3}`,
      service: 'COMPUTE',
      border: `eu-west-${i % 3}`,
    });
    const base = Array.from({ length: 200 }, (_, i) => row(2 * i));
    const target = base.toSpliced(77, 0, row(153));
    expect(diff(base, target)?.encode().length).toBeLessThan(20);
  });

  it('show as JSON patch operations of plain values', () => {
    const long = 'a long text that comes again, long enough for it to be worth a look for quotes';
    const base = { a: long, b: [1, 2, 3] };
    const target = { ...base, c: { again: long, b: [1, 2, 3] } };
    const patch = Patch.decode(diff(base, target)?.encode() ?? new Uint8Array());
    expect(patch.op?.kind).toBe('quoted');
    expect(toJsonPatch(base, patch)).toEqual([{ op: 'add', path: '/c', value: target.c }]);
  });
});

describe('P26 quotes of any bytes', () => {
  it(
    'C4 P22 are refused with malformed or patch-conflict, or make a value',
    () => {
      const given = documents.chain(([base, target]) => {
        const bytes = diff(base, target)?.encode() ?? new Uint8Array([5]);
        return fc.tuple(fc.constant(base), damaged(bytes));
      });
      fc.assert(
        fc.property(given, ([base, bytes]) => {
          const before = text(base);
          const code = codeOf(() => {
            const next = applyPatch(base, Patch.decode(bytes));
            expect(text(JSON.parse(text(next)))).toBe(text(next));
          });
          expect(['no error', 'malformed', 'patch-conflict', 'limit-exceeded']).toContain(code);
          expect(text(base)).toBe(before);
        }),
        runs(400),
      );
    },
    soakTimeoutMs,
  );

  it('C2 cut off or flipped anywhere never crash', () => {
    const base = {
      list: Array.from({ length: 30 }, (_, i) => ({ i, name: `the row number ${i}` })),
    };
    const target = {
      ...base,
      more: [31, 32, 33].map((i) => ({ i, name: `the row number ${i}, 次の項目` })),
    };
    const bytes = diff(base, target)?.encode() ?? new Uint8Array();
    expect(bytes[0]).toBe(6);
    for (let cut = 0; cut < bytes.length; cut++) {
      expect(codeOf(() => Patch.decode(bytes.subarray(0, cut)))).toBe('malformed');
    }
    for (let bit = 0; bit < bytes.length * 8; bit++) {
      const flipped = Uint8Array.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      let next: unknown = 'refused';
      const code = codeOf(() => (next = applyPatch(base, Patch.decode(flipped))));
      expect(['no error', 'malformed', 'patch-conflict', 'limit-exceeded']).toContain(code);
      expect(text(next)).not.toBe(text(target));
    }
  });

  const write = (base: string, texts: string[]): Uint8Array | undefined =>
    writeQuotes(BaseText.ofText(base), texts);
  const read = (base: string, quotes: Uint8Array, count: number): string[] =>
    readQuotes(BaseText.ofText(base), quotes, count);

  const quotedPatch = (base: string, texts: string[], skeleton: number[]): Patch => {
    const quotes = write(base, texts) ?? new Uint8Array();
    return Patch.decode(Uint8Array.from([6, quotes.length, ...quotes, ...skeleton]));
  };

  it.each([
    ['no JSON', '{"a":'],
    ['spaces', '[1, 2]'],
    ['a name twice', '{"a":1,"a":2}'],
    ['index names out of order', '{"a":1,"1":2}'],
    ['minus zero', '-0'],
    ['a number beyond the doubles', '1e999'],
    ['a longer number', '1.0'],
    ['half a character', '"\\ud800"'],
    ['an escape that need not be', '"\\u0041"'],
    ['nothing', ''],
  ])('refuse %s', (_what, quoted) => {
    const patch = quotedPatch('null', [quoted], [0]);
    expect(codeOf(() => applyPatch(null, patch))).toBe('patch-conflict');
  });

  it('P23 keep to the depth, and take __proto__ for a name', () => {
    const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);
    const at = (levels: number): string =>
      codeOf(() => applyPatch(null, quotedPatch('null', [deep(levels)], [0])));
    expect([at(128), at(129), at(20_000)]).toEqual([
      'no error',
      'limit-exceeded',
      'limit-exceeded',
    ]);
    const next = applyPatch({}, quotedPatch('{}', ['"__proto__":{"a":1}'], [1, 14]));
    expect(text(next)).toBe('{"__proto__":{"a":1}}');
    expect(Object.isFrozen(next)).toBe(true);
  });

  it('P25 are read letter by letter, whatever the alphabet and however long the base', () => {
    const random = new SeededRandom('letters');
    const alphabets = [
      'abcdefgh',
      'ABCÄÖÜß',
      '0123456789abcdef',
      'жзийклмн',
      '次の項目漢字',
      '😀😃',
      'aЖ次 9',
    ];
    const letters = (alphabet: string, count: number): string => {
      const all = Array.from(alphabet);
      return Array.from({ length: count }, () => all[random.below(all.length)]).join('');
    };
    for (const length of [0, 1, 500, 2044, 2045, 2046, 2047, 3000, 9001]) {
      const base = letters(random.below(2) === 0 ? alphabets.join('') : 'abc def', length);
      // Enough of each for its weights to be halved.
      const texts = alphabets.map((alphabet) => letters(alphabet, 120 + random.below(200)));
      const quoted = texts.filter((one) => {
        const quotes = write(text(base), [one]);
        if (quotes === undefined) return false;
        expect(read(text(base), quotes, 1)).toEqual([one]);
        expect(quotedTexts(quotes, base, 1)).toEqual([one]);
        return true;
      });
      expect(quoted.length).toBeGreaterThan(3);
    }
  });

  it('P25 are left where a long text has next to nothing in common with the base', () => {
    const random = new SeededRandom('strange');
    const units = Array.from({ length: 2000 }, () => 35 + random.below(57));
    const strange = String.fromCharCode(...units);
    const base = text({ image: 'x'.repeat(2000), note: 'a few words about it' });
    expect(write(base, [strange])).toBeUndefined();
    expect(write(base, [strange.slice(0, 400)])).toBeDefined();
    expect(write(text({ image: strange }), [`${strange}!`])).toBeDefined();
  });

  it('C6 stop where a few bytes would make a long text', () => {
    const base = text('x'.repeat(3_000_000));
    const long = write(base, ['x'.repeat(60_000)]) ?? new Uint8Array();
    expect(long.length).toBeLessThan(40);
    expect(read(base, long, 1)).toEqual(['x'.repeat(60_000)]);
    expect(write(text('x'.repeat(3000)), ['x'.repeat(70_000)])).toBeUndefined();
    // Beside a base of that length it is not long.
    const longer = write(base, ['x'.repeat(500_000)]) ?? new Uint8Array();
    expect(read(base, longer, 1)).toEqual(['x'.repeat(500_000)]);
    expect(write(base, ['x'.repeat(525_000)])).toBeUndefined();
    const wide = text('x'.repeat(5_000_000));
    expect(write(wide, ['x'.repeat(100)])).toBeUndefined();
    expect(codeOf(() => read(wide, long, 1))).toBe('malformed');
  });

  it('L4 count as many parts as the same patch without them', () => {
    const base = { rows: Array.from({ length: 40 }, (_, n) => ({ n, list: [n, n, n] })) };
    const more = base.rows.map(({ n }) => ({ n, more: [n, n, n, n] }));
    const targets = [
      { ...base, more },
      { rows: [...base.rows.slice(0, 20), ...more, ...base.rows.slice(20)] },
      { rows: base.rows.map((row) => ({ ...row, ...more[row.n] })) },
    ];
    for (const target of targets) {
      const quoted = diff(base, target)?.encode() ?? new Uint8Array();
      const plain = new ByteWriter(64);
      const op = plainOp(base, Patch.decode(quoted).op ?? { kind: 'set', value: null });
      writePatch(new ValueWriter(plain), op);
      expect([quoted[0], plain.take()[0]]).toEqual([6, 1]);
      const fits = (bytes: Uint8Array, nodesMax: number): boolean =>
        codeOf(() => applyPatch(base, Patch.decode(bytes, { nodesMax }))) === 'no error';
      const least = (bytes: Uint8Array): number => {
        let parts = 1;
        while (!fits(bytes, parts)) parts++;
        return parts;
      };
      expect(least(quoted)).toBe(least(plain.take()));
    }
  });

  it('C6 L4 make no more in one frame than 2^20 units, though each patch could', () => {
    const target = text('x'.repeat(65_000));
    const quotes = write('null', [target]) ?? new Uint8Array();
    const patch = Uint8Array.from([6, quotes.length, ...quotes, 0]);
    expect(patch.length).toBeLessThan(30);
    const reader = new ValueReader(new ByteReader(joined(Array(20).fill(patch))), defaultLimits);
    const ops = Array.from({ length: 20 }, () => readPatch(reader) as Op);
    const made = (op: Op): string => codeOf(() => applyOp(null, op));
    expect(ops.map(made).filter((code) => code === 'no error')).toHaveLength(16);
    // Once more costs nothing, in whatever order.
    expect([made(ops[3] as Op), made(ops[0] as Op)]).toEqual(['no error', 'no error']);
    expect(made(ops[19] as Op)).toBe('patch-conflict');
    const page = new Reader(joined(Array(20).fill(patch)));
    const byPage = Array.from({ length: 20 }, () => page.patch());
    for (const apply of byPage.slice(0, 16)) expect(apply(null)).toHaveLength(65_000);
    expect(() => byPage[16]?.(null)).toThrow('too long');
    expect(byPage[15]?.(null)).toHaveLength(65_000);
  });

  it('C6 P26 stop where letters alone make a text too long, however many bytes they are', () => {
    const quotesOf = (units: number): Uint8Array => {
      const encoder = new RangeEncoder();
      const coder = new QuoteCoder(encoder, BaseText.ofText('"abc"'), units);
      const random = new SeededRandom('units');
      for (let i = 1; i <= units; i++) {
        coder.isCopy(false);
        coder.unit(i < units ? 32 + random.below(90) : 10);
      }
      return encoder.finish();
    };
    const longest = quotesOf(524_288);
    expect(read('"abc"', longest, 1)[0]).toHaveLength(524_287);
    expect(quotedTexts(longest, 'abc', 1)[0]).toHaveLength(524_287);
    for (const units of [524_289, 600_000]) {
      const longer = quotesOf(units);
      expect(codeOf(() => read('"abc"', longer, 1))).toBe('malformed');
      expect(() => quotedTexts(longer, 'abc', 1)).toThrow('too long');
    }
  });

  it('C6 stop where coded bits stand for more steps than their bytes pay for', () => {
    const begun = performance.now();
    for (let byte = 0; byte < 256; byte++) {
      const bytes = new Uint8Array(200).fill(byte);
      expect(codeOf(() => read('"abc"', bytes, 1000))).toBe('malformed');
    }
    expect(performance.now() - begun).toBeLessThan(20_000);
  });
});
