/** A context: a whole number of 32 bits that stands for a place, a value, or both. */
export type Context = number;

/** A context within another, or the two together. */
export function within(outer: Context, inner: number): Context {
  let h = Math.imul(outer ^ Math.imul(inner, 0x9e37_79b1), 0x85eb_ca6b);
  h ^= h >>> 13;
  return Math.imul(h, 0xc2b2_ae35) ^ (h >>> 11);
}

/** The context of a text. Cost: its length, up to 64 units. */
export function ofText(text: string): Context {
  let h = text.length;
  const length = Math.min(text.length, 64);
  for (let i = 0; i < length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x0100_0193);
  return h ^ (h >>> 15);
}

/** The context of a scalar. */
export function ofScalar(value: unknown): Context {
  switch (typeof value) {
    case 'string':
      return ofText(value);
    case 'number':
      return Number.isInteger(value)
        ? Math.imul(value | 0, 0x27d4_eb2f) ^ 0x5bd1
        : ofText(String(value));
    case 'boolean':
      return value ? 3 : 2;
    default:
      return value === null ? 1 : 0;
  }
}
