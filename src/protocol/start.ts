import type { ErrorCode } from '../core/errors.ts';
import { compareEpochs } from '../cache/epoch.ts';
import type { ProducerCache } from '../cache/producer.ts';
import { headOf } from './head.ts';
import type { Hello, Resume } from './message.ts';
import { sameWords } from './position.ts';

/** How a consumer is served that asks from a position. */
export type Start =
  /** Frames from this version, 0 for everything; no snapshot older than `leastVersion`. */
  | { readonly kind: 'frames'; readonly from: number; readonly leastVersion: number }
  /** Its past is unknown or in doubt: find out what differs. */
  | { readonly kind: 'compare'; readonly leastVersion: number }
  | { readonly kind: 'refuse'; readonly code: ErrorCode; readonly reason: string };

/** Below this much JSON, in bytes, a snapshot costs no more than a comparison. */
const COMPARE_BYTES_MIN = 4096;

/**
 * The repair ladder, from the cheapest rung that can be relied on: nothing where the content
 * is equal; a frame from its version; a comparison; everything.
 *
 * Modelled in models/resume.pml and models/conflation.pml.
 */
export function startFor(producer: ProducerCache, { position, trust }: Hello | Resume): Start {
  const everything: Start = { kind: 'frames', from: 0, leastVersion: 0 };
  if (position === undefined) return everything;
  const head = headOf(producer);
  const order = compareEpochs(head.epoch, position.epoch);
  if (order === 'newer') {
    const reason = 'the consumer has seen a newer producer than this one';
    return { kind: 'refuse', code: 'stale-epoch', reason };
  }
  if (order === 'conflict') {
    const reason = 'the consumer follows another producer with an equal term';
    return { kind: 'refuse', code: 'epoch-conflict', reason };
  }
  const sameEpoch = order === 'same';
  if (sameEpoch && position.version > head.version) {
    const at = `the consumer is at version ${position.version}`;
    const reason = `${at}, this producer at ${head.version}`;
    return { kind: 'refuse', code: 'ahead', reason };
  }
  const leastVersion = sameEpoch ? position.version : 0;
  const anew: Start = { kind: 'frames', from: 0, leastVersion };
  if (trust === 'nothing') return anew;
  const compare: Start =
    producer.jsonBytes < COMPARE_BYTES_MIN ? anew : { kind: 'compare', leastVersion };
  if (trust === 'compare') return compare;
  // Equal content needs nothing sent, also where a producer has restarted with the same data.
  if (sameWords(head.digest, position.digest)) {
    return { kind: 'frames', from: head.version, leastVersion };
  }
  const known = sameEpoch && position.version < head.version;
  if (known && position.version >= producer.floor) {
    return { kind: 'frames', from: position.version, leastVersion };
  }
  return compare;
}
