import { DiffStreamError } from '../core/errors.ts';
import { BELIEF, beliefAtFirst, BELIEFS } from './beliefs.ts';
import { squash, stretch } from '../core/logistic.ts';
import type { BitPort } from '../core/range-coder.ts';

/** Contexts and expectations that a bit may be seen in at once. */
const INPUTS_MAX = 16;
/** As many as keep an array outside of an engine's heap, where its place is fixed. */
const SCRATCH = 32;
/** Sets of weights; each use of the mixer has its own. */
const SETS = 512;
const LEARNING = 24;
/** An error of a prediction, of 4096, up to which nothing is learned of it. */
const TOLERATED = 32;
/** So many contexts are enough where they and the expectations come to log odds as large. */
const FEW = 2;
const ENOUGH = 1300;

/**
 * By observations, up to seven: how far a slot moves to the bit just seen, of 32768, and what its
 * log odds count for, of 256.
 */
const SEEN_MAX = 7;
const paces = Int32Array.of(23_400, 13_600, 9600, 7400, 5600, 4200, 2700, 1500);
const trusts = Int32Array.of(0, 272, 299, 312, 320, 325, 330, 336);
/** The same for beliefs, which are few, and can be exact. */
const HELD_MAX = 60;
const heldPaces = Int32Array.from({ length: HELD_MAX + 1 }, (_, n) =>
  Math.floor(32768 / (n + 1.4)),
);

/** The odds of what was never seen. */
const EVEN = 32_768;

const KNOWN: BitPort = { bit: (bit) => bit };

/*
 * Of the symbol at hand: its contexts, the slots of a bit in them, what contexts and expectations
 * come to; what is expected, of what sort, and whether it held so far. One for all mixers, since
 * symbols are coded one at a time: compiled code then has the place of each as a constant.
 */
const contexts = new Int32Array(SCRATCH);
const slots = new Int32Array(SCRATCH);
const inputs = new Int32Array(SCRATCH);
const expected = new Int32Array(SCRATCH);
const sorts = new Int32Array(SCRATCH);
const holds = new Int32Array(SCRATCH);

/**
 * Predicts bits from all contexts they stand in: each context has a slot with the odds seen in
 * it, and a small network that learns which contexts to trust adds the odds up (logistic mixing,
 * Mahoney 2005). Coder and decoder run it alike, so it is all whole numbers.
 *
 * Most bits are all but certain, and cost most of the time: they are predicted from the first
 * contexts alone, and nothing is learned from them, which also keeps slots for what is in doubt.
 *
 * Cost: about 10 ns for each context of each bit.
 */
export class ContextMixer {
  private readonly shift: number;
  private readonly odds: Uint16Array;
  /**
   * The observations of a slot, in the low three bits, and five bits that tell contexts apart: a
   * slot with another's mark begins anew.
   */
  private readonly marks: Uint8Array;
  private readonly weights = new Int32Array(SETS * INPUTS_MAX);
  private used = 0;
  /** Where the weights of the symbol's kind begin. */
  private base = 0;
  /** How often each sort of expectation holds. */
  private readonly beliefs = new Uint16Array(BELIEFS);
  private readonly beliefCounts = new Uint8Array(BELIEFS);
  private expectations = 0;
  private zeros = false;
  /** Whole numbers, which engines count faster; nothing is coded before `attach`. */
  private stepsLeft = 0;
  private stepsMax = 0;
  private port: BitPort = KNOWN;

  /** `slotBits`: log2 of the slots, of 3 bytes each. */
  constructor(slotBits: number) {
    this.shift = 32 - slotBits;
    this.odds = new Uint16Array(1 << slotBits);
    this.marks = new Uint8Array(1 << slotBits);
    this.reset();
  }

  /** Forgets everything. */
  reset(): void {
    this.marks.fill(0);
    this.weights.fill(0);
    for (let i = 0; i < BELIEFS; i++) this.beliefs[i] = beliefAtFirst(i);
    this.beliefCounts.fill(0);
  }

