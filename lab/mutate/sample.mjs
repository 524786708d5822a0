// A seeded choice of mutants, and what it says of all of them.
// @ts-check

/** Whole numbers below 2^32, the same for the same seed: mulberry32. @param {number} seed */
function generator(seed) {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b_79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return (t ^ (t >>> 14)) >>> 0;
  };
}

/**
 * All items in an order that depends on the seed alone: the first n are a sample of size n, so
 * that a run that ends early, or goes on later, has looked at a sample all the same.
 * @template T @param {readonly T[]} items @param {number} seed @returns {T[]}
 */
export function shuffled(items, seed) {
  const order = [...items];
  const next = generator(seed);
  for (let i = order.length - 1; i > 0; i--) {
    const j = next() % (i + 1);
    order.splice(i, 1, ...order.splice(j, 1, ...order.slice(i, i + 1)));
  }
  return order;
}

/**
 * Wilson's interval at 95 % for a share, with the correction for a sample out of few.
 * @param {number} hits @param {number} size @param {number} total
 * @returns {[number, number]}
 */
export function interval(hits, size, total) {
  if (size === 0) return [0, 1];
  const share = hits / size;
  const rest = total > 1 ? Math.max(0, (total - size) / (total - 1)) : 0;
  if (rest === 0) return [share, share];
  const z = 1.96 * Math.sqrt(rest);
  const middle = (share + (z * z) / (2 * size)) / (1 + (z * z) / size);
  const half =
    (z / (1 + (z * z) / size)) *
    Math.sqrt((share * (1 - share)) / size + (z * z) / (4 * size * size));
  return [Math.max(0, middle - half), Math.min(1, middle + half)];
}
