import { durationMs } from '../core/duration.ts';
import { expected } from './option.ts';
import type { ValueOption } from './option.ts';

/** Timers cannot wait longer than this: about 24 days. */
const DURATION_MS_MAX = 0x7fffffff;

/** `20s`, `500ms`, `2m`, `1.5h`, or plain seconds, as ms. Throws `bad-argument`. */
export function readDuration(text: string): number {
  const ms = durationMs(text);
  if (ms === undefined) throw expected('a duration such as 20s, 500ms or 2m', text);
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