  /** The next bits come from, or go to, another port; at most `steps` predictions are made. */
  attach(port: BitPort, steps: number): void {
    this.port = port;
    this.stepsLeft = steps;
    this.stepsMax = steps;
  }

  /** Learns from bits that both ends know: none is read or written. */
  rehearse(work: () => void): void {
    const { port } = this;
    this.port = KNOWN;
    try {
      work();
    } finally {
      this.port = port;
    }
  }

  /** Other work that counts like so many predictions. */
  spend(steps: number): void {
    this.stepsLeft -= steps;
    if (this.stepsLeft >= 0) return;
    const what = `a frame of more than ${this.stepsMax} predictions`;
    throw new DiffStreamError('limit-exceeded', what);
  }

  /** Begins a symbol of a kind, which has weights of its own. */
  begin(kind: number): void {
    this.base = kind * INPUTS_MAX;
    this.used = 0;
    this.expectations = 0;
    this.zeros = false;
  }

  /**
   * The symbol is expected to be this one, of so many bits; how far such expectations are
   * believed is learned by their sort.
   */
  expect(symbol: number, bits: number, sort: number): void {
    expected[this.expectations] = symbol + (1 << bits);
    sorts[this.expectations] = sort;
    this.expectations++;
  }

  /** The symbol is expected to begin with zeros, to a degree for each; the sorts follow `sort`. */
  expectZeros(bits: number, sort: number): void {
    this.expect(0, bits, sort);
    this.zeros = true;
  }

  /** Of this sort nothing is expected this time. */
  expectNothing(sort: number): void {
    expected[this.expectations] = 0;
    sorts[this.expectations] = sort;
    this.expectations++;
  }

  /** How far expectations of a sort are believed, of 65536. */
  believed(sort: number): number {
    return this.beliefs[sort] as number;
  }

  /** Another context of the symbol. */
  see(context: number): void {
    const h = Math.imul((context + Math.imul(this.used, 0x3c6e_f35f)) | 0, 0x9e37_79b1);
    contexts[this.used] = Math.imul(h ^ (h >>> 15), 0xc2b2_ae3d);
    this.used++;
  }

  /** Codes a bit at a node of the symbol. */
  bit(bit: number, node: number): number {
    if (--this.stepsLeft < 0) this.spend(0);
    const { base } = this;
    if (this.weights[base] === 0) this.startWeights(base);
    let heard = Math.min(this.used, FEW);
    let sum = this.expectations > 0 ? this.sumOfExpectations(base, node) : 0;
    sum = (sum + this.sumOfContexts(base, node, 0, heard)) | 0;
    const early = sum >> 12;
    if (early < ENOUGH && early > -ENOUGH && heard < this.used) {
      sum = (sum + this.sumOfContexts(base, node, heard, this.used)) | 0;
      heard = this.used;
    }
    let p = squash(sum >> 12);
    p = p < 16 ? 16 : p > 65520 ? 65520 : p;
    const seen = this.port.bit(bit, p);
    const error = ((seen << 16) - p) >> 4;
    if (error > TOLERATED || error < -TOLERATED) this.learn(base, seen, error, heard);
    return seen;
  }

  /** Codes a symbol of so many bits, highest first. */
  tree(symbol: number, bits: number): number {
    let node = 1;
    for (let i = bits - 1; i >= 0; i--) node = node * 2 + this.bit((symbol >> i) & 1, node);
    return node - (1 << bits);
  }

