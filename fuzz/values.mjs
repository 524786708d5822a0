/** Random JSON values with a liking for boundaries, and values that differ a little from others. */
// @ts-check

/** @typedef {import('../dist/testing/seeded-random.js').SeededRandom} SeededRandom */

const NUMBERS = [
  ...[0, 1, 15, 16, 63, 64, 65, -1, -64, -65, 0.1, -0.1, 0.5, 1.5, -12.75, 0.30000000000000004],
  ...[1e21, -1e21, 1e-7, 5e-324, Number.MAX_VALUE, 2 ** 51, 2 ** 53 - 1, 1 - 2 ** 53, 2 ** 53],
  ...[2 ** 52 - 0.5, 37207197.92661753, 1700000000.123456, 1e15 + 0.5, 123456789.123456],
];
const NAMES = [
  ...['a', 'b', 'c', 'id', 'key', '', '__proto__', 'constructor', 'toJSON', 'length', '0', '1'],
  ...['10', '01', '4294967294', '4294967295', '-1', 'é', '\u{1f600}', 'n'.repeat(24)],
];
const TEXTS = [
  ...['', 'x', 'some text', '\u{1f600}\u{1f601}', 'x\u{1f600}y', '\ufeffbom', 'é'.repeat(32)],
  ...['x'.repeat(63), 'x'.repeat(64), 'ab'.repeat(60), '\u0000\u001f\u2028', 'the quick brown fox'],
];

/** @param {SeededRandom} random @param {number} depth @returns {unknown} */
export function someValue(random, depth = 0) {
  const kind = random.below(depth > 4 ? 6 : 10);
  if (kind < 2) return random.pick(NUMBERS);
  if (kind < 3) return random.below(400) - 200;
  if (kind < 5) return random.pick(TEXTS);
  if (kind < 6) return random.pick([null, true, false]);
  const length = random.below(8) === 0 ? 14 + random.below(5) : random.below(6);
  if (kind < 8) return Array.from({ length }, () => someValue(random, depth + 1));
  return objectOf(Array.from({ length }, () => [random.pick(NAMES), someValue(random, depth + 1)]));
}

/** @param {[string, unknown][]} members */
const objectOf = (members) => Object.fromEntries(members);

/**
 * A value that shares most with another.
 * @param {SeededRandom} random @param {unknown} value
 * @returns {unknown}
 */
export function nearly(random, value, depth = 0) {
  if (random.below(6) === 0) return someValue(random, depth);
  if (typeof value === 'number') return random.below(2) === 0 ? value + 1 : value + 0.01;
  if (typeof value === 'string') {
    const at = random.below(value.length + 1);
    return (value.slice(0, at) + random.pick(TEXTS) + value.slice(at)).toWellFormed();
  }
  if (typeof value !== 'object' || value === null) return someValue(random, depth);
  if (Array.isArray(value)) return edited(random, value, depth);
  const members = Object.entries(value).map((member) => /** @type {unknown} */ (member));
  const next = edited(random, members, depth, (part) => {
    const [name, old] = /** @type {[string, unknown]} */ (part ?? ['new', null]);
    return [random.below(3) === 0 ? random.pick(NAMES) : name, nearly(random, old, depth + 1)];
  });
  return objectOf(/** @type {[string, unknown][]} */ (next));
}

/**
 * @param {SeededRandom} random @param {readonly unknown[]} parts @param {number} depth
 * @param {(part: unknown) => unknown} [change]
 */
function edited(random, parts, depth, change = (part) => nearly(random, part, depth + 1)) {
  const next = [...parts];
  for (let i = random.below(3); i >= 0; i--) {
    const at = random.below(next.length + 1);
    const [part] = next.slice(at, at + 1);
    switch (random.below(4)) {
      case 0:
        next.splice(at, 1);
        break;
      case 1:
        next.splice(at, 0, change(part ?? next[0]));
        break;
      case 2:
        if (at < next.length) next.splice(random.below(next.length), 0, ...next.splice(at, 1));
        break;
      default:
        if (at < next.length) next[at] = change(part);
    }
  }
  return next;
}

/**
 * Rows of a collection.
 * @param {SeededRandom} random @param {number} count
 * @returns {[string | number, unknown][]}
 */
export function someEntries(random, count) {
  return Array.from({ length: count }, (_, i) => {
    const key = [i, `key ${i}`, `key ${i}\u{1f600}`, -i, 2 ** 51 + i][random.below(5)] ?? i;
    return [key, random.below(3) === 0 ? someValue(random) : { id: i, n: i / 4, text: 'row' }];
  });
}
