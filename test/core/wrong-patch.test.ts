/** What a program without types may take for a patch. */
import { describe, expect, it } from 'vitest';
import { diff, DiffCache, applyPatch, fromJsonPatch, toJsonPatch } from '../../src/index.ts';

const base = { a: 1 };

describe('What is no patch', () => {
  it.each([
    ['the bytes of one', diff(base, { a: 2 })?.encode()],
    ['an empty object', {}],
    ['a message', DiffCache.producer().set('k', 1)],
    ['null', null],
  ])('P22 is refused and not taken for no change: %s', (_what, given) => {
    const refused = { code: 'bad-argument', recovery: 'fix-the-call' };
    expect(() => applyPatch(base, given as never)).toThrow(expect.objectContaining(refused));
    expect(() => toJsonPatch(base, given as never)).toThrow(expect.objectContaining(refused));
  });

  it('P22 is undefined too, which diff returns where nothing changed, and is told so', () => {
    const nothing = diff(base, { a: 1 });
    expect(() => applyPatch(base, nothing as never)).toThrow(
      'applyPatch takes a Patch, not undefined, which diff returns where nothing changed',
    );
  });

  it('P24 is a single operation, where a list is wanted', () => {
    const single = { op: 'add', path: '/b', value: 1 };
    expect(() => fromJsonPatch(base, single as never)).toThrow(
      'fromJsonPatch takes a list of operations',
    );
  });
});
