// DiffStream with memory across changes: three rows of one codec, which differ only in how often
// both ends forget. The codec takes part as soon as `openCodec` returns one:
//
//   create(key, value) -> bytes            whole value; both ends learn from it
//   encode(key, base, target) -> bytes     in the order in which changes are made
//   decode(key, base, bytes) -> value      in the same order
//   remove(key)                            both ends see the deletion
//   reset()                                both ends forget
//
// `base` is the frozen previous value. One object is both ends: they must share no state but what
// the bytes carry.

/** Both ends of the codec, or undefined while there is none. */
const openCodec = undefined;

/** Where its code begins, for its size beside the client's; undefined while there is none. */
export const denseEntry = undefined;

const row = (name, resetEvery) => ({
  name,
  ours: true,
  memory: resetEvery !== 1,
  resetEvery,
  ...(openCodec === undefined ? { absent: 'there is no codec with memory yet' } : {}),
  open: openCodec,
});

export const dense = [
  row('diffstream dense', 0),
  row('diffstream dense, reset each 256', 256),
  row('diffstream dense, fresh', 1),
];
