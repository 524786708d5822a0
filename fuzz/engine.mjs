/** Drives one target: chooses inputs, runs them, keeps those that reach something new. */
// @ts-check
import { Broken, mustBeUnpolluted } from './check.mjs';
import { COUNTERS } from './instrument.mjs';
import { Mutator } from './mutator.mjs';

/** @typedef {import('./check.mjs').Target} Target */
/** @typedef {import('./check.mjs').SeededRandom} SeededRandom */
/** @typedef {{ target: string, what: string, bytes: Uint8Array, stack: string }} Finding */

/** What an input may cost, in branches taken and in ms in the best of three tries. */
const bounds = {
  decoder: { work: 200_000, workPerByte: 2000, slowMs: 100 },
  /** Each byte of a script is a call, and any may install a snapshot. */
  machine: { work: 5_000_000, workPerByte: 200_000, slowMs: 2000 },
};
const CORPUS_MAX = 4096;
/** Without coverage every so many inputs are compared with the page as well. */
const BLIND_DEEP_EVERY = 16;

/** Hit counts that count as different: 1, 2, 3, 4-7, 8-15, 16-31, 32-127, 128 and more. */
const BUCKETS = new Uint8Array(256).fill(128);
for (let i = 0; i < 128; i++) {
  BUCKETS[i] = i < 4 ? ([0, 1, 2, 4][i] ?? 0) : i < 8 ? 8 : i < 16 ? 16 : i < 32 ? 32 : 64;
}

/** What the counters of this thread say. */
class Coverage {
  /** @param {number} sites */
  constructor(sites) {
    this.counters = new Uint32Array(sites);
    /** @type {Uint8Array} */
    this.seen = new Uint8Array(sites);
    this.reached = 0;
    this.work = 0;
    Object.assign(globalThis, { [COUNTERS]: this.counters });
  }

  begin() {
    this.counters.fill(0);
  }

  /** Whether the run since `begin` did what none did before. */
  end() {
    const { counters, seen } = this;
    let isNew = false;
    let work = 0;
    for (let i = 0; i < counters.length; i++) {
      const count = /** @type {number} */ (counters[i]);
      if (count === 0) continue;
      work += count;
      const bucket = /** @type {number} */ (BUCKETS[count > 255 ? 255 : count]);
      const before = /** @type {number} */ (seen[i]);
      if ((before & bucket) !== 0) continue;
      if (before === 0) this.reached++;
      seen[i] = before | bucket;
      isNew = true;
    }
    this.work = work;
    return isNew;
  }

  /** Forgets what was seen: each target has its own. @param {Uint8Array} seen */
  use(seen) {
    this.seen = seen;
  }
}

/** @type {Coverage | undefined} */
let coverage;

/** To be called before the library is loaded. @param {number} sites */
export function prepareCoverage(sites) {
  coverage = new Coverage(sites);
}

export class Engine {
  executions = 0;
  accepted = 0;
  workMax = 0;
  /** @type {Uint8Array[]} */
  corpus = [];
  /** @type {Finding[]} */
  findings = [];
  /** What of each finding is its own: the same again is not told again. */
  #known = new Set();
  #seen = new Uint8Array(coverage?.counters.length ?? 0);

  /** @param {Target} target @param {SeededRandom} random @param {readonly Uint8Array[]} kept */
  constructor(target, random, kept) {
    this.target = target;
    const usual = target.isMachine === true ? bounds.machine : bounds.decoder;
    this.bounds = target.bounds ?? usual;
    this.random = random;
    this.mutator = new Mutator(random, target.lengthMax, target.tokens);
    for (const seed of [...target.seeds, ...kept]) {
      const bytes = seed.slice(0, target.lengthMax);
      // Without coverage all are worth starting from.
      if (!this.execute(bytes, true) && coverage === undefined) this.corpus.push(bytes);
    }
    if (this.corpus.length === 0) this.corpus.push(new Uint8Array(1));
  }

  /** A bit for each kind of hit count, for each counted place. */
  coverage() {
    return this.#seen;
  }

  /** @param {number} executions */
  run(executions) {
    for (let i = 0; i < executions; i++) this.#next();
    mustBeUnpolluted();
  }

