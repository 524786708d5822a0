import { squash, stretch } from './logistic.ts';
import type { BitPort } from './range-coder.ts';

/** Shortest copy; the text of a copy from where it is expected is that cheap. */
export const COPY_MIN = 2;

/** Bits of a number's length, and how many below the top one are learned too. */
const LENGTHS = 24;
const LEARNED = 2;
/** Slots of what is learned of units, by hash. */
const SLOT_BITS = 15;
const SLOTS = 1 << SLOT_BITS;
const EVEN = 32_768;

/** By how much a probability moves, of 65536, after being seen so many times. */
const RATES = Uint16Array.from(
  [1.6, 2.6, 3.6, 4.6, 5.6, 7, 8.5, 10, 12, 14, 16, 18, 20, 22, 24, 26],
  (n) => Math.floor(65536 / n),
);
const SEEN_MAX = RATES.length - 1;

/** Probability and times seen in one number, XORed with their first: zeros need no fill. */
const FRESH = EVEN * 16;

/** Probabilities of bits, each learned from the bits that were coded with it. */
class Bits {
  private readonly states: Uint32Array;

  constructor(states: Uint32Array) {
    this.states = states;
  }

  code(port: BitPort, at: number, bit: number): number {
    const coded = port.bit(bit, clamp(this.probability(at)));
    this.learn(at, coded);
    return coded;
  }

  learn(at: number, bit: number): void {
    const state = (this.states[at] as number) ^ FRESH;
    const seen = state & SEEN_MAX;
    const p = state >>> 4;
    const rate = RATES[seen] as number;
    const next = bit === 1 ? p + (((65535 - p) * rate) >>> 16) : p - ((p * rate) >>> 16);
    this.states[at] = ((next << 4) | (seen < SEEN_MAX ? seen + 1 : seen)) ^ FRESH;
  }

  probability(at: number): number {
    return ((this.states[at] as number) ^ FRESH) >>> 4;
  }

  trust(at: number): number {
    return ((this.states[at] as number) ^ FRESH) & SEEN_MAX;
  }
}

function clamp(p: number): number {
  return p < 48 ? 48 : p > 65_488 ? 65_488 : p;
}

/** Takes bits and writes nothing: what is coded to it is only learned. */
const silent: BitPort = { bit: (bit) => bit };

/** Orders of context that a unit is seen in: by none, one or two of the units before it. */
const ORDERS = 3;
/** Weights to begin with, of 65536, and how fast they move. */
const WEIGHT = 28_000;
const TRUST_MAX = 5;
const WEIGHT_SETS = (ORDERS - 1) * TRUST_MAX + 1;
const PACE = 10;

/** One for all: at any time one text is coded, from its start to its end. */
const scratch = new Uint32Array(ORDERS * SLOTS);

/** What is expected of a text: units by those before them, copies by where the last one ended. */
export class QuoteModel {
  private readonly units = new Bits(scratch.fill(0));
  private readonly sameHigh = new Bits(new Uint32Array(512));
  private readonly highs = new Bits(new Uint32Array(256));
  private readonly kinds = new Bits(new Uint32Array(8 * 128));
  private readonly numbers = new Bits(new Uint32Array(4 * LENGTHS * (1 << LEARNED) * 2));
  private readonly slots = new Int32Array(ORDERS);
  private readonly ats = new Int32Array(ORDERS);
  private readonly odds = new Int32Array(ORDERS);
  private readonly weights = new Int32Array(WEIGHT_SETS * ORDERS).fill(WEIGHT);
  private other = 0;
  private a = 10;
  private b = 10;

  /** Learns from a text that both sides have. */
  learn(text: string, from: number, to: number): void {
    for (let i = from; i < to; i++) {
      const unit = text.charCodeAt(i);
      this.high(silent, unit >> 8);
      this.enter(unit >> 8);
      let node = 1;
      for (let shift = 7; shift >= 0; shift--) {
        const bit = (unit >> shift) & 1;
        for (let k = 0; k < ORDERS; k++) this.units.learn(this.slot(k, node), bit);
        node = node * 2 + bit;
      }
      this.pass(unit);
    }
  }

