/** The modules under test, from one copy of the build. */
// @ts-check
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const MODULES = /** @type {const} */ ([
  ['bytes', 'core/bytes.js'],
  ['valueReader', 'core/value-reader.js'],
  ['valueWriter', 'core/value-writer.js'],
  ['callerKey', 'core/caller-key.js'],
  ['errors', 'core/errors.js'],
  ['key', 'core/key.js'],
  ['limits', 'core/limits.js'],
  ['patch', 'core/patch.js'],
  ['epoch', 'cache/epoch.js'],
  ['frame', 'cache/frame.js'],
  ['dataMsg', 'cache/data-msg.js'],
  ['digestTree', 'cache/digest-tree.js'],
  ['producer', 'cache/producer.js'],
  ['consumer', 'cache/consumer.js'],
  ['frameConsumer', 'cache/frame-consumer.js'],
  ['denseCoder', 'dense/frame-coder.js'],
  ['chunk', 'protocol/chunk.js'],
  ['claims', 'protocol/claims.js'],
  ['seal', 'protocol/seal.js'],
  ['messages', 'protocol/index.js'],
  ['publisher', 'protocol/publisher.js'],
  ['subscriber', 'protocol/subscriber.js'],
  ['sessionLimits', 'protocol/session-limits.js'],
  ['feedRecord', 'cli/feed-record.js'],
  ['lineSplitter', 'cli/line-splitter.js'],
  ['random', 'testing/seeded-random.js'],
]);

/**
 * @typedef {object} Library
 * @property {typeof import('../dist/core/bytes.js')} bytes
 * @property {typeof import('../dist/core/value-reader.js')} valueReader
 * @property {typeof import('../dist/core/value-writer.js')} valueWriter
 * @property {typeof import('../dist/core/caller-key.js')} callerKey
 * @property {typeof import('../dist/core/errors.js')} errors
 * @property {typeof import('../dist/core/key.js')} key
 * @property {typeof import('../dist/core/limits.js')} limits
 * @property {typeof import('../dist/core/patch.js')} patch
 * @property {typeof import('../dist/cache/epoch.js')} epoch
 * @property {typeof import('../dist/cache/frame.js')} frame
 * @property {typeof import('../dist/cache/data-msg.js')} dataMsg
 * @property {typeof import('../dist/cache/digest-tree.js')} digestTree
 * @property {typeof import('../dist/cache/producer.js')} producer
 * @property {typeof import('../dist/cache/consumer.js')} consumer
 * @property {typeof import('../dist/cache/frame-consumer.js')} frameConsumer
 * @property {typeof import('../dist/dense/frame-coder.js')} denseCoder
 * @property {typeof import('../dist/protocol/chunk.js')} chunk
 * @property {typeof import('../dist/protocol/claims.js')} claims
 * @property {typeof import('../dist/protocol/seal.js')} seal
 * @property {typeof import('../dist/protocol/index.js')} messages
 * @property {typeof import('../dist/protocol/publisher.js')} publisher
 * @property {typeof import('../dist/protocol/subscriber.js')} subscriber
 * @property {typeof import('../dist/protocol/session-limits.js')} sessionLimits
 * @property {typeof import('../dist/cli/feed-record.js')} feedRecord
 * @property {typeof import('../dist/cli/line-splitter.js')} lineSplitter
 * @property {typeof import('../dist/testing/seeded-random.js')} random
 */

/** @param {string} folder @returns {Promise<Library>} */
export async function loadLibrary(folder) {
  const loaded = await Promise.all(
    MODULES.map(async ([name, path]) => [
      name,
      await import(pathToFileURL(join(folder, path)).href),
    ]),
  );
  return /** @type {Library} */ (Object.fromEntries(loaded));
}
