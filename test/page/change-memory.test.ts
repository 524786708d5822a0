import { describe, expect, it } from 'vitest';
import { CHANGES_BYTES_MAX, ChangeMemory } from '../../src/page/change-memory.ts';
import { heldBytes } from '../../src/page/held-bytes.ts';

const change = { cmd: 'update', version: 1, wallMs: 0, seenMs: 0 } as const;
const text = (length: number): string => 'x'.repeat(length);

describe('the last changes of a page', () => {
  it('are bounded by the memory they hold, those that changed last kept', () => {
    const memory = new ChangeMemory(100_000);
    for (let n = 0; n < 1000; n++) memory.note(n, { ...change, before: text(5000) }, text(1));
    expect(memory.size).toBe(9);
    expect([memory.get(999)?.before, memory.get(990)]).toEqual([text(5000), undefined]);
    expect(memory.hasForgotten).toBe(true);
    for (let n = 0; n < 1000; n++) memory.note(0, { ...change, before: text(5000) }, text(1));
    expect(memory.size).toBe(9);
  });

  it('are many where values are small, and bounded all the same', () => {
    const memory = new ChangeMemory();
    for (let n = 0; n < 100_000; n++) memory.note(n, { ...change, before: n }, n + 1);
    expect(memory.size).toBeGreaterThan(50_000);
    expect(memory.size).toBeLessThan(CHANGES_BYTES_MAX / 200);
  });

  it('tell of a value that is too large to be kept that it is', () => {
    const memory = new ChangeMemory(10_000);
    memory.note('a', { ...change, before: 1 }, 2);
    memory.note('big', { ...change, before: text(20_000) }, 'y');
    expect(memory.get('big')).toMatchObject({ before: undefined, isTooLarge: true, version: 1 });
    expect(memory.get('a')).toMatchObject({ before: 1, isTooLarge: false });
    expect(memory.hasForgotten).toBe(false);
  });
});

describe('what a value holds beside the next', () => {
  it('is what they do not share, however large the value is', () => {
    const large = { rows: Array.from({ length: 100 }, (_, n) => ({ n, text: text(1000) })) };
    const [first, ...rest] = large.rows;
    const changed = { rows: [{ ...first, n: 7 }, ...rest] };
    expect(heldBytes(large, large)).toBe(0);
    expect(heldBytes(large, changed)).toBeLessThan(1500);
    expect(heldBytes(large, { rows: [...rest, first] })).toBeLessThan(1500);
    expect(heldBytes(large, undefined)).toBeGreaterThan(100_000);
    expect(heldBytes(large, { rows: 'none' })).toBeGreaterThan(100_000);
  });

  it('is found for every kind of value, and names of objects are no trap', () => {
    const odd = JSON.parse(
      '{"__proto__":{"a":"xy"},"constructor":"xyz","toString":null}',
    ) as object;
    expect(heldBytes(odd, odd)).toBe(0);
    expect(heldBytes(odd, {})).toBeGreaterThan(100);
    expect([heldBytes(1, 2), heldBytes(null, {}), heldBytes('ab', 1)]).toEqual([0, 0, 28]);
    expect(heldBytes([['a'], 'b', 1], { 0: ['a'] })).toBeGreaterThan(150);
  });
});