  /** Adds contexts up; the slots of one symbol lie close together, as caches like it. */
  private sumOfContexts(base: number, node: number, from: number, to: number): number {
    const { odds, marks, weights, shift } = this;
    const mask = odds.length - 1;
    let sum = 0;
    for (let i = from; i < to; i++) {
      const h = contexts[i] as number;
      const mark = h ^ (node << 3);
      let slot = ((h >>> shift) ^ node) & mask;
      let state = marks[slot] as number;
      if (((state ^ mark) & 0xf8) !== 0) {
        const other = marks[slot ^ 1] as number;
        if (((other ^ mark) & 0xf8) === 0 || (other & 7) < (state & 7)) {
          slot ^= 1;
          state = other;
        }
        if (((state ^ mark) & 0xf8) !== 0) {
          state = mark & 0xf8;
          marks[slot] = state;
          odds[slot] = EVEN;
        }
      }
      // Nobody's since the last reset, which leaves the odds as they were.
      if (state === 0) odds[slot] = EVEN;
      slots[i] = slot;
      const input = Math.imul(stretch(odds[slot] as number), trusts[state & 7] as number) >> 8;
      inputs[i] = input;
      sum = (sum + (Math.imul(input, weights[base + i] as number) >> 4)) | 0;
    }
    return sum;
  }

  private sumOfExpectations(base: number, node: number): number {
    const { beliefs, used, expectations, weights } = this;
    const depth = 31 - Math.clz32(node);
    let sum = 0;
    for (let i = 0; i < expectations; i++) {
      const symbol = expected[i] as number;
      if (this.zeros) sorts[i] = BELIEF.shortness + depth;
      const below = 30 - Math.clz32(symbol) - depth;
      let input = 0;
      holds[i] = -1;
      if (symbol >> (below + 1) === node) {
        const bit = (symbol >> below) & 1;
        holds[i] = bit;
        const strength = stretch(beliefs[sorts[i] as number] as number);
        input = bit === 1 ? strength : -strength;
      }
      inputs[used + i] = input;
      sum = (sum + (Math.imul(input, weights[base + used + i] as number) >> 4)) | 0;
    }
    return sum;
  }

  /** `error`: what was wrong with the prediction, of 4096; `heard`: contexts it was made of. */
  private learn(base: number, seen: number, error: number, heard: number): void {
    const { used, odds, marks, weights, expectations } = this;
    const pull = error * LEARNING;
    const target = seen === 1 ? 65535 : 0;
    for (let i = 0; i < heard; i++) {
      const step = (Math.imul(inputs[i] as number, pull) + 0x8000) >> 16;
      weights[base + i] = (weights[base + i] as number) + step;
      const slot = slots[i] as number;
      const state = marks[slot] as number;
      const own = odds[slot] as number;
      odds[slot] = own + (Math.imul(target - own, paces[state & 7] as number) >> 15);
      if ((state & 7) < SEEN_MAX) marks[slot] = state + 1;
    }
    for (let i = used; i < used + expectations; i++) {
      const step = (Math.imul(inputs[i] as number, pull) + 0x8000) >> 16;
      weights[base + i] = (weights[base + i] as number) + step;
    }
    if (expectations > 0) this.learnExpectations(seen);
  }

  private learnExpectations(seen: number): void {
    const { beliefs, beliefCounts, expectations } = this;
    for (let i = 0; i < expectations; i++) {
      const hold = holds[i] as number;
      if (hold < 0) continue;
      const sort = sorts[i] as number;
      const own = beliefs[sort] as number;
      const count = beliefCounts[sort] as number;
      const goal = hold === seen ? 65535 : 0;
      beliefs[sort] = own + (Math.imul(goal - own, heldPaces[count] as number) >> 15);
      if (count < HELD_MAX) beliefCounts[sort] = count + 1;
    }
  }

  private startWeights(base: number): void {
    const { used, weights, expectations } = this;
    for (let i = 0; i < used; i++) weights[base + i] = Math.floor(START_WEIGHT / used) + 1;
    for (let i = 0; i < expectations; i++) weights[base + used + i] = EXPECTED_WEIGHT;
  }
}

/** The sum of the contexts' weights before they have learned, and each expectation's weight. */
const START_WEIGHT = 65536;
const EXPECTED_WEIGHT = 65536 * 0.45;
