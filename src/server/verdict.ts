import { DiffStreamError } from '../core/errors.ts';

/** Who wants to read a stream. */
export interface Applicant {
  /** From the hello: '' where none is shown, at most 3,072 bytes. */
  readonly token: string;
  /** As it was asked for; there may be no stream of this name. The live page asks for `$hub`. */
  readonly stream: string;
  /** Of the web page that connects, as its browser says; undefined for programs. */
  readonly origin: string | undefined;
  /** Of the request, by names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the other end of the line, which may be a proxy. */
  readonly address: string;
}

/**
 * `true`: may read all of the stream; with `untilMs` (as `Date.now()` counts) until then. `false`:
 * may not; `refuse` says why, in at most 256 characters that the consumer gets to see.
 */
export type Verdict = boolean | { readonly untilMs: number } | { readonly refuse: string };

/** Says who may read. What it throws refuses, as does anything that is no verdict. */
export type Authorize = (applicant: Applicant) => Verdict | Promise<Verdict>;

const REASON_LENGTH_MAX = 256;

/** What a verdict comes to: the end of the right to read, in ms, or why there is none. */
export type Ruling =
  | { readonly kind: 'granted'; readonly untilMs: number }
  | { readonly kind: 'denied'; readonly reason: string };

/** Throws `bad-argument` for what is no verdict. */
export function rulingOf(verdict: unknown): Ruling {
  if (verdict === true) return { kind: 'granted', untilMs: Number.POSITIVE_INFINITY };
  if (verdict === false) return { kind: 'denied', reason: 'this token does not allow it' };
  const { untilMs, refuse } = Object(verdict) as { untilMs?: unknown; refuse?: unknown };
  if (typeof refuse === 'string') {
    // Not amid a character.
    const cut = refuse.slice(0, REASON_LENGTH_MAX).replace(/[\ud800-\udbff]$/, '');
    return { kind: 'denied', reason: cut.toWellFormed() };
  }
  if (typeof untilMs === 'number' && !Number.isNaN(untilMs)) return { kind: 'granted', untilMs };
  throw new DiffStreamError(
    'bad-argument',
    'authorize has to return true, false, { untilMs } or { refuse }',
  );
}
