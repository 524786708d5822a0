import { describe, expect, it } from 'vitest';
import { CollectionDigest, seedOf } from '../../src/cache/collection-digest.ts';
import { valueDigest } from '../../src/core/digest.ts';
import type { Key, Value } from '../../src/index.ts';

const entries: readonly (readonly [Key, Value])[] = [
  [1, { a: 1 }],
  ['1', { a: 1 }],
  ['b', [1, 2]],
  [-7, null],
  ['b2', [2, 1]],
];

function digestOf(list: readonly (readonly [Key, Value])[], name = 'one'): CollectionDigest {
  const digest = new CollectionDigest(seedOf(name));
  for (const [key, value] of list) digest.add(key, valueDigest(value));
  return digest;
}

describe('The digest of a collection', () => {
  it('G4 depends neither on the order of the entries nor on what was there before', () => {
    const digest = digestOf(entries);
    expect(digestOf(entries.toReversed()).words()).toEqual(digest.words());
    const longer = digestOf([...entries, ['gone', 1], [2, 'gone']]);
    longer.remove(2, valueDigest('gone'));
    longer.remove('gone', valueDigest(1));
    expect(longer.words()).toEqual(digest.words());
    expect(digestOf([]).words()).toEqual([0, 0, 0, 0]);
  });

  it('G4 tells an entry that is missing, doubled, changed or under another key', () => {
    const all = [
      entries,
      entries.slice(1),
      [...entries, entries[0] as readonly [Key, Value]],
      [...entries.slice(1), [1, { a: 2 }] as const],
      [...entries.slice(1), ['2', { a: 1 }] as const],
      [...entries.slice(2), [1, { a: 1 }] as const, [2, { a: 1 }] as const],
      // Two values that have changed places.
      [
        ...entries.slice(0, 2),
        ['b', [2, 1]] as const,
        [-7, null] as const,
        ['b2', [1, 2]] as const,
      ],
    ];
    const words = all.flatMap((list) => digestOf(list).words());
    expect(new Set(words).size).toBe(all.length * 4);
  });

  it('G5 is another under another stream name, in every word', () => {
    const [one, two] = [digestOf(entries).words(), digestOf(entries, 'two').words()];
    for (const [i, word] of one.entries()) expect(two[i]).not.toBe(word);
  });
});
