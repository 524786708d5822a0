import { utf8Length } from '../core/bytes.ts';
import { DiffStreamError } from '../core/errors.ts';

/** A hello has 4 KiB, most of them for this, in bytes of UTF-8. */
export const TOKEN_BYTES_MAX = 3072;

/** What a consumer shows a hub for being allowed to read. */
export interface Proof {
  /** Travels in each hello; '' for nobody in particular. */
  token: string;
  /** Whether its owner sets another one before each connection: then `unauthorized` is no end. */
  readonly isRenewed: boolean;
}

/** One that is not printed: who logs a replica logs all that it is made of. */
export function hiddenProof(token: string, isRenewed: boolean): Proof {
  return Object.defineProperty({ token: '', isRenewed }, 'token', {
    value: token,
    writable: true,
    enumerable: false,
  });
}

/** Throws `bad-argument` for what cannot travel in a hello; never says what it was. */
export function checkedToken(token: unknown): string {
  const isText = typeof token === 'string' && token.isWellFormed();
  if (isText && utf8Length(token) <= TOKEN_BYTES_MAX) return token;
  const what = `well-formed text of at most ${TOKEN_BYTES_MAX} bytes`;
  throw new DiffStreamError('bad-argument', `a token has to be ${what}`);
}
