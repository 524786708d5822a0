import { FANOUT } from '../cache/digest-tree.ts';
import type { ProducerCache } from '../cache/producer.ts';
import { DiffStreamError } from '../core/errors.ts';
import { encodeHubMessage } from './hub-message-writer.ts';
import type { Compare, Comparison } from './message.ts';

/** What a comparison begins with: the digests right below the root. */
export function comparisonOf(producer: ProducerCache): Comparison {
  return { entries: producer.size, sums: producer.childSums({ level: 0, index: 0 }) };
}

/** The digests below the nodes that a consumer wants to look into. */
export function sumsMessage(producer: ProducerCache, { nonce, level, nodes }: Compare): Uint8Array {
  if (level >= producer.treeLevels) {
    throw new DiffStreamError('unexpected-message', `a comparison at level ${level}, too deep`);
  }
  const sums = new Uint32Array(nodes.length * FANOUT);
  for (const [i, index] of nodes.entries()) {
    sums.set(producer.childSums({ level, index }), i * FANOUT);
  }
  return encodeHubMessage({ kind: 'sums', nonce, level, sums });
}
