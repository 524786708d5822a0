/**
 * JSON bytes of the scalars that are new or other than before, members by name and elements by
 * place: how large a change is, whoever sends it in whatever way.
 */
export function changedBytes(before: unknown, after: unknown): number {
  if (Object.is(before, after)) return 0;
  if (Array.isArray(after)) {
    const own: readonly unknown[] = Array.isArray(before) ? before : [];
    return after.reduce<number>((sum, one, i) => sum + changedBytes(own[i], one), 0);
  }
  if (typeof after === 'object' && after !== null) {
    const isObject = typeof before === 'object' && before !== null && !Array.isArray(before);
    const own = (isObject ? before : {}) as Readonly<Record<string, unknown>>;
    let bytes = 0;
    for (const [name, value] of Object.entries(after)) bytes += changedBytes(own[name], value);
    return bytes;
  }
  return Buffer.byteLength(JSON.stringify(after));
}
