// A publisher with sessions and no network: what it sends is handed back, nothing reads it but
// who wants to. Consumers are imitated by their messages.
import { deflateRawSync } from 'node:zlib';
import { DiffCache } from '../../dist/index.js';
import {
  defaultSessionLimits,
  encodeMessage,
  inParts,
  Publisher,
  Subscriber,
} from '../../dist/protocol/index.js';

const STREAM = 'measured';

/** A producer that commits are made to. */
export function newProducer(options = {}) {
  return DiffCache.producer({ name: STREAM, epoch: '1.00112233445566ff', ...options });
}

export function newPublisher(producer, session = {}) {
  return new Publisher(producer, { ...defaultSessionLimits, ...session });
}

/** A real consumer's first message, from the machine that makes it. */
export function firstHello(seed) {
  const cache = DiffCache.consumer({ name: STREAM });
  const subscriber = new Subscriber(cache, { seed: [seed, 77] });
  subscriber.start(0);
  return subscriber.connected(0).find(({ kind }) => kind === 'send').bytes;
}

/** Says that everything sent so far has arrived. */
export function acknowledgement(bytes, version) {
  return encodeMessage({ kind: 'ack', bytes, version });
}

/** Carries outputs out to the end, snapshots included; what is sent goes to `send`. */
export function obey(publisher, outputs, send) {
  const queue = [...outputs];
  let pieces = [];
  for (const output of queue) {
    if (output.kind === 'send') send(output);
    if (output.kind === 'work') queue.push(...publisher.work());
    if (output.kind !== 'pack') continue;
    pieces.push(output.bytes);
    if (!output.last) continue;
    const packed = new Uint8Array(deflateRawSync(Buffer.concat(pieces)));
    queue.push(...publisher.packed(output.snapshot, inParts(packed, output.partBytes)));
    pieces = [];
  }
}
