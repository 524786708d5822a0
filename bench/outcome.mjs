// Whether a result is the target, and where not, in which way.

function sorted(value) {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return value.map((element) => sorted(element));
  const names = Object.keys(value).sort();
  return names.map((name) => [name, sorted(value[name])]);
}

/** 'right', 'order' where only the order of members differs, or 'value'. */
export function outcomeOf(result, target, text) {
  if (JSON.stringify(result) === text) return 'right';
  const same = JSON.stringify(sorted(result)) === JSON.stringify(sorted(target));
  return same ? 'order' : 'value';
}
