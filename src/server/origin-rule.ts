import type { IncomingMessage } from 'node:http';
import { DiffStreamError } from '../core/errors.ts';

/** Scheme and host, with a port where it is not the scheme's own. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?#\s@]+$/i;

/**
 * Which web pages may connect. Browsers name the origin of a page, and no page can make them name
 * another; programs name none, and may connect whatever the rule is.
 */
export class OriginRule {
  private readonly allowed: ReadonlySet<string>;

  /** `https://shop.example`, `http://localhost:5173`. `bad-argument` for what is no origin. */
  constructor(allowed: readonly string[]) {
    if (!Array.isArray(allowed)) {
      throw new DiffStreamError('bad-argument', 'origins have to be an array of texts');
    }
    this.allowed = new Set(allowed.map(checked));
  }

  /** Whether who asks is a program, or a page of an origin that is allowed. */
  admits({ headers: { origin } }: IncomingMessage): boolean {
    return origin === undefined || this.allowed.has(normal(origin));
  }
}

function checked(origin: unknown): string {
  const known = typeof origin === 'string' ? normal(origin) : '';
  if (ORIGIN.test(known)) return known;
  throw new DiffStreamError(
    'bad-argument',
    `${JSON.stringify(origin)} is no origin: name scheme and host, like 'https://shop.example'`,
  );
}

/** As browsers write it: small letters, and no port that goes without saying. */
function normal(origin: string): string {
  const bare = origin.replace(/\/$/, '').toLowerCase();
  const isWeb = /^https?:/.test(bare) && ORIGIN.test(bare) && URL.canParse(bare);
  return isWeb ? new URL(bare).origin : bare;
}
