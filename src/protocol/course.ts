import { DiffStreamError } from '../core/errors.ts';
import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Answer } from './message.ts';
import { sameWords } from './position.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Where a session goes on to from a hub's answer. */
export type Course =
  /** The copy may be the hub's collection but for a few entries. */
  | 'compare'
  /** It is the hub's collection. */
  | 'current'
  /** What is missing follows. */
  | 'catch-up';

/** `unsupported-protocol` for a hub of another one. */
export function checkProtocol({ protocol }: Answer): void {
  if (protocol === PROTOCOL_VERSION) return;
  const what = `the hub speaks protocol ${protocol}, this consumer ${PROTOCOL_VERSION}`;
  throw new DiffStreamError('unsupported-protocol', what);
}

/**
 * What a hub's answer means for a copy, whose epoch it raises where the content is equal; `gap`
 * where what would follow does not fit the copy.
 *
 * Modelled in models/resume.pml.
 */
export function courseOf<T>(answer: Answer, cache: FrameConsumer<T>): Course {
  const { head, from, comparison } = answer;
  if (comparison !== undefined) return 'compare';
  if (from === 0) return 'catch-up';
  const equal = sameWords(head.digest, cache.digestWords());
  if (from === head.version && equal && cache.adopt(head.epoch, head.version)) return 'current';
  if (from === cache.version && from !== head.version) return 'catch-up';
  throw new DiffStreamError('gap', `the hub would go on from version ${from}`);
}
