// Sums over many runs.
import { createHash } from 'node:crypto';

/** What a worker hands over for one seed. */
export function summaryOf(report, again) {
  const { seed, deliveries, virtualMs, healedMs, traceHash, faults, reached, violation } = report;
  const isSame = again === undefined || again.traceHash === traceHash;
  return { seed, deliveries, virtualMs, healedMs, traceHash, faults, reached, violation, isSame };
}

export class Tally {
  seeds = 0;
  deliveries = 0;
  virtualMs = 0;
  slowest = { healedMs: 0 };
  faults = {};
  reached = {};
  violations = [];
  differing = [];
  #hashes = [];

  add(one) {
    this.seeds++;
    this.deliveries += one.deliveries;
    this.virtualMs += one.virtualMs;
    if (one.healedMs > this.slowest.healedMs) this.slowest = one;
    for (const sums of ['faults', 'reached']) {
      for (const [name, count] of Object.entries(one[sums])) {
        this[sums][name] = (this[sums][name] ?? 0) + count;
      }
    }
    if (one.violation !== undefined) this.violations.push(one);
    if (!one.isSame) this.differing.push(one.seed);
    this.#hashes.push([one.seed, one.traceHash]);
  }

  /** One hash over the traces of all seeds: the same on every platform. */
  get traceHash() {
    const inOrder = this.#hashes.toSorted(([a], [b]) => a - b);
    const hash = createHash('sha256');
    for (const [seed, trace] of inOrder) hash.update(`${seed} ${trace}\n`);
    return hash.digest('hex').slice(0, 16);
  }

  get unreached() {
    return Object.keys(this.reached).filter((name) => this.reached[name] === 0);
  }
}
