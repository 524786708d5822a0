// DiffStream without memory across messages: the patch alone, and what a stand-alone message and a
// session's frame of one change make of it.
import { ByteWriter } from '../../dist/core/bytes.js';
import { ValueWriter } from '../../dist/core/value-writer.js';
import { applyOp } from '../../dist/core/apply.js';
import { digestAfter, valueDigest } from '../../dist/core/digest.js';
import { carryLengths } from '../../dist/core/part-lengths.js';
import { plainOp } from '../../dist/core/unquote.js';
import { DiffCache, defaultLimits, diff, Frame, Patch } from '../../dist/index.js';

export function encodeValue(value) {
  const out = new ByteWriter(256);
  new ValueWriter(out).value(value);
  return out.take();
}

export const compact = {
  name: 'diffstream patch',
  ours: true,
  open: () => {
    let last;
    return {
      create: (key, value) => {
        valueDigest(value); // known from now on, as in a producer
        return encodeValue(value);
      },
      encode: (key, base, target) => (diff(base, target) ?? new Patch()).encode(),
      // As a cache does it: quotes are looked up once, for the value and what is kept beside it.
      decode: (key, base, bytes) => {
        const { op } = Patch.decode(bytes);
        last = op === undefined ? undefined : plainOp(base, op);
        return last === undefined ? base : applyOp(base, last, defaultLimits.valueBytesMax);
      },
      settle: (base, result) => {
        digestAfter(base, result, last);
        if (last !== undefined) carryLengths(base, result, last);
      },
    };
  },
};

export const message = {
  name: 'diffstream message',
  ours: true,
  keyed: true,
  open: () => {
    const producer = DiffCache.producer();
    const consumer = DiffCache.consumer();
    const send = (encoded) => {
      consumer.update(encoded);
      return encoded;
    };
    return {
      create: (key, value) => send(producer.set(key, value).encode()),
      remove: (key) => send(producer.delete(key).encode()),
      encode: (key, base, target) => producer.set(key, target).encode(),
      decode: (key, base, bytes) => consumer.update(bytes)[2],
      resync: (key) => consumer.update(producer.retran(key)),
    };
  },
};

export const frame = {
  name: 'diffstream frame',
  ours: true,
  keyed: true,
  open: () => {
    const producer = DiffCache.producer();
    const consumer = DiffCache.consumer();
    const next = () => producer.frame(producer.version - 1).body();
    const read = (bytes) => consumer.apply(Frame.decodeBody(bytes, producer.epoch, defaultLimits));
    const send = (bytes) => {
      read(bytes);
      return bytes;
    };
    return {
      create: (key, value) => {
        producer.set(key, value);
        return send(next());
      },
      remove: (key) => {
        producer.delete(key);
        return send(next());
      },
      encode: (key, base, target) => {
        producer.set(key, target);
        return next();
      },
      decode: (key, base, bytes) => {
        read(bytes);
        return consumer.get(key);
      },
      resync: () => consumer.apply(producer.frame(0)),
    };
  },
};
