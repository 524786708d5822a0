/** Arrays of elements that repeat and resemble one another, as far as an alignment can tell. */
import type { Value } from '../../src/core/value.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';

/** Elements of many kinds, few enough of each that they repeat and resemble one another. */
export function fewElements(random: SeededRandom, kinds: number): Value {
  const small = (): number => random.below(4);
  switch (random.below(kinds)) {
    case 0:
      return random.below(12);
    case 1:
      return ['a', 'b', 'a text', 'longer text', 'another text of some length'][small()] ?? 'c';
    case 2:
      return { on: small() < 2, off: small() < 2, n: small(), m: random.below(40) };
    case 3:
      return { name: `item ${random.below(9)}`, n: small(), inner: { x: small(), y: [small()] } };
    case 4:
      return [small(), random.below(30), ['x', 'yes', 'a word'][small()] ?? null];
    case 5:
      return [null, true, false, [], {}][random.below(5)] ?? null;
    default:
      return [[small(), small()], { deep: { deeper: { at: small() } } }, small() < 2];
  }
}

function changed(random: SeededRandom, value: Value, kinds: number): Value {
  if (Array.isArray(value) && value.length > 0) {
    return value.with(random.below(value.length), random.below(30));
  }
  if (typeof value === 'object' && value !== null) {
    const names = Object.keys(value);
    const name = names[random.below(names.length + 1)] ?? 'more';
    return Object.assign({}, value, { [name]: fewElements(random, kinds) });
  }
  return fewElements(random, kinds);
}

/** An array and the same edited; copies, so that nothing is the same by identity. */
export function fewPair(random: SeededRandom, longest: number): [Value[], Value[]] {
  const kinds = 1 + random.below(7);
  const make = (): Value => fewElements(random, kinds);
  const base = Array.from({ length: random.below(longest) }, make);
  const next = structuredClone(base);
  for (let left = random.below(9); left > 0; left--) {
    const at = random.below(next.length + 1);
    const kind = random.below(6);
    if (kind === 0) next.splice(at, 1 + random.below(6));
    else if (kind === 1) next.splice(at, 0, ...Array.from({ length: 1 + random.below(6) }, make));
    else if (kind === 2) {
      next.splice(random.below(next.length + 1), 0, ...next.splice(at, 1 + random.below(3)));
    } else if (at < next.length) next[at] = changed(random, next[at] as Value, kinds);
  }
  return [base, next];
}
