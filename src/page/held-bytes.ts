/** An object of an engine, without its members; a member or element; a text without its units. */
const OBJECT_BYTES = 56;
const SLOT_BYTES = 8;
const TEXT_BYTES = 24;
const UNIT_BYTES = 2;

/**
 * Rough heap that a value keeps alive beside the one that came after it, in bytes: parts that
 * both share cost nothing. Cost: the width of what changed.
 */
export function heldBytes(before: unknown, after: unknown): number {
  if (before === after) return 0;
  if (typeof before === 'string') return TEXT_BYTES + UNIT_BYTES * before.length;
  if (typeof before !== 'object' || before === null) return 0;
  if (Array.isArray(before)) return arrayBytes(before, Array.isArray(after) ? after : []);
  const others = typeof after === 'object' && after !== null ? after : {};
  let bytes = OBJECT_BYTES;
  for (const [name, part] of Object.entries(before)) {
    const other = Object.hasOwn(others, name) ? (others as Record<string, unknown>)[name] : null;
    bytes += SLOT_BYTES + heldBytes(part, other);
  }
  return bytes;
}

function arrayBytes(before: readonly unknown[], after: readonly unknown[]): number {
  let bytes = OBJECT_BYTES + SLOT_BYTES * before.length;
  // Elements that have moved are shared too; looked for only where something has.
  let elsewhere: Set<unknown> | undefined;
  for (const [index, part] of before.entries()) {
    if (part === after[index] || typeof part !== 'object') {
      if (part !== after[index]) bytes += heldBytes(part, undefined);
      continue;
    }
    elsewhere ??= new Set(after);
    if (!elsewhere.has(part)) bytes += heldBytes(part, after[index]);
  }
  return bytes;
}
