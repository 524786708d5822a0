import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/cache/change.ts';
import { parseEpoch } from '../../src/cache/epoch.ts';
import { valueDigest } from '../../src/core/digest.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import { applyPatch, DataMsg, diff, DiffCache, Frame } from '../../src/index.ts';
import { fromJsonPatch, Patch } from '../../src/index.ts';
import type { JsonPatchOp, Value } from '../../src/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { contents } from '../cache/support/healing.ts';
import { nested } from '../support/arbitrary-values.ts';
import { someText, someValue } from './support/benches.ts';
import { must, underLaw, VARIANTS } from './support/general-law.ts';

const EPOCH = '1795305600000.9f3c2a1b00d4e5f6';
const conflicts = { 'patch-conflict': VARIANTS };
const handled = { handled: VARIANTS };

const set: Op = { kind: 'set', value: 1 };
const inObject = (...edits: Edit[]): Op => ({ kind: 'object', edits });
const inArray = (...edits: Edit[]): Op => ({ kind: 'array', edits });
const change = (keep: number, op: Op): Edit => ({ kind: 'change', keep, op });
const drop = (keep: number, count: number): Edit => ({ kind: 'drop', keep, count });
const add = (keep: number, name = '', value: Value = 1): Edit => ({
  kind: 'add',
  keep,
  name,
  value,
});
const take = (keep: number, from: number, op?: Op): Edit => ({ kind: 'take', keep, from, op });
const text = (keep: number, count: number, insert = ''): Op => ({
  kind: 'text',
  splices: [{ keep, drop: count, insert }],
});
const number = (delta: number, scale?: number): Op => ({ kind: 'number', delta, scale });

/** A base with a part of each kind: an object of five members. */
interface Base {
  readonly n: number;
  readonly text: string;
  readonly list: readonly Value[];
  readonly inner: { readonly [name: string]: Value };
  readonly flag: boolean;
}
const MEMBERS = { n: 0, text: 1, list: 2, inner: 3, flag: 4 } as const;

function baseOf(random: SeededRandom): Base {
  return {
    n: random.below(1e6) / random.pick([1, 10, 1000]),
    text: `${someText(random)}ab`,
    list: Array.from({ length: 1 + random.below(9) }, () => someValue(random, 2)),
    inner: { a: someValue(random, 2), b: [1, 2] },
    flag: true,
  };
}

const at = (name: keyof typeof MEMBERS, op: Op): Op => inObject(change(MEMBERS[name], op));

/** What an op comes to at a copy that holds its base, by a message or by a frame. */
function received(random: SeededRandom, base: unknown, op: Op): string {
  const producer = DiffCache.producer<Value>({ epoch: EPOCH });
  const consumer = DiffCache.consumer<Value>();
  producer.set('other', 1);
  const first = producer.set('k', base as Value);
  consumer.apply(producer.frame(0).encode());
  const before = contents(consumer);
  const head = consumer.head();
  const wanted = random.chance(0.5) ? 'retran-key' : 'resume';
  try {
    if (wanted === 'retran-key') {
      const parts = { ...first.parts, cmd: 'update', base: 2, version: 3, op } as const;
      consumer.update(new DataMsg<Value>(parts).encode());
    } else {
      // The first change fits, so that it would show if not all were undone.
      const changes: Change[] = [
        { kind: 'put', key: 'other', value: 2 },
        { kind: 'patch', key: 'k', op },
      ];
      consumer.apply(new Frame(parseEpoch(EPOCH), { from: 2, to: 3 }, changes, 7).encode());
    }
  } catch (error) {
    if (contents(consumer) !== before) return 'applied in part';
    must(JSON.stringify(consumer.head()) === JSON.stringify(head), 'the head has moved');
    const { code, recovery } = error as { code: string; recovery: string };
    must(code !== 'patch-conflict' || recovery === wanted, `recovery ${recovery}`);
    throw error;
  }
  return 'handled';
}

/** What RFC 6902 operations come to; the base stays as it is. */
function jsonPatch(base: unknown, ...ops: readonly JsonPatchOp[]): string {
  const before = JSON.stringify(base);
  try {
    fromJsonPatch(base, ops);
  } finally {
    expect(JSON.stringify(base)).toBe(before);
  }
  return 'handled';
}

