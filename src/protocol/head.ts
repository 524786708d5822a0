import type { ProducerCache } from '../cache/producer.ts';
import { encodeHubMessage } from './hub-message-writer.ts';
import type { Position } from './position.ts';

/** Where a producer stands. */
export function headOf(producer: ProducerCache): Position {
  const { epoch, version } = producer;
  return { epoch, version, digest: producer.digestWords() };
}

/** The same for consumers that hold all that leads there. */
export function headMessage(producer: ProducerCache): Uint8Array {
  const { version } = producer;
  const digest = producer.digestWords();
  return encodeHubMessage({ kind: 'head', version, digest, check: producer.headCheck() });
}
