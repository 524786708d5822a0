// What is made of many measurements.

export function median(values) {
  if (values.length === 0) return Number.NaN;
  const sorted = Float64Array.from(values).sort();
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}

export function sumOf(values) {
  return values.reduce((sum, value) => sum + value, 0);
}

/** Of the finite ones; not a number where there are none. */
export function geomean(values) {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0
    ? Number.NaN
    : Math.exp(sumOf(known.map((value) => Math.log(value))) / known.length);
}

/** Of the finite ones; not a number where there are none. */
export function largest(values) {
  const known = values.filter((value) => Number.isFinite(value));
  return known.length === 0 ? Number.NaN : Math.max(...known);
}

export function smallest(values) {
  return -largest(values.map((value) => -value));
}