/** Half of the variants as own patches, half as RFC 6902 operations. */
function misfits(
  row: string,
  own: (random: SeededRandom, base: Base) => Op,
  json: (random: SeededRandom, base: Base) => readonly JsonPatchOp[],
): object {
  return underLaw(row, (random, n) => {
    const base = baseOf(random);
    if (n % 2 === 0) {
      const op = own(random, base);
      return () => received(random, base, op);
    }
    const ops = json(random, base);
    return () => jsonPatch(base, ...ops);
  });
}

const far = [2 ** 31, 2 ** 32 - 1, 2 ** 32, 1e9, 2 ** 40];

describe('a place that is not there', () => {
  it('BI-57 below a parent that is missing leads nowhere, and changes nothing', () => {
    const outcomes = misfits(
      'BI-57',
      (random) => inObject(change(5 + random.below(9), random.pick([set, inObject(drop(0, 1))]))),
      (random) => {
        const path = `/${random.pick(['none', 'inner/none', 'list/99', ''])}/x/${random.below(3)}`;
        return [{ op: 'add', path, value: 1 }];
      },
    );
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-58 an element right behind the last is appended, one further on refused', () => {
    const outcomes = underLaw('BI-58', (random, n) => {
      const base = baseOf(random);
      const { length } = base.list;
      const over = n % 2;
      if (n % 4 < 2) {
        const op = at('list', inArray(add(length + over)));
        return () => (over === 1 ? received(random, base, op) : sized(base, op, length + 1));
      }
      const place = over === 0 && random.chance(0.5) ? '-' : String(length + over);
      return () => jsonPatch(base, { op: 'add', path: `/list/${place}`, value: 1 });
    });
    expect(outcomes).toEqual({ handled: 500, 'patch-conflict': 500 });
  });

  const sized = (base: Base, op: Op, length: number): string =>
    applyPatch(base, new Patch(op)).list.length === length ? 'handled' : 'another length';

  it('BI-59 far or negative places make no array of holes', () => {
    const outcomes = misfits(
      'BI-59',
      (random) => {
        const keep = random.pick(far) + random.below(9);
        return at('list', inArray(random.pick([add(keep), change(keep, set), take(0, keep)])));
      },
      (random) => {
        const places = ['-1', '1e9', '4294967295', '4294967294', '01', '1.0', ' 1', '+1', '0x1'];
        const path = `/list/${random.pick([...places, String(random.pick(far)), '-0', ''])}`;
        return [
          random.pick<JsonPatchOp>([
            { op: 'add', path, value: 1 },
            { op: 'remove', path },
          ]),
        ];
      },
    );
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-60 a step of the wrong kind is refused: a name into an array, an edit of a text', () => {
    const outcomes = misfits(
      'BI-60',
      (random) =>
        random.pick([
          at('list', inObject(add(0, 'x'))),
          at('inner', inArray(add(0))),
          at('text', number(1)),
          at('n', text(0, 0, 'x')),
          at('list', text(0, 1)),
          at('flag', number(1)),
        ]),
      (random) => {
        const path = `/list/${random.pick(['x', 'length', '', '-', '0x', '\u0661'])}`;
        return [{ op: 'replace', path, value: 1 }];
      },
    );
    expect(outcomes).toEqual(conflicts);
    const pointers = underLaw('BI-60 pointers', (random) => {
      const wrong = random.pick<unknown>([
        'x',
        'a/b',
        '/~',
        '/~2',
        7,
        null,
        [],
        { toString: 1 },
        1n,
      ]);
      const op = random.pick<object>([
        { op: 'add', path: wrong, value: 1 },
        { op: 'copy', from: wrong, path: '/x' },
        { op: wrong, path: '/n', value: 1n },
        wrong as object,
      ]);
      return () => jsonPatch({ n: 1 }, op as JsonPatchOp);
    });
    expect(pointers).toEqual({ 'bad-argument': VARIANTS });
  });

  it('BI-61 through a scalar no way leads', () => {
    const outcomes = misfits(
      'BI-61',
      (random) => {
        const inner = random.pick([
          inObject(change(0, set)),
          inArray(drop(0, 1)),
          inObject(add(0, 'x')),
        ]);
        return at(random.pick(['n', 'text', 'flag'] as const), inner);
      },
      (random) => {
        const last = random.pick(['0', 'length', 'x', '']);
        const path = `/${random.pick(['n', 'text', 'flag'])}/${last}`;
        return [
          random.pick<JsonPatchOp>([
            { op: 'add', path, value: 1 },
            { op: 'remove', path },
          ]),
        ];
      },
    );
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-62 through what is only inherited no way leads, and prototypes stay', () => {
    const names = ['toString', 'constructor', '__proto__', 'hasOwnProperty', 'valueOf'];
    const outcomes = underLaw('BI-62', (random) => {
      const base = baseOf(random);
      const start = random.pick(['', '/inner', '/list']);
      const path = `${start}/${random.pick(names)}/${random.pick(['x', 'name', 'prototype/x'])}`;
      const ops: JsonPatchOp[] = [
        { op: 'add', path, value: 1 },
        { op: 'remove', path },
        { op: 'copy', from: path, path: '/x' },
        { op: 'test', path, value: 1 },
      ];
      return () => jsonPatch(base, random.pick(ops));
    });
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-63 what is not there cannot be removed', () => {
    const outcomes = misfits(
      'BI-63',
      (random, { list }) =>
        random.pick([
          inObject(drop(5 + random.below(3), 1)),
          inObject(drop(0, 6 + random.below(9))),
          at('list', inArray(drop(list.length, 1))),
        ]),
      (random, { list }) => {
        const path = random.pick(['/none', '/inner/none', `/list/${list.length}`, '/list/-', '/']);
        return [{ op: 'remove', path }];
      },
    );
    expect(outcomes).toEqual(conflicts);
  });
});

