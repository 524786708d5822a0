// Memory that is really held. Needs `node --expose-gc`, which lab/measure.mjs sees to.

/** Heap and what hangs outside of it (buffers), in bytes, once all garbage is gone. */
export async function heldBytes() {
  if (globalThis.gc === undefined) throw new Error('run with node --expose-gc');
  for (let i = 0; i < 3; i++) {
    globalThis.gc();
    // Buffers are freed a turn later than what points at them.
    await new Promise((resolve) => {
      setImmediate(resolve);
    });
  }
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
