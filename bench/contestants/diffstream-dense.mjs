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
import { defaultLimits } from '../../dist/core/limits.js';
import { makeDenseCoder, makeFreshCoder } from '../../dist/dense/index.js';
import { applyPatch, diff, Patch } from '../../dist/index.js';
import { encodeValue } from './diffstream.mjs';

/**
 * Two ends. What takes more predictions than a frame may (`encode` gives nothing) goes as a compact
 * frame would, and both ends forget, as they do when a hub ends a group.
 */
function endsOf(makeCoder) {
  const [writer, reader] = [makeCoder(defaultLimits), makeCoder(defaultLimits)];
  let plain;
  const reset = () => {
    writer.reset();
    reader.reset();
  };
  const orPlain = (bytes, encodePlain) => {
    plain = undefined;
    if (bytes !== undefined) return bytes;
    reset();
    plain = encodePlain();
    return plain;
  };
  return {
    writer,
    reader,
    orPlain,
    isPlain: (bytes) => bytes === plain,
    create: (key, value) => {
      const bytes = writer.encode([{ kind: 'put', key, value }]);
      if (bytes !== undefined) reader.decode(bytes, () => undefined);
      return orPlain(bytes, () => encodeValue(value));
    },
    remove: (key) => {
      reader.decode(writer.encode([{ kind: 'delete', key }]), () => undefined);
    },
    reset,
  };
}

const openCodec = (makeCoder) => () => {
  const { writer, reader, create, remove, reset, orPlain, isPlain } = endsOf(makeCoder);
  return {
    create,
    encode(key, base, target) {
      const patch = diff(base, target);
      const changes = patch === undefined ? [] : [{ kind: 'patch', key, op: patch.op, base }];
      return orPlain(writer.encode(changes), () => patch.encode());
    },
    decode(key, base, bytes) {
      if (isPlain(bytes)) return applyPatch(base, Patch.decode(bytes));
      const [change] = reader.decode(bytes, () => base);
      return change === undefined ? base : applyOp(base, change.op);
    },
    remove,
    reset,
  };
};

/** The op alone: the key is counted apart, as for the others. */
const openOpCodec = (makeCoder) => () => {
  const { writer, reader, create, reset, orPlain, isPlain } = endsOf(makeCoder);
  return {
    create: (_key, value) => create(0, value),
    encode(_key, base, target) {
      const patch = diff(base, target);
      if (patch === undefined) return new Uint8Array(0);
      return orPlain(writer.encodeOp(base, patch.op), () => patch.encode());
    },
    decode(_key, base, bytes) {
      if (bytes.length === 0) return base;
      if (isPlain(bytes)) return applyPatch(base, Patch.decode(bytes));
      return applyOp(base, reader.decodeOp(bytes, base));
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
