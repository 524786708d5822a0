/** Leaves looked at: enough to tell rows apart, little enough for elements of any size. */
const LEAVES_MAX = 48;
const DEPTH_MAX = 5;
const UNITS_MAX = 24;
/** Units above which a text is not looked into: where it is a rope the engine would copy it. */
const LOOKED_INTO_MAX = 16 * 1024 * 1024;

let leavesLeft = 0;

/**
 * A hash of the first leaves of any value, also of one from outside that may not be JSON:
 * it ends on cycles and never throws on strange leaves. Equal values have equal hashes; the
 * reverse has to be checked.
 */
export function roughHash(value: unknown): number {
  leavesLeft = LEAVES_MAX;
  return walk(value, 0);
}

function walk(value: unknown, depth: number): number {
  leavesLeft--;
  switch (typeof value) {
    case 'string':
      return hashUnits(value);
    case 'number':
      return (value | 0) === value ? stir(1, value) : hashUnits(String(value));
    case 'object':
      if (value === null || depth >= DEPTH_MAX) return 3;
      return Array.isArray(value) ? walkArray(value, depth) : walkObject(value, depth);
    default:
      return value === true ? 5 : 7;
  }
}

function walkArray(array: readonly unknown[], depth: number): number {
  let hash = stir(11, array.length);
  for (let i = 0; i < array.length && leavesLeft > 0; i++)
    hash = stir(hash, walk(array[i], depth + 1));
  return hash;
}

function walkObject(object: object, depth: number): number {
  let hash = 13;
  // No names: objects side by side in an array mostly share them, and a member that is
  // undefined counts as absent.
  for (const value of Object.values(object)) {
    if (leavesLeft <= 0) break;
    if (value !== undefined) hash = stir(hash, walk(value, depth + 1));
  }
  return hash;
}

function hashUnits(text: string): number {
  let hash = text.length;
  const { length } = text;
  if (length > LOOKED_INTO_MAX) return hash;
  const half = Math.min(length, UNITS_MAX);
  for (let i = 0; i < half; i++) hash = stir(hash, text.charCodeAt(i));
  for (let i = Math.max(half, length - UNITS_MAX); i < length; i++) {
    hash = stir(hash, text.charCodeAt(i));
  }
  return hash;
}

function stir(hash: number, word: number): number {
  const h = Math.imul(hash ^ word, 0x9e37_79b1);
  return h ^ (h >>> 15);
}
