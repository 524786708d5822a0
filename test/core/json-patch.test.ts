import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import { Differ } from '../../src/core/diff.ts';
import { fromJsonPatch, toJsonPatch } from '../../src/core/json-patch.ts';
import type { JsonPatchOp } from '../../src/core/json-patch.ts';
import { applyPatch, diff, Patch } from '../../src/core/patch.ts';
import { fromPointer, toPointer } from '../../src/core/path.ts';
import type { Value } from '../../src/core/value.ts';
import { setMember } from '../../src/core/value.ts';
import { pairs, runs, soakTimeoutMs, textValues, values } from '../support/arbitrary-values.ts';
import { codeOf } from '../support/error-code.ts';

const take = (value: unknown): Value => new Differ('copy', true).take(value);

/** The value with the members of its objects in one order, whatever theirs was. */
function sorted(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(sorted);
  const next: Record<string, Value> = {};
  for (const name of Object.keys(value).sort()) {
    setMember(next, name, sorted((value as Record<string, unknown>)[name]) as Value);
  }
  return next;
}

const sortedText = (value: unknown): string => JSON.stringify(sorted(value));

type Parent = Record<string, unknown> | unknown[];

/** RFC 6902 as plainly as it can be written: changes the document in place. */
function applyPlainly(document: unknown, ops: readonly JsonPatchOp[]): unknown {
  const root = { document: structuredClone(document) };
  const place = (pointer: string): [Parent, string] => {
    const steps = ['document', ...(fromPointer(pointer) ?? [])];
    let parent: Parent = root;
    for (const step of steps.slice(0, -1)) {
      parent = (parent as Record<string, unknown>)[step] as Parent;
    }
    return [parent, steps.at(-1) as string];
  };
  const partAt = (pointer: string): unknown => {
    const [parent, name] = place(pointer);
    return structuredClone((parent as Record<string, unknown>)[name]);
  };
  const run = (op: JsonPatchOp): void => {
    if ('from' in op) {
      const value = partAt(op.from);
      if (op.op === 'move') run({ op: 'remove', path: op.from });
      return run({ op: 'add', path: op.path, value });
    }
    if (op.op === 'test') throw new Error(op.op);
    const [parent, name] = place(op.path);
    const value = op.op === 'remove' ? null : structuredClone(op.value);
    if (op.op !== 'add' && !Object.hasOwn(parent, name)) throw new Error(`no ${op.path}`);
    if (Array.isArray(parent)) {
      const index = name === '-' ? parent.length : Number(name);
      if (index > parent.length) throw new Error(`no ${op.path}`);
      if (op.op === 'add') parent.splice(index, 0, value);
      else if (op.op === 'remove') parent.splice(index, 1);
      else parent[index] = value;
    } else if (op.op === 'remove') {
      delete parent[name];
    } else {
      setMember(parent as Record<string, Value>, name, value as Value);
    }
  };
  for (const op of ops) run(op);
  return root.document;
}

describe('P24 a patch as RFC 6902', () => {
  it(
    'makes an equal value wherever RFC 6902 is spoken',
    () => {
      fc.assert(
        fc.property(pairs, ([first, target]) => {
          const base = take(first);
          const ops = toJsonPatch(base, diff(base, target) ?? new Patch(undefined));
          expect(sortedText(applyPlainly(base, ops))).toBe(sortedText(target));
        }),
        runs(900),
      );
    },
    soakTimeoutMs,
  );

  it(
    'and back makes an equal value',
    () => {
      fc.assert(
        fc.property(pairs, ([first, target]) => {
          const base = take(first);
          const ops = toJsonPatch(base, diff(base, target) ?? new Patch(undefined));
          const wire = JSON.parse(JSON.stringify(ops)) as JsonPatchOp[];
          const next = applyPatch(base, fromJsonPatch(base, wire));
          expect(sortedText(next)).toBe(sortedText(target));
        }),
        runs(400),
      );
    },
    soakTimeoutMs,
  );

  it('removes members before it adds others of the same name', () => {
    const op = {
      kind: 'object',
      edits: [
        { kind: 'add', keep: 0, name: 'a', value: 'new' },
        { kind: 'drop', keep: 0, count: 1 },
      ],
    } as const;
    const base = { a: 'old', b: 1 };
    const ops = toJsonPatch(base, new Patch(op));
    expect(applyPlainly(base, ops)).toEqual(applyPatch<unknown>(base, new Patch(op)));
  });

  it('is not made of a patch for another base', () => {
    const patch = diff({ a: [1, 2, 3] }, { a: [1, 3] }) as Patch;
    expect(codeOf(() => toJsonPatch({ a: 1 }, patch))).toBe('patch-conflict');
    expect(codeOf(() => toJsonPatch({}, patch))).toBe('patch-conflict');
  });
});

