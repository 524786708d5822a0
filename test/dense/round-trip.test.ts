import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/cache/change.ts';
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import { FrameContent } from '../../src/cache/frame-content.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import { applyOp } from '../../src/core/apply.ts';
import type { Key } from '../../src/core/key.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { diff } from '../../src/core/patch.ts';
import type { Op } from '../../src/core/op.ts';
import type { Value } from '../../src/core/value.ts';
import type { ModelSize } from '../../src/dense/dense-model.ts';
import { DenseFrameCoder } from '../../src/dense/frame-coder.ts';
import { FRESH_SIZE, SMALL_SIZE, STREAM_SIZE } from '../../src/dense/dense-model.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import {
  edgeNames,
  edgeNumbers,
  edgeTexts,
  histories,
  memberNames,
  pairs,
  runs,
  soakTimeoutMs,
  values,
} from '../support/arbitrary-values.ts';
import { changesTo, CoderEnds, taken, TINY_SIZE } from './coder-ends.ts';

const EPOCH = { term: 1, incarnation: '0123456789abcdef' };

const sizes: [string, ModelSize][] = [
  ['tiny', TINY_SIZE],
  ['small', SMALL_SIZE],
  ['fresh', FRESH_SIZE],
  ['stream', STREAM_SIZE],
];

const keys = fc.oneof(
  fc.constantFrom<Key>(0, 1, -1, 2 ** 53 - 1, 1 - 2 ** 53, 'a', '', '\u{1f600}', '__proto__'),
  memberNames,
  fc.nat(9),
);

/** What becomes of some keys, all at once; what has no next value is gone. */
const courses = fc.uniqueArray(fc.tuple(keys, histories), {
  minLength: 1,
  maxLength: 4,
  selector: ([key]) => key,
});

function play(ends: CoderEnds, course: readonly (readonly [Key, readonly Value[]])[]): void {
  const frames = Math.max(...course.map(([, history]) => history.length));
  for (let n = 0; n <= frames; n++) {
    ends.pass(course.map(([key, history]) => [key, history[n]] as const));
  }
}

describe('a sequence of changes', () => {
  it.each(sizes)(
    'C7 of any values comes out as it went in, with a %s memory that goes on',
    (_name, size) => {
      const ends = new CoderEnds(size);
      const property = fc.property(courses, (course) => {
        ends.held.clear();
        ends.copy.clear();
        play(ends, course);
        expect(ends.areAlike).toBe(true);
      });
      // A failure leaves the ends apart, so that only the first counterexample is one.
      fc.assert(property, { ...runs(60), endOnFailure: true });
    },
    soakTimeoutMs,
  );

  it(
    'C7 C9 of any values comes out as it went in, from a reset on',
    () => {
      const ends = new CoderEnds(SMALL_SIZE);
      fc.assert(
        fc.property(courses, (course) => {
          ends.reset();
          ends.held.clear();
          ends.copy.clear();
          play(ends, course);
          expect(ends.areAlike).toBe(true);
        }),
        runs(100),
      );
    },
    soakTimeoutMs,
  );

  it('C7 may put, patch and replace whatever stands at the root', () => {
    const ends = new CoderEnds(TINY_SIZE);
    const roots: Value[] = [null, true, 0, '', [], {}, [[]], { a: {} }, 'x'.repeat(200), 1.5];
    for (const from of roots) {
      for (const to of roots) {
        ends.pass([['root', from]]);
        ends.pass([['root', to]]);
      }
    }
    ends.pass([]);
    ends.pass([['root', undefined]]);
    expect(ends.copy.size).toBe(0);
  });

  it('C5 C7 keeps numbers exactly, whatever number came before', () => {
    const ends = new CoderEnds(TINY_SIZE);
    const extremes = [1e308, 5e-324, 2 ** 53 - 1, -(2 ** 53 - 1), -0, 0.1, 1e21, -1e-7];
    for (const number of edgeNumbers) {
      for (const other of extremes) {
        ends.pass([['n', number]]);
        ends.pass([['n', other]]);
        ends.pass([['row', { n: number, list: [other, number] }]]);
      }
    }
    expect(ends.areAlike).toBe(true);
  });

  it('C5 C7 keeps texts exactly, NUL, U+0001 and all, whatever text came before', () => {
    const ends = new CoderEnds(TINY_SIZE);
    const texts = [
      '',
      '\u0000',
      '\u0001',
      '\u0000\u0001\u0002\u0001\u0000',
      'x\u0000',
      '\u{10ffff}',
    ];
    for (const text of [...edgeTexts, ...texts]) {
      for (const other of texts) {
        ends.pass([['t', text]]);
        ends.pass([['t', other]]);
        ends.pass([['row', { text, list: [other, text, other] }]]);
      }
    }
    expect(ends.areAlike).toBe(true);
  });

  it('V8 C7 takes any name for a name, and the order of members as it is', () => {
    const ends = new CoderEnds(TINY_SIZE);
    const random = new SeededRandom('names');
    for (let n = 0; n < 200; n++) {
      const members: Record<string, Value> = Object.create(null) as Record<string, Value>;
      for (let i = random.below(8); i >= 0; i--) members[random.pick(edgeNames)] = random.below(3);
      const object: unknown = JSON.parse(JSON.stringify(members));
      ends.pass([[random.pick(edgeNames), object as Value]]);
    }
    expect(Object.getPrototypeOf(ends.copy.get('a') ?? {})).toBe(Object.prototype);
  });
});

