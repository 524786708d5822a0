/** Strings of a JSON text; one that a colon follows is a member's name. */
const STRINGS = /"[^"\\]*(?:\\.[^"\\]*)*"(\s*:)?/gs;

/**
 * A name that some object of a valid JSON text has twice: parsers keep one of the two members, and
 * not all the same. Told by counting, since what was parsed has each name once.
 */
export function findDuplicateName(json: string, value: unknown): string | undefined {
  let names = 0;
  for (const [, colon] of json.matchAll(STRINGS)) if (colon !== undefined) names++;
  return names === memberCount(value) ? undefined : firstSurplus(json, value);
}

/** All containers in a value; not by recursion, since nothing has bounded the depth yet. */
function* objectsIn(value: unknown): Generator<object> {
  const left: unknown[] = [value];
  while (left.length > 0) {
    const next = left.pop();
    if (typeof next !== 'object' || next === null) continue;
    if (!Array.isArray(next)) yield next;
    for (const part of Object.values(next)) {
      if (typeof part === 'object' && part !== null) left.push(part);
    }
  }
}

function memberCount(value: unknown): number {
  let count = 0;
  for (const object of objectsIn(value)) count += Object.keys(object).length;
  return count;
}

/** The first name that the text has more often than the value. */
function firstSurplus(json: string, value: unknown): string | undefined {
  const left = new Map<string, number>();
  for (const object of objectsIn(value)) {
    for (const name of Object.keys(object)) left.set(name, (left.get(name) ?? 0) + 1);
  }
  for (const [token, colon] of json.matchAll(STRINGS)) {
    if (colon === undefined) continue;
    const name = JSON.parse(token.slice(0, token.length - colon.length)) as string;
    const count = left.get(name) ?? 0;
    if (count === 0) return name;
    left.set(name, count - 1);
  }
  return undefined;
}
