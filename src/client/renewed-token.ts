import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import type { Proof } from '../protocol/proof.ts';
import { checkedToken } from '../protocol/proof.ts';

/** Says what the next connection shows the hub. */
export type TokenSource = () => string | Promise<string>;

/**
 * Has the next hello show another token. Rejects with `unauthorized` where none comes in time;
 * waits no longer once the signal aborts.
 */
export async function renewToken(
  proof: Proof,
  ask: TokenSource,
  { clock, waitMs, signal }: { clock: Clock; waitMs: number; signal: AbortSignal },
): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error(`none for ${waitMs} ms`));
    cancel = clock.at(clock.nowMs() + waitMs, stop);
    signal.addEventListener('abort', stop);
  });
  // Where asking throws at once nobody waits for it, and closing would reject it all the same.
  late.catch(() => {});
  try {
    proof.token = checkedToken(await Promise.race([ask(), late]));
  } catch (cause) {
    throw new DiffStreamError('unauthorized', `no token to connect with: ${causeText(cause)}`, {
      cause,
      recovery: 'reconnect',
      blame: 'local',
    });
  } finally {
    cancel();
  }
}
