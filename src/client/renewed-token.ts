import { DiffStreamError } from '../core/errors.ts';
import type { Clock } from '../driver/clock.ts';
import type { Proof } from '../protocol/proof.ts';
import { checkedToken } from '../protocol/proof.ts';

/** Says what the next connection shows the hub. */
export type TokenSource = () => string | Promise<string>;

/** Has the next hello show another token. Rejects with `unauthorized` where none comes in time. */
export async function renewToken(
  proof: Proof,
  ask: TokenSource,
  { clock, waitMs }: { readonly clock: Clock; readonly waitMs: number },
): Promise<void> {
  let cancel = (): void => {};
  const late = new Promise<never>((_resolve, reject) => {
    const stop = (): void => reject(new Error(`none for ${waitMs} ms`));
    cancel = clock.at(clock.nowMs() + waitMs, stop);
  });
  try {
    proof.token = checkedToken(await Promise.race([ask(), late]));
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new DiffStreamError('unauthorized', `no token to connect with: ${why}`, {
      cause,
      recovery: 'reconnect',
      blame: 'local',
    });
  } finally {
    cancel();
  }
}