describe('P24 RFC 6902 operations', () => {
  const base = { a: { b: [1, 2, { c: 3 }] }, '': 0, 'x/y~z': 1, __proto__x: 1 };
  const made = (...ops: JsonPatchOp[]): unknown =>
    applyPatch<unknown>(base, fromJsonPatch(base, ops));

  it('add, remove, replace, move, copy and test as the RFC says', () => {
    expect(made({ op: 'add', path: '/a/b/1', value: 9 })).toEqual({
      ...base,
      a: { b: [1, 9, 2, { c: 3 }] },
    });
    expect(made({ op: 'add', path: '/a/b/-', value: 9 })).toHaveProperty('a.b[3]', 9);
    expect(made({ op: 'remove', path: '/a/b/0' })).toEqual({ ...base, a: { b: [2, { c: 3 }] } });
    expect(made({ op: 'replace', path: '/', value: 5 })).toEqual({ ...base, '': 5 });
    expect(made({ op: 'replace', path: '/x~1y~0z', value: 5 })).toHaveProperty(['x/y~z'], 5);
    expect(made({ op: 'move', from: '/a/b/2/c', path: '/d' })).toEqual({
      ...base,
      a: { b: [1, 2, {}] },
      d: 3,
    });
    expect(made({ op: 'copy', from: '/a/b', path: '/d' })).toEqual({ ...base, d: base.a.b });
    expect(made({ op: 'test', path: '/a/b/2', value: { c: 3 } })).toEqual(base);
    expect(made({ op: 'replace', path: '', value: [1] })).toEqual([1]);
    const proto = made({ op: 'add', path: '/__proto__', value: { polluted: 1 } });
    expect(Object.keys(proto as object)).toContain('__proto__');
    expect(Object.getPrototypeOf(proto)).toBe(Object.prototype);
  });

  it.each<[string, JsonPatchOp]>([
    ['a parent that is missing', { op: 'add', path: '/none/x', value: 1 }],
    ['a path through a number', { op: 'add', path: '/a/b/0/x', value: 1 }],
    ['an index beyond the end', { op: 'add', path: '/a/b/4', value: 1 }],
    ['an index with a zero in front', { op: 'add', path: '/a/b/01', value: 1 }],
    ['a negative index', { op: 'add', path: '/a/b/-1', value: 1 }],
    ['an index of 2^32 - 1', { op: 'add', path: '/a/b/4294967295', value: 1 }],
    ['the end as a place to read', { op: 'remove', path: '/a/b/-' }],
    ['an inherited member', { op: 'remove', path: '/toString' }],
    ['a path through an inherited member', { op: 'add', path: '/constructor/x', value: 1 }],
    ['the prototype', { op: 'remove', path: '/__proto__' }],
    ['a member to remove that is missing', { op: 'remove', path: '/none' }],
    ['a member to replace that is missing', { op: 'replace', path: '/none', value: 1 }],
    ['a test that fails', { op: 'test', path: '/a/b/0', value: '1' }],
    ['a move into itself', { op: 'move', from: '/a', path: '/a/b/0' }],
    ['a move of what is missing', { op: 'move', from: '/none', path: '/x' }],
  ])('conflict over %s', (_title, op) => {
    expect(codeOf(() => fromJsonPatch(base, [op]))).toBe('patch-conflict');
  });

  it('change no copy of what they change, nor what moved out of one', () => {
    const document = { a: { b: { c: [1] } }, d: {} };
    const put = (path: string): JsonPatchOp => ({ op: 'add', path, value: 'put' });
    const courses: (readonly JsonPatchOp[])[] = [
      [put('/a/b/x'), { op: 'copy', from: '/a/b', path: '/d/b' }, put('/a/b/y'), put('/d/b/z')],
      [put('/a/b/x'), { op: 'copy', from: '/a', path: '/d/a' }, put('/a/b/y'), put('/d/a/b/z')],
      [put('/a/b/c/0'), { op: 'copy', from: '', path: '/d/all' }, put('/a/b/c/-'), put('/d/x')],
      [
        put('/a/b/x'),
        { op: 'copy', from: '/a', path: '/d/a' },
        { op: 'move', from: '/d/a/b', path: '/a/moved' },
        put('/a/moved/y'),
        put('/a/b/z'),
      ],
      [
        put('/a/b/x'),
        { op: 'copy', from: '/a', path: '/e' },
        { op: 'move', from: '/a/b', path: '/a/moved' },
        put('/a/moved/y'),
        { op: 'copy', from: '/a/moved', path: '/a/again' },
        put('/a/moved/z'),
      ],
      [
        put('/a/b/x'),
        { op: 'copy', from: '/a', path: '/e' },
        { op: 'move', from: '/e/b', path: '/a/b' },
        put('/a/b/y'),
        { op: 'move', from: '/a', path: '/e' },
        put('/e/b/z'),
      ],
    ];
    for (const ops of courses) {
      const next = applyPatch<unknown>(document, fromJsonPatch(document, ops));
      expect(next).toEqual(applyPlainly(document, ops));
    }
    expect(document).toEqual({ a: { b: { c: [1] } }, d: {} });
  });

  it('cost what they change, however wide the place is and however many they are', () => {
    const start = performance.now();
    for (const wide of [Object.fromEntries, (all: [string, number][]) => all.map(([, n]) => n)]) {
      const entries = Array.from({ length: 10_000 }, (_, i): [string, number] => [`n${i}`, i]);
      const document = { wide: wide(entries) };
      const ops = Object.keys(document.wide).map((name): JsonPatchOp => ({
        op: 'replace',
        path: `/wide/${name}`,
        value: `${name}!`,
      }));
      const next = applyPatch<unknown>(document, fromJsonPatch(document, ops));
      expect(sortedText(next)).toBe(sortedText(applyPlainly(document, ops)));
    }
    // A copy of the width for each would take a minute.
    expect(performance.now() - start).toBeLessThan(2500);
  });

  it('conflict over a test of what is deeper than any value', () => {
    const deep = (): Value =>
      JSON.parse(`${'{"a":['.repeat(50_000)}${']}'.repeat(50_000)}`) as Value;
    const ops: JsonPatchOp[] = [
      { op: 'add', path: '/x', value: deep() },
      { op: 'test', path: '/x', value: deep() },
    ];
    expect(codeOf(() => fromJsonPatch({}, ops))).toBe('patch-conflict');
    const within: JsonPatchOp = { op: 'remove', path: `/x${'/a/0'.repeat(49_999)}/a` };
    expect(codeOf(() => fromJsonPatch({}, [ops[0] as JsonPatchOp, within]))).toBe('bad-value');
  });

  it('test values as a whole, whatever lies beside what is equal', () => {
    const document = { list: [1, { a: 1, b: 2 }], record: { x: [1], y: 2 }, indexed: { 0: 5 } };
    const holds = (path: string, value: unknown): boolean => {
      const test = { op: 'test', path, value } as JsonPatchOp;
      return codeOf(() => fromJsonPatch(document, [test])) !== 'patch-conflict';
    };
    expect(holds('/list', [1, { b: 2, a: 1 }])).toBe(true);
    expect(holds('/record', { y: 2, x: [1] })).toBe(true);
    const others: [string, unknown][] = [
      ['/list', [1, { b: 2, a: 1 }, 2]],
      ['/list', [1]],
      ['/list', [1, { b: 2, a: 2 }]],
      ['/list', { 0: 1, 1: { b: 2, a: 1 } }],
      ['/list', 'text'],
      ['/record', [[1], 2]],
      ['/record', { y: 2, x: [1], z: 3 }],
      ['/record', { y: 2 }],
      ['/record', { y: 2, z: [1] }],
      ['/record', null],
      ['/indexed', [5]],
    ];
    for (const [path, value] of others) expect(holds(path, value)).toBe(false);
  });

  it('conflict over everything once the whole document is removed', () => {
    const gone: JsonPatchOp = { op: 'remove', path: '' };
    const next: JsonPatchOp[] = [
      { op: 'test', path: '', value: 1 },
      { op: 'replace', path: '', value: 1 },
      { op: 'remove', path: '' },
      { op: 'copy', from: '', path: '/x' },
      { op: 'add', path: '/x', value: 1 },
    ];
    for (const op of next) {
      expect(codeOf(() => fromJsonPatch(base, [gone, op]))).toBe('patch-conflict');
    }
    expect(made(gone, { op: 'add', path: '', value: 'anew' })).toBe('anew');
  });

  it.each<[string, unknown]>([
    ['an unknown operation', { op: 'merge', path: '/a' }],
    ['a pointer without a slash', { op: 'remove', path: 'a' }],
    ['a pointer with a bad escape', { op: 'remove', path: '/a~2' }],
    ['no path', { op: 'remove' }],
    ['no from', { op: 'move', path: '/x' }],
    ['an add without a value', { op: 'add', path: '/a' }],
    ['a replace without a value', { op: 'replace', path: '/a' }],
    ['a test without a value', { op: 'test', path: '/a' }],
    ['null', null],
    ['a text', 'remove'],
  ])('are refused as bad-argument for %s', (_title, op) => {
    expect(codeOf(() => fromJsonPatch(base, [op as JsonPatchOp]))).toBe('bad-argument');
  });

  it('carry nothing but JSON', () => {
    for (const value of [Number.NaN, new Date(0), () => 1, 1n]) {
      const op = { op: 'add', path: '/x', value } as const;
      expect(codeOf(() => fromJsonPatch(base, [op]))).toBe('bad-value');
    }
  });

  it('test without regard to member order', () => {
    fc.assert(
      fc.property(values, (value) => {
        const document = take({ value });
        const test: JsonPatchOp = { op: 'test', path: '/value', value: sorted(value) };
        expect(fromJsonPatch(document, [test]).op).toBeUndefined();
      }),
      runs(200),
    );
  });
});

describe('P24 a JSON Pointer', () => {
  it('gives back the steps it was made of', () => {
    fc.assert(
      fc.property(fc.array(textValues), (steps) => {
        expect(fromPointer(toPointer(steps))).toEqual(steps);
      }),
      runs(300),
    );
  });
});
