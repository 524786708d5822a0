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

/** A state is 16 bits of probability over 4 of times seen. */
const FRESH = EVEN * 16;
const STATE_BITS = 20;
const STATE_MASK = (1 << STATE_BITS) - 1;

/** The state of a probability after a bit. */
function moved(state: number, bit: number): number {
  const seen = state & SEEN_MAX;
  const p = state >>> 4;
  const rate = RATES[seen] as number;
  const next = bit === 1 ? p + (((65535 - p) * rate) >>> 16) : p - ((p * rate) >>> 16);
  return (next << 4) | (seen < SEEN_MAX ? seen + 1 : seen);
}

/** Probabilities of bits, each learned from the bits that were coded with it. */
class Bits {
  private readonly states: Uint32Array;

  constructor(count: number) {
    this.states = new Uint32Array(count).fill(FRESH);
  }

  code(port: BitPort, at: number, bit: number): number {
    const state = this.states[at] as number;
    const coded = port.bit(bit, clamp(state >>> 4));
    this.states[at] = moved(state, coded);
    return coded;
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

/**
 * What is learned of units. One for all: at any time one text is coded, from its start to its end.
 * A state carries the number of its text above it; one of an earlier text counts as fresh, so that
 * nothing has to be cleared for a text of a few units.
 */
const scratch = new Uint32Array(ORDERS * SLOTS);
let textNumber = 0;

function nextText(): number {
  if (++textNumber >= 1 << (32 - STATE_BITS)) {
    textNumber = 1;
    scratch.fill(0);
  }
  return textNumber;
}

/** What is expected of a text: units by those before them, copies by where the last one ended. */
export class QuoteModel {
  private readonly tag = nextText();
  private readonly sameHigh = new Bits(512);
  private readonly highs = new Bits(256);
  private readonly kinds = new Bits(8 * 128);
  private readonly numbers = new Bits(4 * LENGTHS * (1 << LEARNED) * 2);
  private readonly weights = new Int32Array(WEIGHT_SETS * ORDERS).fill(WEIGHT);
  /** Contexts of the next unit: by none, one or two of the units before it. */
  private none = 0;
  private one = 0;
  private two = 0;
  private other = 0;
  private a = 10;
  private b = 10;

  /** Learns from a text that both sides have. */
  learn(text: string): void {
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i);
      this.high(silent, unit >> 8);
      this.enter(unit >> 8);
      let node = 1;
      for (let shift = 7; shift >= 0; shift--) {
        const bit = (unit >> shift) & 1;
        const at = slotOf(this.none, node);
        const at1 = SLOTS + slotOf(this.one, node);
        const at2 = 2 * SLOTS + slotOf(this.two, node);
        this.keep(at, moved(this.state(at), bit));
        this.keep(at1, moved(this.state(at1), bit));
        this.keep(at2, moved(this.state(at2), bit));
        node = node * 2 + bit;
      }
      this.pass(unit);
    }
  }

  private state(at: number): number {
    const word = scratch[at] as number;
    return word >>> STATE_BITS === this.tag ? word & STATE_MASK : FRESH;
  }

  private keep(at: number, state: number): void {
    scratch[at] = (this.tag << STATE_BITS) | state;
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
    this.enter(high);
    let node = 1;
    for (let i = 7; i >= 0; i--) node = node * 2 + this.unitBit(port, node, (unit >> i) & 1);
    const read = high * 256 + (node & 255);
    this.pass(read);
    return read;
  }

  /** One bit of a unit, below those in `node`: the odds of each order, weighed. */
  private unitBit(port: BitPort, node: number, given: number): number {
    const { weights } = this;
    const at = slotOf(this.none, node);
    const at1 = SLOTS + slotOf(this.one, node);
    const at2 = 2 * SLOTS + slotOf(this.two, node);
    const state = this.state(at);
    const state1 = this.state(at1);
    const state2 = this.state(at2);
    const odds = stretch(state >>> 4);
    const odds1 = stretch(state1 >>> 4);
    const odds2 = stretch(state2 >>> 4);
    const set = ORDERS * (trust(state1) + trust(state2));
    const weight = weights[set] as number;
    const weight1 = weights[set + 1] as number;
    const weight2 = weights[set + 2] as number;
    const dot = weight * odds + weight1 * odds1 + weight2 * odds2;
    const p = clamp(squash(Math.floor(dot / 65536)));
    const bit = port.bit(given, p);
    const error = ((bit === 1 ? 65536 - p : -p) * PACE) >> 4;
    weights[set] = weight + ((Math.imul(odds, error) + 0x2000) >> 14);
    weights[set + 1] = weight1 + ((Math.imul(odds1, error) + 0x2000) >> 14);
    weights[set + 2] = weight2 + ((Math.imul(odds2, error) + 0x2000) >> 14);
    this.keep(at, moved(state, bit));
    this.keep(at1, moved(state1, bit));
    this.keep(at2, moved(state2, bit));
    return bit;
  }

  /** Sets the contexts of the next unit, of which the upper byte is known. */
  private enter(high: number): void {
    this.none = Math.imul(high + 1, 0x2545_f491);
    this.one = Math.imul(this.none ^ (this.a + 1), 0x9e37_79b1);
    this.two = Math.imul(this.one ^ (this.b + 1), 0x85eb_ca77);
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

function slotOf(context: number, node: number): number {
  return Math.imul(context + Math.imul(node, 0x9e37_79b1), 0x27d4_eb2f) >>> (32 - SLOT_BITS);
}

function trust(state: number): number {
  return Math.min(state & SEEN_MAX, TRUST_MAX);
}
