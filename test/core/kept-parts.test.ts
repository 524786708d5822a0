/** Whose containers the next tree is made of: the base's, the caller's or new ones. */
import { describe, expect, it } from 'vitest';

import { Differ, diffTrusted } from '../../src/core/diff.ts';
import { applyOp } from '../../src/core/apply.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import type { Ownership, Value } from '../../src/core/value.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { EDITED_DOCUMENTS } from '../support/edited-documents.ts';
import { fewPair } from '../support/few-elements.ts';
import { fingerprint } from '../support/fingerprint.ts';

function containersIn(value: unknown, found = new Set<unknown>()): Set<unknown> {
  if (typeof value !== 'object' || value === null || found.has(value)) return found;
  found.add(value);
  for (const part of Object.values(value)) containersIn(part, found);
  return found;
}

/** Of each container in order: `b` from the base, `t` the target's own, `n` new; `!` not frozen. */
function origins(next: Value, base: Value, target: unknown): string {
  const [inBase, inTarget] = [containersIn(base), containersIn(target)];
  return Array.from(containersIn(next), (one) => {
    const from = inBase.has(one) ? 'b' : inTarget.has(one) ? 't' : 'n';
    return `${from}${Object.isFrozen(one) ? '' : '!'}`;
  }).join('');
}

/** What comes of a diff in each way to own a value. */
function outcome(base: unknown, target: unknown): string[] {
  return (['copy', 'adopt', 'trusted'] as const).map((ownership: Ownership) => {
    const own = new Differ('copy', true).take(structuredClone(base));
    const differ = new Differ(ownership, true);
    const given = structuredClone(target);
    const op = differ.diff(own, given);
    expect(JSON.stringify(differ.next)).toBe(JSON.stringify(target));
    const applied = op === undefined ? own : applyOp(own, op);
    expect(JSON.stringify(applied)).toBe(JSON.stringify(target));
    const [mine, theirs] = [differ.next, applied].map((one) => origins(one, own, given));
    return `${JSON.stringify(op)} ${mine} ${theirs}`;
  });
}

