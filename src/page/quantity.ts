/** Numbers as the page shows them. */

const whole = new Intl.NumberFormat('en', { maximumFractionDigits: 0 });
const short = new Intl.NumberFormat('en', { maximumSignificantDigits: 3, useGrouping: true });

/** `1,234,567`; not a number: `–`. */
export function countText(count: number): string {
  return Number.isFinite(count) ? whole.format(count) : '–';
}

/** `1 entry`, `1,234 entries`. */
export function countOf(count: number, one: string, more = `${one}s`): string {
  return `${countText(count)} ${count === 1 ? one : more}`;
}

/** Decimal units: `812 B`, `1.23 kB`, `34.5 MB`. */
export function bytesText(bytes: number): string {
  if (!Number.isFinite(bytes)) return '–';
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  let rest = bytes;
  let unit = 0;
  while (rest >= 999.5 && unit < units.length - 1) {
    rest /= 1000;
    unit++;
  }
  return `${unit === 0 ? whole.format(rest) : short.format(rest)} ${units[unit] ?? ''}`;
}

/** `14.8×`, the sum beside its part; `–` where there is nothing to divide. */
export function ratioText(sum: number, part: number): string {
  return sum > 0 && part > 0 ? `${short.format(sum / part)}×` : '–';
}

/** `450 ms`, `1.3 s`, `4 min`, `2.5 h`. */
export function durationText(ms: number): string {
  if (!Number.isFinite(ms)) return '–';
  if (ms < 999.5) return `${whole.format(ms)} ms`;
  if (ms < 59_950) return `${short.format(ms / 1000)} s`;
  if (ms < 3_597_000) return `${short.format(ms / 60_000)} min`;
  return `${short.format(ms / 3_600_000)} h`;
}

/** `14:03:07`, local time. */
export function clockText(wallMs: number): string {
  const time = new Date(wallMs);
  const two = (part: number): string => String(part).padStart(2, '0');
  return [time.getHours(), time.getMinutes(), time.getSeconds()].map(two).join(':');
}

/** The start of a text, with an ellipsis where something was left out. */
export function clipped(text: string, lengthMax: number): string {
  if (text.length <= lengthMax) return text;
  return `${text.slice(0, lengthMax - 1).toWellFormed()}…`;
}
