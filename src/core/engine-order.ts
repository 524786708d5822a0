/** Whether JavaScript takes a name for an array index, which it then sorts to the front. */
export function isIndexName(name: string): boolean {
  const first = name.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39) || name.length > 10) return false;
  const index = Number(name);
  return Number.isInteger(index) && index < 0xffff_ffff && String(index) === name;
}

/** Whether an object given these members in this order shows them in this order. */
export function inEngineOrder(names: Iterable<string>): boolean {
  let last = -1;
  for (const name of names) {
    if (!isIndexName(name)) {
      last = Number.POSITIVE_INFINITY;
    } else {
      const index = Number(name);
      if (index < last) return false;
      last = index;
    }
  }
  return true;
}
