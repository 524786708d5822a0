import { describe, expect, it } from 'vitest';

import { suggestion } from '../../src/core/suggestion.ts';

const NAMES = ['heartbeat', 'codec', 'name', 'limits', 'dashboard', 'replicas'];

describe('A suggestion for a misspelt name', () => {
  it.each([
    ['hartbeat', 'heartbeat'], // one left out
    ['heartbeatt', 'heartbeat'], // one too many
    ['haertbeat', 'heartbeat'], // two swapped: one mistake
    ['Codec', 'codec'], // another case
    ['kodek', undefined], // two mistakes in five letters
    ['codek', 'codec'],
    ['dash', 'dashboard'], // the beginning of one
    ['da', undefined], // too little of it
    ['nmae', 'name'],
    ['neam', undefined],
    ['limmitss', 'limits'], // two mistakes in eight letters
    ['repilcasa', 'replicas'], // a swap and one too many in nine
    ['xyzzy', undefined],
    ['', undefined],
  ])('"%s" means %s', (wrong, meant) => {
    expect(suggestion(wrong, NAMES)).toBe(meant);
  });

  it('is the nearest, and of equals the first', () => {
    expect(suggestion('seed', ['speed', 'seeds'])).toBe('seeds');
    expect(suggestion('cat', ['car', 'bat'])).toBe('car');
    expect(suggestion('bat', ['car', 'bats', 'cat'])).toBe('bats');
  });
});
