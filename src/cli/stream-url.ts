import { DiffStreamError } from '../core/errors.ts';
import { printable, shortened } from './printable.ts';

/** The URL of a stream, as it was given. Throws `bad-argument` with what is wrong with it. */
export function checkStreamUrl(given: string): string {
  const wrong = (what: string): DiffStreamError =>
    new DiffStreamError(
      'bad-argument',
      `${printable(shortened(given, 80))} ${what}: a stream's URL is like ws://127.0.0.1:8080/feed`,
    );
  if (!URL.canParse(given)) throw wrong('is not a URL');
  const { protocol, pathname } = new URL(given);
  if (protocol !== 'ws:' && protocol !== 'wss:') throw wrong(`begins with ${protocol}//`);
  if (pathname.replaceAll('/', '') === '') throw wrong('names no stream');
  return given;
}
