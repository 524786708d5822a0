/**
 * JSON bytes of the scalars that are new or other than before, members by name and elements by
 * content: how large a change is, whoever sends it in whatever way.
 */
export function changedBytes(before: unknown, after: unknown): number {
  if (Object.is(before, after)) return 0;
  if (Array.isArray(after)) {
    const own: readonly unknown[] = Array.isArray(before) ? before : [];
    return changedElements(own, after);
  }
  if (typeof after === 'object' && after !== null) {
    const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
    const own = (isObject ? before : {}) as Readonly<Record<string, unknown>>;
    let bytes = 0;
    for (const [name, value] of Object.entries(after)) bytes += changedBytes(own[name], value);
    return bytes;
  }
  // What is deleted is nothing new.
  return after === undefined ? 0 : Buffer.byteLength(JSON.stringify(after));
}

/** An element that was there before is not new, wherever it stands; the others change in order. */
function changedElements(before: readonly unknown[], after: readonly unknown[]): number {
  const left = new Map<string, unknown[]>();
  for (const one of before) {
    const text = JSON.stringify(one);
    left.set(text, [...(left.get(text) ?? []), one]);
  }
  const others = after.filter((one) => left.get(JSON.stringify(one))?.pop() === undefined);
  const gone = [...left.values()].flat();
  return others.reduce<number>((sum, one, i) => sum + changedBytes(gone[i], one), 0);
}
