import { ProducerCache } from '../../cache/producer.ts';
import type { Key } from '../../core/key.ts';

/** Keys, and values as JSON text. */
export type Contents = readonly (readonly [key: Key, json: string])[];

/** JSON text in one message between processes, in characters. */
const PART_LENGTH = 256 * 1024;
/** Digests are of contents alone. */
const ANY_EPOCH = '1.0000000000000000';

export function contentsOf(collection: Iterable<readonly [Key, unknown]>): Contents {
  return [...collection].map(([key, value]) => [key, JSON.stringify(value)] as const);
}

/** The contents in parts that fit into a message; one part at least. */
export function* partsOf(contents: Contents): Generator<Contents> {
  let part: (readonly [Key, string])[] = [];
  let length = 0;
  for (const entry of contents) {
    part.push(entry);
    length += entry[1].length;
    if (length < PART_LENGTH) continue;
    yield part;
    part = [];
    length = 0;
  }
  yield part;
}

/** The digest that a collection of these contents has, computed from nothing. */
export function digestOfContents(contents: Contents, stream: string): string {
  const cache = new ProducerCache({ name: stream, epoch: ANY_EPOCH });
  cache.replaceAll(contents.map(([key, json]) => [key, JSON.parse(json) as unknown]));
  return cache.head().digest;
}