  #next() {
    const { random, corpus, target } = this;
    const other = /** @type {Uint8Array} */ (corpus[random.below(corpus.length)]);
    // What came last leads on: half of the time it is among these.
    const last = random.below(2) === 0 ? Math.min(corpus.length, 64) : corpus.length;
    const at = corpus.length - 1 - random.below(last);
    /** @type {Uint8Array} */
    let bytes = this.mutator.mutate(/** @type {Uint8Array} */ (corpus[at]), other);
    if (target.repair !== undefined && random.below(coverage === undefined ? 8 : 2) === 0) {
      bytes = target.repair(bytes);
    }
    this.execute(bytes, coverage !== undefined || this.executions % BLIND_DEEP_EVERY === 0);
  }

  /**
   * Runs one input; true where it reached something new.
   * @param {Uint8Array} bytes @param {boolean} deep
   */
  execute(bytes, deep) {
    this.executions++;
    coverage?.use(this.#seen);
    coverage?.begin();
    const started = performance.now();
    try {
      if (this.target.run(bytes, deep)) this.accepted++;
    } catch {
      this.#foundAgain(bytes, deep);
      return false;
    }
    const tookMs = performance.now() - started;
    const isNew = coverage?.end() ?? false;
    if (tookMs > this.bounds.slowMs) this.#checkTime(bytes, deep);
    if (coverage !== undefined) {
      this.workMax = Math.max(this.workMax, coverage.work);
      if (coverage.work > this.#workMax(bytes)) this.#found(bytes, tooMuch(coverage.work));
    }
    if (isNew) {
      if (this.corpus.length < CORPUS_MAX) this.corpus.push(bytes);
      else this.corpus[this.random.below(CORPUS_MAX)] = bytes;
    }
    return isNew;
  }

  /**
   * Stacks cost more than most decoders: only for what is a finding there is one.
   * @param {Uint8Array} bytes @param {boolean} deep
   */
  #foundAgain(bytes, deep) {
    Error.stackTraceLimit = 10;
    try {
      this.target.run(bytes, deep);
      this.#found(bytes, new Broken('it fails now and then'));
    } catch (error) {
      this.#found(bytes, error);
    } finally {
      Error.stackTraceLimit = 0;
    }
  }

  /** One slow run may be the machine's fault. @param {Uint8Array} bytes @param {boolean} deep */
  #checkTime(bytes, deep) {
    const times = [0, 1, 2].map(() => {
      const started = performance.now();
      this.target.run(bytes, deep);
      return performance.now() - started;
    });
    const bestMs = Math.min(...times);
    const { slowMs } = this.bounds;
    if (bestMs > slowMs) this.#found(bytes, new Broken(`it takes more than ${slowMs} ms`));
  }

  /** @param {Uint8Array} bytes */
  #workMax(bytes) {
    return this.bounds.work + this.bounds.workPerByte * bytes.length;
  }

  /** @param {Uint8Array} bytes @param {unknown} error */
  #found(bytes, error) {
    const what = describe(error);
    if (this.#known.has(what)) return;
    this.#known.add(what);
    const stack = error instanceof Error ? (error.stack ?? '') : '';
    const small = this.#minimised(bytes, what);
    this.findings.push({ target: this.target.name, what, bytes: small, stack });
  }

  /** @param {Uint8Array} bytes @param {string} what */
  #fails(bytes, what) {
    try {
      coverage?.begin();
      this.target.run(bytes, true);
      coverage?.end();
      const work = coverage?.work ?? 0;
      return work > this.#workMax(bytes) && describe(tooMuch(work)) === what;
    } catch (error) {
      return describe(error) === what;
    }
  }

  /**
   * The shortest input found that fails alike: pieces go, then bytes turn to 0.
   * @param {Uint8Array} bytes @param {string} what
   */
  #minimised(bytes, what) {
    let best = bytes;
    if (!this.#fails(best, what)) return best;
    for (let width = best.length >> 1; width > 0; width >>= 1) {
      for (let at = 0; at + width <= best.length;) {
        const shorter = new Uint8Array(best.length - width);
        shorter.set(best.subarray(0, at));
        shorter.set(best.subarray(at + width), at);
        if (this.#fails(shorter, what)) best = shorter;
        else at += width;
      }
    }
    for (let at = 0; at < best.length; at++) {
      const simpler = best.slice();
      simpler[at] = 0;
      if (best[at] !== 0 && this.#fails(simpler, what)) best = simpler;
    }
    return best;
  }
}

/** @param {number} work */
const tooMuch = (work) => new Broken(`it takes ${work} branches`);

/**
 * An error without its numbers, and where it came from: what makes it the same finding.
 * @param {unknown} error
 */
export function describe(error) {
  if (!(error instanceof Error)) return `threw ${String(error)}`;
  const message = error.message.replaceAll(/\d+/g, 'N').slice(0, 160);
  if (error instanceof Broken) return message;
  const place = /\/(\w[\w-]*\/[\w-]+\.m?js)/.exec(error.stack?.split('\n')[1] ?? '')?.[1] ?? '';
  return `${error.name}: ${message} (${place})`;
}
