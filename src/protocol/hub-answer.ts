import { DiffStreamError } from '../core/errors.ts';
import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Answer } from './message.ts';
import type { Nonce } from './nonce.ts';
import { sameWords } from './position.ts';
import type { SubscriberState } from './subscriber-state.ts';
import { isAsking } from './subscriber-state.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** `unsupported-protocol` for a hub of another one. */
export function checkProtocol({ protocol }: Answer): void {
  if (protocol === PROTOCOL_VERSION) return;
  const what = `the hub speaks protocol ${protocol}, this consumer ${PROTOCOL_VERSION}`;
  throw new DiffStreamError('unsupported-protocol', what);
}

/** Whether an answer is to the request that is out: neither a repeat nor to an earlier one. */
export function isAwaited({ nonce }: Answer, state: SubscriberState, asked: Nonce): boolean {
  return isAsking(state) && sameWords(nonce, asked);
}

/**
 * Whether a hub's answer says that a copy is its collection; then the copy's epoch is raised.
 * Otherwise what is missing follows, or a comparison; `gap` where that would not fit the copy.
 *
 * Modelled in models/resume.pml.
 */
export function isCurrent<T>(answer: Answer, cache: FrameConsumer<T>): boolean {
  const { head, from, comparison } = answer;
  if (comparison !== undefined || from === 0) return false;
  const equal = sameWords(head.digest, cache.digestWords());
  if (from === head.version && equal && cache.adopt(head.epoch, head.version)) return true;
  if (from === cache.version && from !== head.version) return false;
  throw new DiffStreamError('gap', `the hub would go on from version ${from}`);
}