/** Texts of a few thousand units, of words that come again, with pairs of surrogates between. */
function prose(random: SeededRandom, words: number): string {
  const some = ['the ', 'price ', 'of ', '\u{1f600}', 'gold\u0000', '\u6f22\u5b57', 'x'.repeat(40)];
  return Array.from({ length: words }, () => random.pick(some)).join('');
}

describe('what is long', () => {
  it('D5 C7 comes out as it went in: texts with splices', () => {
    const random = new SeededRandom('splices');
    for (const size of [TINY_SIZE, STREAM_SIZE]) {
      const ends = new CoderEnds(size);
      let text = prose(random, 300);
      ends.pass([['text', text]]);
      for (let n = 0; n < 40; n++) {
        for (let i = random.below(4); i >= 0; i--) {
          const at = random.below(text.length);
          const drop = random.chance(0.1) ? 1500 : random.below(20);
          text = text.slice(0, at) + prose(random, random.below(6)) + text.slice(at + drop);
          text = text.toWellFormed();
        }
        ends.pass([['text', text]]);
      }
      expect(ends.areAlike).toBe(true);
    }
  });

  it('D3 C7 comes out as it went in: arrays with insertions, moves and copies', () => {
    const random = new SeededRandom('moves');
    for (const size of [TINY_SIZE, STREAM_SIZE]) {
      const ends = new CoderEnds(size);
      let rows: Value[] = Array.from({ length: 60 }, (_, id) => ({ id, name: `row ${id}`, n: 0 }));
      ends.pass([['rows', rows]]);
      for (let n = 0; n < 60; n++) {
        rows = movedOnce(random, rows);
        ends.pass([['rows', [...rows]]]);
      }
      expect(ends.areAlike).toBe(true);
    }
  });

  it('C7 comes out as it went in: a map of 1000 members', () => {
    const random = new SeededRandom('map');
    const ends = new CoderEnds(STREAM_SIZE);
    const map: Record<string, Value> = {};
    for (let i = 0; i < 1000; i++) map[`user ${i}`] = { visits: i, last: `2026-01-${i % 28}` };
    ends.pass([['map', { ...map }]]);
    for (let n = 0; n < 40; n++) {
      const name = `user ${random.below(1010)}`;
      if (random.chance(0.2)) delete map[name];
      else map[name] = { visits: random.below(5000), last: `2026-02-${random.below(28)}` };
      if (random.chance(0.1)) map[`${random.below(30)}`] = n;
      ends.pass([['map', { ...map }]]);
    }
    expect(ends.areAlike).toBe(true);
  });
});

function movedOnce(random: SeededRandom, rows: readonly Value[]): Value[] {
  const next = [...rows];
  const at = random.below(next.length);
  const [row] = next.splice(at, 1) as [Value];
  switch (random.below(6)) {
    case 0:
      return next;
    case 1:
      return next.toSpliced(random.below(next.length + 1), 0, row);
    case 2:
      return rows.toSpliced(random.below(rows.length + 1), 0, row, row);
    case 3:
      return rows.with(at, { ...(row as object), n: random.below(9) });
    case 4:
      return [...next.slice(at), ...next.slice(0, at), { ...(row as object), n: 7 }];
    default:
      return rows.toReversed();
  }
}

