/** Numbers for people. */

/** `1,234,567`; not a number: `-`. */
export function countText(count: number): string {
  if (!Number.isFinite(count)) return '-';
  return Math.round(count)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',');
}

/** `1 entry`, `1,234 entries`. */
export function countOf(count: number, one: string, more = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : more}`;
}

/** Bytes in decimal units: `812 B`, `1.2 kB`, `34 MB`. */
export function bytesText(bytes: number): string {
  if (!Number.isFinite(bytes)) return '-';
  let rest = bytes;
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (rest < 999.5) return `${unit === 'B' ? Math.round(rest) : threeDigits(rest)} ${unit}`;
    rest /= 1000;
  }
  return `${threeDigits(rest)} TB`;
}

/** A time in ms: `0.4 ms`, `12 ms`, `1.3 s`; not a number: `-`. */
export function msText(ms: number): string {
  if (!Number.isFinite(ms)) return '-';
  if (ms < 999.5) return `${threeDigits(ms)} ms`;
  return `${threeDigits(ms / 1000)} s`;
}

/** How many times smaller: `14.8×`. */
export function ratioText(ratio: number): string {
  return Number.isFinite(ratio) ? `${threeDigits(ratio)}×` : '-';
}

function threeDigits(number: number): string {
  if (number >= 99.95) return countText(number);
  return number.toFixed(number >= 9.95 ? 1 : 2).replace(/\.?0+$/, '');
}
