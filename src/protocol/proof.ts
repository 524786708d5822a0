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

/** Throws `bad-argument` for what cannot travel in a hello; never says what it was. */
export function checkedToken(token: unknown): string {
  if (typeof token !== 'string') {
    throw new DiffStreamError('bad-argument', `a token has to be a string, not ${typeof token}`);
  }
  const bytes = utf8Length(token);
  if (bytes <= TOKEN_BYTES_MAX && token.isWellFormed()) return token;
  const what = bytes > TOKEN_BYTES_MAX ? `has ${bytes} bytes` : 'holds half a character';
  throw new DiffStreamError(
    'bad-argument',
    `the token ${what}: well-formed text of at most ${TOKEN_BYTES_MAX} bytes fits in a hello`,
  );
}