describe('V10 V11 V12 the next tree', () => {
  it('is of the same containers as ever, for documents of every kind', () => {
    const outcomes = Object.entries(EDITED_DOCUMENTS).flatMap(([kind, make]) => {
      const random = new SeededRandom(`owners of ${kind}`);
      return Array.from({ length: 12 }, () => outcome(...make(random)));
    });
    expect(fingerprint(outcomes)).toBe('108 7a3680fd6ec4');
  });

  it('is of the same containers as ever, for objects whose members come, go and move', () => {
    const random = new SeededRandom('members');
    const member = (): Value => fewPair(random, 3)[0][0] ?? random.below(3);
    const outcomes = Array.from({ length: 700 }, () => {
      const names = Array.from(
        { length: random.below(7) },
        (_, i) => `${'cabed'[i % 5] ?? ''}${i}`,
      );
      const base = Object.fromEntries(names.map((name) => [name, member()]));
      const next = Object.entries(base).map(([name, value]): [string, Value] => [
        name,
        random.below(3) === 0 ? member() : value,
      ]);
      for (let left = random.below(3); left > 0; left--) {
        const at = random.below(next.length + 1);
        const kind = random.below(3);
        if (kind === 0) next.splice(at, 1);
        else if (kind === 1) next.splice(at, 0, [`${'xyz'[left] ?? ''}${at}`, member()]);
        else next.splice(random.below(next.length + 1), 0, ...next.splice(at, 1));
      }
      return outcome(base, Object.fromEntries(next));
    });
    expect(fingerprint(outcomes)).toBe('700 7fc8d312f894');
  });

  it('has nothing of the target in it that holds -0 or undefined members', () => {
    const cases: [unknown, unknown][] = [
      [
        { a: 0, b: 1 },
        { a: -0, b: 2 },
      ],
      [
        { b: 1, a: 0 },
        { b: 2, a: -0 },
      ],
      [{ b: 1 }, { a: -0, b: 1 }],
      [
        [0, 1],
        [-0, 2],
      ],
      [
        [0, 1],
        [-0, 2, 3],
      ],
      [[1], [-0, 1]],
      [{ a: 1 }, { a: 2, b: undefined }],
      [{ a: 1 }, { b: undefined, a: 2 }],
      [1, { a: -0 }],
      [1, [{ a: [-0] }]],
      [1, { a: undefined }],
      [{ a: { b: 1 } }, { a: { b: 1 }, c: 2 }],
    ];
    const seen = cases.map(([base, target]) =>
      (['copy', 'adopt', 'trusted'] as const)
        .map((ownership) => {
          const own = new Differ('copy', true).take(structuredClone(base));
          const differ = new Differ(ownership, true);
          differ.diff(own, target);
          return origins(differ.next, own, target);
        })
        .join(' '),
    );
    expect(seen).toEqual([
      'n n n',
      'n n n',
      'n n n',
      'n n n',
      'n n n',
      'n n n',
      'n n n',
      'n n n',
      'n n t!',
      'nnn nnn t!t!t!',
      'n n t!',
      'nb nb nb',
    ]);
  });

  it('is not frozen where that is not wished', () => {
    const base = { a: [1], b: { c: 1 } };
    for (const ownership of ['copy', 'adopt'] as const) {
      const differ = new Differ(ownership, false);
      differ.diff(new Differ('copy', false).take(base), { a: [1, 2], b: { c: 2 } });
      expect(containersIn(differ.next).size).toBe(3);
      expect(Array.from(containersIn(differ.next)).some(Object.isFrozen)).toBe(false);
    }
  });

  it('D1 of trusted values is found without a look at what is the same', () => {
    let looks = 0;
    const watched = new Proxy({ a: 1 }, { get: () => looks++, ownKeys: () => (looks++, ['a']) });
    const same = watched as unknown as Value;
    expect(diffTrusted(same, same)).toBeUndefined();
    expect(diffTrusted({ same, n: 1 }, { same, n: 2 })).toBeDefined();
    expect(diffTrusted([same, 1], [same, 2])).toBeDefined();
    expect(looks).toBe(0);
    expect(diffTrusted([1, { a: 1 }], [1, { a: 1 }])).toBeUndefined();
    const value = { a: [1] };
    const op = diffTrusted(1, value);
    expect(op?.kind === 'set' && op.value).toBe(value);
  });

  it('V11 is the list itself where its maker tells which elements differ', () => {
    const part = { a: [1, 2] };
    const base = new Differ('copy', true).take([part, 'text', part, 4]) as Value[];
    const list = [part, 'text', { a: [1, 3] }, 64];
    const asked: boolean[] = [];
    const known = {
      takeElements: (one: object, of: object): readonly number[] | undefined => {
        asked.push(one === list && of === base);
        return one === list ? [2, 3] : undefined;
      },
    };
    const differ = new Differ('copy', true);
    const op = differ.diff(base, list, known);
    const set = (value: Value): Op => ({ kind: 'set', value });
    const change = (keep: number, inner: Op): Edit => ({ kind: 'change', keep, op: inner });
    const plain = (one: unknown): unknown =>
      JSON.parse(JSON.stringify(one, ['kind', 'edits', 'keep', 'op', 'value']));
    const element: Op = {
      kind: 'object',
      edits: [change(0, { kind: 'array', edits: [change(1, set(3))] })],
    };
    expect(plain(op)).toEqual({ kind: 'array', edits: [change(2, element), change(0, set(64))] });
    expect(differ.next).toBe(list);
    expect([asked, Object.isFrozen(list), Object.isFrozen(list[2])]).toEqual([
      [true, false],
      true,
      true,
    ]);
    // An element that is the same after all is the base's, and of no edits comes the base.
    const same = [part, 'text', structuredClone(part), 4];
    expect(differ.diff(base, same, { takeElements: () => [2] })).toBeUndefined();
    expect(differ.next).toBe(base);
    // What was known counts once.
    differ.diff(base, [...list]);
    expect(asked).toHaveLength(2);
  });
});