describe('the coder', () => {
  it('C7 codes an op alone as it does within a frame', () => {
    const { writer, reader } = new CoderEnds(FRESH_SIZE);
    fc.assert(
      fc.property(pairs, ([from, to]) => {
        const base = taken(from);
        const op = diff(base, to)?.op;
        if (op === undefined) return;
        for (const end of [writer, reader]) end.reset();
        const bytes = writer.encodeOp(base, op) ?? new Uint8Array(0);
        const after = applyOp(base, reader.decodeOp(bytes, base));
        expect(JSON.stringify(after)).toBe(JSON.stringify(taken(to)));
      }),
      runs(200),
    );
  });

  it('C7 knows new texts by those of the base', () => {
    const words = 'der die das und Fehler beim Laden Speichern ist nicht möglich wurde'.split(' ');
    const random = new SeededRandom('words');
    const phrase = (count: number): string =>
      Array.from({ length: count }, () => random.pick(words)).join(' ');
    const texts = Array.from({ length: 30 }, () => phrase(8));
    const base = taken({ texts });
    const next = { texts: [...texts, phrase(12)] };
    const op = diff(base, next)?.op as Op;
    const [none, some] = [0, 1024].map((primeBytes) => {
      const { writer, reader } = new CoderEnds({ ...FRESH_SIZE, primeBytes });
      const bytes = writer.encodeOp(base, op) ?? new Uint8Array(0);
      expect(applyOp(base, reader.decodeOp(bytes, base))).toEqual(next);
      return bytes.length;
    });
    expect(some).toBeLessThan(0.7 * Number(none));
  });

  it('C10 gives up where a base would be looked through again and again', () => {
    // Whoever sends bytes says what is looked through, however little is new.
    class Wasteful extends DenseFrameCoder {
      protected override op(base: Value, op: Op | undefined, key: Key): Op {
        return this.model.op(base, op, key, true);
      }
    }
    const base = taken(Array.from({ length: 100_000 }, (_, i) => i % 7));
    const op: Op = { kind: 'array', edits: [] };
    const looked = (times: number): unknown => {
      const changes = Array.from({ length: times }, () => ({ kind: 'patch', key: 1, op, base }));
      return new Wasteful(defaultLimits).encode(changes as Change[]);
    };
    expect([looked(300), looked(350)]).toEqual([expect.any(Uint8Array), undefined]);
  });

  it('C10 gives up where names, or parts taken elsewhere, would be looked through so', () => {
    const from = 400_000;
    const wide = taken(Object.fromEntries(Array.from({ length: from }, (_, n) => [`m${n}`, 0])));
    const long = taken(Array.from({ length: from }, () => 0));
    const take: Op = {
      kind: 'array',
      edits: [{ kind: 'take', keep: 0, from: from - 1, op: undefined }],
    };
    const coded = (base: Value, op: Op, times: number): unknown => {
      const changes = Array.from({ length: times }, () => ({ kind: 'patch', key: 1, op, base }));
      return new DenseFrameCoder(defaultLimits).encode(changes as Change[]);
    };
    const none: Op = { kind: 'set', value: {} };
    const bytes = expect.any(Uint8Array) as unknown;
    expect([coded(wide, none, 9), coded(wide, none, 11)]).toEqual([bytes, undefined]);
    expect([coded(long, take, 400), coded(long, take, 700)]).toEqual([bytes, undefined]);
  });

  it('C8 makes the same bytes of the same changes, wherever and however often', () => {
    fc.assert(
      fc.property(fc.array(values, { minLength: 1, maxLength: 5 }), (all) => {
        const frames = [0, 1].map(() => {
          const ends = new CoderEnds(SMALL_SIZE);
          const once = all.map((value) => [...ends.pass([['k', value]])]);
          ends.reset();
          ends.held.clear();
          ends.copy.clear();
          expect(all.map((value) => [...ends.pass([['k', value]])])).toEqual(once);
          return once;
        });
        expect(frames[0]).toEqual(frames[1]);
      }),
      runs(40),
    );
  });

  it('C8 tells what it writes from what it reads in no other way than by the bytes', () => {
    // A reader goes on as a writer, and the other way round.
    const random = new SeededRandom('roles');
    const [a, b] = [new CoderEnds(TINY_SIZE), new CoderEnds(TINY_SIZE)];
    const held = a.held;
    const swapped = { writer: a.reader, reader: a.writer };
    for (let n = 0; n < 100; n++) {
      const value = { n: random.below(100), text: prose(random, 3) };
      const to: [Key, Value][] = [[random.below(5), value]];
      const bytes = b.pass(to);
      const role = n % 2 === 0 ? a : swapped;
      const changes = changesTo(held, to);
      expect(role.writer.encode(changes)).toEqual(bytes);
      role.reader.decode(bytes, (key) => held.get(key));
      for (const [key, next] of to) held.set(key, next);
    }
  });
});

describe('C7 C8 what is adopted without a prototype', () => {
  it.each(['constructor', 'valueOf', 'toString', '__proto__'])('may name a member %s', (name) => {
    const producer = new ProducerCache({ epoch: EPOCH, copy: false });
    const consumer = new FrameConsumer();
    const [hub, replica] = [defaultLimits, defaultLimits].map(
      (limits) => new DenseFrameCoder(limits, STREAM_SIZE),
    ) as [DenseFrameCoder, DenseFrameCoder];
    const bare = (members: object): Value =>
      Object.assign(Object.create(null) as object, members) as Value;
    producer.set('k', bare({ rows: [] }));
    consumer.apply(producer.frame(0));
    for (let n = 0; n < 60; n++) {
      const row = { a: n, ...(n % 3 === 0 ? { [name]: n % 2 === 0 ? `text ${n}` : { n } } : {}) };
      const { rows } = producer.get('k') as { rows: Value[] };
      producer.set('k', bare({ rows: [...rows.slice(-9), bare(row)] }));
      const frame = producer.frame(producer.version - 1);
      const coded = hub.encode(frame.changes) as Uint8Array;
      const read = replica.decode(coded, (key) => consumer.get(key));
      consumer.apply(new FrameContent(frame.epoch, frame, read, frame.check));
      expect(JSON.stringify(consumer.get('k'))).toBe(JSON.stringify(producer.get('k')));
    }
  });
});
