import { platformClock } from '../driver/clock.ts';
import type { FrameDecoderMaker } from '../protocol/frame-coder.ts';
import { checkCodec } from '../protocol/frame-coder.ts';
import type { Nonce } from '../protocol/nonce.ts';
import type { Dial } from '../transport/connection.ts';
import type { StandardSocketClass } from '../transport/web-socket.ts';
import { shownUrl, standardDial } from '../transport/web-socket.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { OptionKinds } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-kinds.ts';
import type { ConnectOptions } from './replica.ts';
import { Replica } from './replica.ts';
import { checkSignal } from './when-aborted.ts';

/** A WebSocket class, the platform's or a compatible one. */
export interface SocketOptions extends ConnectOptions {
  readonly WebSocket?: unknown;
}

const KINDS: OptionKinds<SocketOptions> = {
  token: 'any',
  signal: 'object',
  limits: 'object',
  session: 'object',
  codec: 'any',
  WebSocket: 'any',
};

/** Connects with what the platform offers, unless the caller brings its own WebSocket. */
export function connectWith<T>(
  url: string,
  options: SocketOptions,
  platformDial: () => Dial,
): Replica<T> {
  if (typeof url !== 'string') {
    throw new DiffStreamError('bad-argument', 'connect takes a URL as text: pass its href');
  }
  checkOptions('connect', options, KINDS);
  checkCodec(options.codec);
  checkSignal('connect', options.signal);
  if (!/^wss?:\/\/[^/?#]+/i.test(url) || !URL.canParse(url)) {
    const what = `'${shownUrl(url)}' is not a URL that starts with ws:// or wss://`;
    throw new DiffStreamError('bad-argument', what);
  }
  if (url.includes('#')) {
    const what = `'${shownUrl(url)}' is followed by #, which no socket sends: write %23`;
    throw new DiffStreamError('bad-argument', what);
  }
  const own = options.WebSocket as StandardSocketClass | undefined;
  const dial = own === undefined ? platformDial() : standardDial(own);
  const words = crypto.getRandomValues(new Uint32Array(2));
  const seed: Nonce = [words[0] as number, words[1] as number];
  return new Replica<T>(url, { dial, clock: platformClock, seed, loadCoder }, options);
}

/** A chunk of its own: who takes compact frames only does not carry it. */
async function loadCoder(): Promise<FrameDecoderMaker> {
  const { DenseFrameReader } = await import('../dense/frame-reader.ts');
  return (limits) => new DenseFrameReader(limits);
}

/** The platform's own WebSocket. `missing-dependency` where there is none. */
export function platformSocketDial(): Dial {
  const { WebSocket } = globalThis as { WebSocket?: unknown };
  if (WebSocket !== undefined) return standardDial(WebSocket as StandardSocketClass);
  throw new DiffStreamError(
    'missing-dependency',
    'this platform has no WebSocket: pass one with the option WebSocket',
  );
}