describe('copies and moves', () => {
  it('BI-64 nothing moves into itself; own patches cannot even say so', () => {
    const outcomes = underLaw('BI-64', (random) => {
      const base = { a: { b: { c: [someValue(random, 2)] } }, 'a/b': 1 };
      const from = random.pick(['', '/a', '/a/b', '/a/b/c']);
      const path = `${from}/${random.pick(['x', 'b/x', '0', 'b/c/0', '-'])}`;
      return () => jsonPatch(base, { op: 'move', from, path });
    });
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-65 copies of copies end at the limit of a value, before they take memory', () => {
    const outcomes = underLaw(
      'BI-65',
      (random) => {
        const valueBytesMax = 4000;
        const consumer = DiffCache.consumer<Value>({ limits: { valueBytesMax } });
        const producer = DiffCache.producer<Value>({ epoch: EPOCH });
        const levels = 20;
        const first = producer.set('k', nested(levels, random.below(9), () => true) as Value);
        consumer.update(first);
        const times = 2 + random.below(20);
        const copies = inArray(...Array.from({ length: times }, () => take(0, 0)));
        const messages: Uint8Array[] = [];
        let value = consumer.get('k') as Value;
        for (let version = 2; JSON.stringify(value).length <= valueBytesMax; version++) {
          // From the innermost level outwards: each multiplies what is below it.
          let op = copies;
          for (let above = levels + 1 - version; above > 0; above--) op = inArray(change(0, op));
          value = applyPatch(value, new Patch(op));
          const digest = valueDigest(value);
          const parts = { ...first.parts, digest, cmd: 'update' } as const;
          const message = { ...parts, base: version - 1, version, op };
          messages.push(new DataMsg<Value>(message).encode());
        }
        return () => {
          for (const bytes of messages) consumer.update(bytes);
          return 'no limit';
        };
      },
      { frameBytes: 1024 * 1024 },
    );
    expect(outcomes).toEqual({ 'limit-exceeded': VARIANTS });
  });
});