  /** Passes over a unit that was copied. */
  pass(unit: number): void {
    if (unit >> 8 !== this.a >> 8) this.other = this.a >> 8;
    this.b = this.a;
    this.a = unit;
  }

  /** Whether a copy comes and no unit; `run`: units since the last copy. */
  isCopy(port: BitPort, run: number, copy: boolean): boolean {
    const last = this.a < 128 ? this.a : 127;
    return this.kinds.code(port, Math.min(run, 7) * 128 + last, copy ? 1 : 0) === 1;
  }

  /** A whole number, by the bits of its length first. */
  number(port: BitPort, kind: number, number: number): number {
    const at = kind * LENGTHS * 8;
    const value = number + 1;
    const wanted = 31 - Math.clz32(value);
    let length = 0;
    while (
      length < LENGTHS - 1 &&
      this.numbers.code(port, at + length * 8, length < wanted ? 1 : 0) === 1
    ) {
      length++;
    }
    let read = 1;
    for (let i = length - 1; i >= 0; i--) {
      const bit = (value >> i) & 1;
      const depth = length - 1 - i;
      read =
        depth < LEARNED
          ? read * 2 +
            this.numbers.code(port, at + length * 8 + (depth === 0 ? 1 : 2 + (read & 1)), bit)
          : read * 2 + port.bit(bit, EVEN);
    }
    return read - 1;
  }

  flag(port: BitPort, kind: number, flag: number): number {
    return this.numbers.code(port, 3 * LENGTHS * 8 + kind, flag);
  }

  /** One UTF-16 unit. */
  unit(port: BitPort, unit: number): number {
    const high = this.high(port, unit >> 8);
    const { units, ats, odds, weights } = this;
    this.enter(high);
    let node = 1;
    for (let i = 7; i >= 0; i--) {
      let trust = 0;
      for (let k = 0; k < ORDERS; k++) {
        const at = this.slot(k, node);
        ats[k] = at;
        odds[k] = stretch(units.probability(at));
        if (k > 0) trust += Math.min(units.trust(at), TRUST_MAX);
      }
      const set = trust * ORDERS;
      let dot = 0;
      for (let k = 0; k < ORDERS; k++) dot += (weights[set + k] as number) * (odds[k] as number);
      const p = clamp(squash(Math.floor(dot / 65536)));
      const bit = port.bit((unit >> i) & 1, p);
      const error = (bit === 1 ? 65536 - p : -p) * PACE;
      for (let k = 0; k < ORDERS; k++) {
        weights[set + k] =
          (weights[set + k] as number) +
          ((Math.imul(odds[k] as number, error >> 4) + 0x2000) >> 14);
        units.learn(ats[k] as number, bit);
      }
      node = node * 2 + bit;
    }
    const read = high * 256 + (node & 255);
    this.pass(read);
    return read;
  }

  /** Sets the contexts of the next unit, of which the upper byte is known. */
  private enter(high: number): void {
    const { slots, a, b } = this;
    const none = Math.imul(high + 1, 0x2545_f491);
    const one = Math.imul(none ^ (a + 1), 0x9e37_79b1);
    slots[0] = none;
    slots[1] = one;
    slots[2] = Math.imul(one ^ (b + 1), 0x85eb_ca77);
  }

  private slot(order: number, node: number): number {
    const mixed = Math.imul(
      (this.slots[order] as number) + Math.imul(node, 0x9e37_79b1),
      0x27d4_eb2f,
    );
    return order * SLOTS + (mixed >>> (32 - SLOT_BITS));
  }

  private high(port: BitPort, high: number): number {
    const { a, other } = this;
    const last = a >> 8;
    const place = a < 256 ? a : 256 + last;
    if (this.sameHigh.code(port, place, high === last ? 1 : 0) === 1) return last;
    if (this.highs.code(port, 0, high === other ? 1 : 0) === 1) return other;
    let node = 1;
    for (let i = 7; i >= 0; i--) node = node * 2 + this.highs.code(port, node, (high >> i) & 1);
    return node & 255;
  }
}
