// DiffStream with memory across changes: three rows of one codec, which differ only in how often
// both ends forget.
//
//   create(key, value) -> bytes            whole value; both ends learn from it
//   encode(key, base, target) -> bytes     in the order in which changes are made
//   decode(key, base, bytes) -> value      in the same order
//   remove(key)                            both ends see the deletion
//   reset()                                both ends forget
//
// `base` is the frozen previous value. One object is both ends: they share no state but what the
// bytes carry. The bytes are a frame of one change, with the key in it, without the four bytes of
// the check and the two or three of group and index.

import { applyOp } from '../../dist/core/apply.js';
import { diff } from '../../dist/core/patch.js';
import { defaultLimits } from '../../dist/core/limits.js';
import { makeDenseCoder, makeFreshCoder } from '../../dist/dense/index.js';

/** Two ends, and a change that goes from one to the other. */
function endsOf(makeCoder) {
  const [writer, reader] = [makeCoder(defaultLimits), makeCoder(defaultLimits)];
  return {
    writer,
    reader,
    pass: (change) => {
      const bytes = writer.encode([change]);
      reader.decode(bytes, () => change.base);
      return bytes;
    },
    reset: () => {
      writer.reset();
      reader.reset();
    },
  };
}

const openCodec = (makeCoder) => () => {
  const { writer, reader, pass, reset } = endsOf(makeCoder);
  return {
    create: (key, value) => pass({ kind: 'put', key, value }),
    encode(key, base, target) {
      const patch = diff(base, target);
      const changes = patch === undefined ? [] : [{ kind: 'patch', key, op: patch.op, base }];
      return writer.encode(changes);
    },
    decode(key, base, bytes) {
      const [change] = reader.decode(bytes, () => base);
      return change === undefined ? base : applyOp(base, change.op);
    },
    remove: (key) => void pass({ kind: 'delete', key }),
    reset,
  };
};

/** The op alone: the key is counted apart, as for the others. */
const openOpCodec = (makeCoder) => () => {
  const { writer, reader, pass, reset } = endsOf(makeCoder);
  return {
    create: (_key, value) => pass({ kind: 'put', key: 0, value }),
    encode(_key, base, target) {
      const patch = diff(base, target);
      return patch === undefined ? new Uint8Array(0) : writer.encodeOp(base, patch.op);
    },
    decode(_key, base, bytes) {
      return bytes.length === 0 ? base : applyOp(base, reader.decodeOp(bytes, base));
    },
    reset,
  };
};

const base = { ours: true, memory: true, resetEvery: 0 };

export const dense = [
  { ...base, name: 'diffstream dense', keyed: true, open: openCodec(makeDenseCoder) },
  { ...base, name: 'diffstream dense, keys apart', open: openOpCodec(makeDenseCoder) },
  {
    ...base,
    name: 'diffstream dense, reset each 256',
    resetEvery: 256,
    open: openOpCodec(makeDenseCoder),
  },
  {
    ...base,
    name: 'diffstream dense, fresh',
    memory: false,
    resetEvery: 1,
    open: openOpCodec(makeFreshCoder),
  },
];
