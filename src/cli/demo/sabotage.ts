import type { Key } from '../../core/key.ts';

type Contents = readonly (readonly [key: Key, json: string])[];

/** The contents with one entry, that in the middle, altered a little; with one too many of none. */
export function sabotaged(contents: Contents): Contents {
  if (contents.length === 0) return [['sabotage', JSON.stringify({ altered: true })]];
  const victim = Math.floor(contents.length / 2);
  return contents.map(([key, json], index) =>
    index === victim ? [key, JSON.stringify(altered(JSON.parse(json)))] : [key, json],
  );
}

/** The value with one scalar changed; a container without any gets a new part. */
function altered(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  if (typeof value === 'string') return `${value}!`;
  if (typeof value === 'boolean') return !value;
  if (value === null) return 0;
  if (Array.isArray(value)) {
    if (value.length === 0) return [0];
    return [altered(value[0]), ...(value.slice(1) as unknown[])];
  }
  const members = Object.entries(value as object) as [string, unknown][];
  // The last one: the first is mostly a name or a key.
  const last = members.pop();
  if (last === undefined) return { altered: true };
  return Object.fromEntries([...members, [last[0], altered(last[1])]]);
}
