import { expected } from './option.ts';
import type { ValueOption } from './option.ts';

const UNIT_MS = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 } as const;

/** Timers cannot wait longer than this: about 24 days. */
const DURATION_MS_MAX = 0x7fffffff;

/** `20s`, `500ms`, `2m`, `1.5h`, or plain seconds, as ms. Throws `bad-argument`. */
export function readDuration(text: string): number {
  const match = /^(\d+(?:\.\d+)?)(ms|s|m|h)?$/.exec(text);
  if (match === null) throw expected('a duration such as 20s, 500ms or 2m', text);
  const ms = Number(match[1]) * UNIT_MS[(match[2] ?? 's') as keyof typeof UNIT_MS];
  if (!(ms <= DURATION_MS_MAX)) throw expected('a duration of at most 24 days', text);
  return ms;
}

/** An option in ms. With `initial` undefined, the option left out means no limit. */
export function duration(help: string, initial: number): ValueOption<number>;
export function duration(help: string, initial: undefined): ValueOption<number | undefined>;
export function duration(
  help: string,
  initial: number | undefined,
): ValueOption<number | undefined> {
  return { kind: 'value', placeholder: 'duration', help, initial, read: readDuration };
}

/** The shortest way to write ms as a duration: for help and headings. */
export function durationText(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  if (ms % UNIT_MS.h === 0) return `${ms / UNIT_MS.h}h`;
  if (ms % UNIT_MS.m === 0) return `${ms / UNIT_MS.m}m`;
  return `${ms / UNIT_MS.s}s`;
}
