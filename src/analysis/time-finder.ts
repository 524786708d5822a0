import { memberAt } from './item.ts';

const NAMES = [
  't',
  'ts',
  'time',
  'timestamp',
  '@timestamp',
  'datetime',
  'date',
  'createdAt',
  'updatedAt',
  'created_at',
  'updated_at',
  'lastUpdate',
  'last_updated',
  'lastUpdated',
  'E',
];

/** 1990 and 2100, in ms since 1970: numbers outside are no times. */
const [EARLIEST_MS, LATEST_MS] = [631_152_000_000, 4_102_444_800_000];
/** Of the steps from one to the next, so many do not go back. */
const RISING_MIN = 0.9;
const PRESENCE_MIN = 0.9;
/** So many values with the same time are the first ones of a large snapshot. */
const SNAPSHOT_MIN = 500;

/** A time in ms since 1970: of a number in s, ms, µs or ns, or of an ISO 8601 text. */
export function timeOf(value: unknown): number | undefined {
  if (typeof value === 'string' && /^\d{4}-\d\d-\d\d/.test(value)) {
    const ms = Date.parse(value);
    return Number.isNaN(ms) ? undefined : ms;
  }
  if (typeof value !== 'number') return undefined;
  for (const scale of [1, 1000, 1e-3, 1e-6]) {
    const ms = value * scale;
    if (ms >= EARLIEST_MS && ms <= LATEST_MS) return ms;
  }
  return undefined;
}

const NAMED_LIKE_TIME = /(?:^|[._-])(?:t|ts|time|date|at)$|time(?:stamp)?$|[a-z](?:At|Date)$/i;

export function isNamedLikeTime(path: string): boolean {
  return NAMED_LIKE_TIME.test(path) || NAMES.includes(path);
}

/** Whether these are times, whatever their order. */
export function isTimeLike(leaves: readonly unknown[]): boolean {
  const times = leaves.filter((leaf) => timeOf(leaf) !== undefined).length;
  return times > 0 && times >= leaves.length * PRESENCE_MIN;
}

/** The member that tells when each of these was: a usual name, and times that rise. */
export function findTime(values: readonly unknown[]): string | undefined {
  if (values.length < 2) return undefined;
  return NAMES.find((name) => {
    const times = values.map((value) => timeOf(memberAt(value, name)));
    const known = times.filter((time) => time !== undefined);
    if (known.length < values.length * PRESENCE_MIN) return false;
    const rising = known.filter((time, i) => i > 0 && time >= (known[i - 1] ?? time)).length;
    return (
      rising >= (known.length - 1) * RISING_MIN &&
      (known.at(-1) !== known[0] || known.length >= SNAPSHOT_MIN)
    );
  });
}
