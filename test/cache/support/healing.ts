/** What a careful user of the caches does: look at the error, do what its `recovery` says. */
import type { ConsumerCache } from '../../../src/cache/consumer.ts';
import type { ProducerCache } from '../../../src/cache/producer.ts';
import { DiffStreamError } from '../../../src/core/errors.ts';
import type { Key } from '../../../src/core/key.ts';

/** Keys and JSON texts, in an order of their own: equal for equal contents only. */
export function contents(cache: ReadonlyMap<Key, unknown>): string {
  const lines = [...cache].map(([key, value]) => `${JSON.stringify(key)} ${JSON.stringify(value)}`);
  return lines.sort().join('\n');
}

/** The error that a call throws; anything but a DiffStreamError goes on as it is. */
export function errorOf(call: () => unknown): DiffStreamError {
  try {
    call();
  } catch (error) {
    if (error instanceof DiffStreamError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

/** What a call returns, or the DiffStreamError that it throws. */
export function attempt<R>(call: () => R): R | DiffStreamError {
  try {
    return call();
  } catch (error) {
    if (error instanceof DiffStreamError) return error;
    throw error;
  }
}

/** Hands bytes to a consumer; where it asks for a key in full, that key comes. */
export function deliver<T>(
  producer: ProducerCache<T>,
  consumer: ConsumerCache<T>,
  bytes: Uint8Array,
): DiffStreamError | undefined {
  try {
    consumer.update(bytes);
    return undefined;
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    if (error.recovery === 'retran-key' && error.key !== undefined) {
      consumer.update(producer.retran(error.key).encode());
    }
    return error;
  }
}

/**
 * The repair ladder of the caches: the frame from the version held, once more if it was
 * refused, then everything. Returns how many frames it took; 0 where the copy was right.
 */
export function catchUp<T>(producer: ProducerCache<T>, consumer: ConsumerCache<T>): number {
  let from = Math.min(consumer.version, producer.version);
  for (let frames = 0; frames < 4; frames++) {
    if (consumer.verify(producer.head())) return frames;
    try {
      consumer.apply(producer.frame(from).encode());
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      if (error.recovery === 'resync' || frames > 0) from = 0;
      else if (error.recovery !== 'resume') throw error;
    }
  }
  throw new Error('four frames did not heal the copy');
}

/** Copies of some bytes with one bit flipped each: every bit once. */
export function* flips(bytes: Uint8Array): Generator<Uint8Array> {
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const flipped = bytes.slice();
    flipped[bit >> 3] = (flipped[bit >> 3] as number) ^ (1 << (bit & 7));
    yield flipped;
  }
}

/** Every order of some items. */
export function permutations<T>(items: readonly T[]): T[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((item, i) =>
    permutations(items.toSpliced(i, 1)).map((rest) => [item].concat(rest)),
  );
}