describe('an edit of a scalar that does not fit', () => {
  it('BI-66 more elements than there are cannot be left out', () => {
    const outcomes = underLaw('BI-66', (random) => {
      const base = baseOf(random);
      const keep = random.below(base.list.length);
      const most = random.pick([1, 2, ...far]);
      const op = at('list', inArray(drop(keep, base.list.length - keep + most)));
      return () => received(random, base, op);
    });
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-67 a splice beyond the end, or between the halves of a character, is refused', () => {
    const outcomes = underLaw('BI-67', (random, n) => {
      const front = 'a'.repeat(random.below(20));
      const base = { ...baseOf(random), text: `${front}\u{1f600}${someText(random)}` };
      const { length } = base.text;
      const cut = front.length + 1;
      const wrong = [
        text(length + 1 + random.below(9), 0, 'x'),
        text(random.below(length), length + 1),
        text(random.pick(far), 1),
        text(cut, 0, 'x'),
        text(front.length, 1, random.pick(['', 'x'])),
        text(cut, length - cut),
      ];
      return () => received(random, base, at('text', wrong[n % 6] as Op));
    });
    expect(outcomes).toEqual(conflicts);
  });

  it('BI-68 a number that would leave the range, or has other decimals, is refused', () => {
    const outcomes = underLaw('BI-68', (random, n) => {
      const most = Number.MAX_SAFE_INTEGER;
      const wrong: readonly (readonly [number, Op])[] = [
        [most - random.below(9), number(10 + random.below(1e6))],
        [random.below(9) - most, number(-10 - random.below(1e6))],
        [Number.MAX_VALUE, number(1)],
        [5e-324, number(1)],
        [random.below(1e6) + 0.5, number(1, 1)],
        [most, number(1, 1 + random.below(15))],
      ];
      const [start, op] = wrong[n % 6] as (typeof wrong)[number];
      return () => received(random, { ...baseOf(random), n: start }, at('n', op));
    });
    expect(outcomes).toEqual(conflicts);
  });
});

describe('patches that are allowed, odd as they are', () => {
  it('BI-69 operations run in their order, also several on one place', () => {
    const outcomes = underLaw('BI-69', (random) => {
      const base = { a: 0, list: [0] as Value[] };
      const model = structuredClone(base);
      const ops = Array.from({ length: 1 + random.below(12) }, (_, i): JsonPatchOp => {
        const place = random.below(model.list.length + 1);
        switch (random.below(4)) {
          case 0:
            model.a = i;
            return { op: 'replace', path: '/a', value: i };
          case 1:
            model.list.splice(place, 0, i);
            return { op: 'add', path: `/list/${place}`, value: i };
          case 2:
            if (place === model.list.length) return { op: 'test', path: '/a', value: model.a };
            model.list.splice(place, 1);
            return { op: 'remove', path: `/list/${place}` };
          default:
            model.list.push(model.a);
            return { op: 'copy', from: '/a', path: '/list/-' };
        }
      });
      return () => {
        const outcome = applyPatch<unknown>(base, fromJsonPatch(base, ops));
        return JSON.stringify(outcome) === JSON.stringify(model) ? 'handled' : 'another order';
      };
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-70 an empty patch changes nothing, and an empty frame only the version', () => {
    const outcomes = underLaw('BI-70', (random) => {
      const value = someValue(random);
      return () => {
        const producer = DiffCache.producer<Value>({ epoch: EPOCH });
        const consumer = DiffCache.consumer<Value>();
        consumer.update(producer.set('k', value).encode());
        const held = consumer.get('k');
        const same = producer.set('k', structuredClone(value));
        expect(same.patch().encode()).toEqual(Uint8Array.of(5));
        expect(consumer.update(same.encode())[0]).toBe('ignored');
        producer.set('gone', 1);
        producer.delete('gone');
        const frame = producer.frame(1);
        expect([frame.changes.length, frame.to]).toEqual([0, 3]);
        expect(consumer.apply(frame.encode())).toEqual([]);
        expect([consumer.version, consumer.get('k')]).toEqual([3, held]);
        return consumer.verify(producer.head()) ? 'handled' : 'another digest';
      };
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-74 where a patch would be larger than the value, the value is sent', () => {
    const outcomes = underLaw('BI-74', (random) => {
      const base = someValue(random);
      const target = random.chance(0.5) ? someValue(random) : [base, someValue(random)];
      const patch = diff(base, target)?.encode() ?? Uint8Array.of(5);
      const whole = DiffCache.producer<Value>().set('k', target).encode();
      return () => {
        expect(applyPatch<unknown>(base, Patch.decode(patch))).toEqual(target);
        return patch.length <= whole.length + 8 ? 'handled' : `${patch.length} bytes`;
      };
    });
    expect(outcomes).toEqual(handled);
  });
});
