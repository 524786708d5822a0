import { END } from './growing.ts';
import { clamped, LearnedBits } from './learned-bits.ts';
import type { BitPort } from './range-coder.ts';

/** Kinds of units, by what may stand behind them. */
const KIND = { other: 0, small: 1, capital: 2, digit: 3, space: 4, beyond: 5 } as const;
const KINDS = 6;
/** What may stand before a unit: one of a kind, or one beyond 255. */
export const PLACES = KINDS + 1;
/** Tables beside those by kind: for units whose upper byte is not 0, by its lower bits. */
const UPPER_TABLES = 8;
const TABLES = KINDS + UPPER_TABLES;
const LEAVES = 256;

/** What a table's learned units weigh together, from so many on. */
const LEARNED_WEIGHT = 4096;
const LEARNED_FULL = 256;
/** What one that is coded weighs, and one that was never seen. */
const CODED_WEIGHT = 256;
const UNSEEN_WEIGHT = 2;
/** Where a table weighs as much, all weights are halved. */
const WEIGHT_MAX = 1 << 16;

const ASCII = 128;
const kinds = Uint8Array.from({ length: ASCII }, (_, unit) => {
  const letter = String.fromCharCode(unit);
  if (letter >= 'a' && letter <= 'z') return KIND.small;
  if (letter >= 'A' && letter <= 'Z') return KIND.capital;
  if (letter >= '0' && letter <= '9') return KIND.digit;
  return letter === ' ' ? KIND.space : KIND.other;
});

/*
 * One for all, since they are large: at any time one text is coded, from its start to its end. By
 * table and lower byte, how often units were met in what both sides have; and trees of weights,
 * where below node n are 2n and 2n + 1, and the lower bytes from 256 on.
 */
const met = new Uint16Array(TABLES * LEAVES);
const trees = Array.from({ length: TABLES }, () => new Uint32Array(2 * LEAVES));

/** The tree of a table in which no unit was met. */
const unseen = new Uint32Array(2 * LEAVES).fill(UNSEEN_WEIGHT, LEAVES);
addUp(unseen);

/**
 * What is expected of the next UTF-16 unit: how often each stood behind a unit of the same kind, in
 * what both sides have and in what was coded since. Of short texts there is too little to learn
 * more from: contexts of two whole units, mixed bit by bit, tell no more of them and take seven
 * times as long. Where thousands of letters are new at once, they would tell 2 to 5 % more.
 */
export class UnitModel {
  /** A bit for each tree that was filled. */
  private filled = 0;
  /** Whether an upper byte stays. */
  private readonly stays = new LearnedBits(PLACES);
  private readonly uppers = new LearnedBits(LEAVES);
  /** The unit before. */
  private last = END;
  /** The upper byte before the last one's, where it was another. */
  private other = 0;

  /** For the next text, of which nothing is known. */
  forget(): void {
    this.filled = 0;
    this.stays.forget();
    this.uppers.forget();
    this.last = END;
    this.other = 0;
  }

  /** Learns from texts that both sides have. Cost: a few nanoseconds a unit. */
  learn(texts: readonly string[]): void {
    met.fill(0);
    const stayed = new Uint16Array(PLACES);
    const left = new Uint16Array(PLACES);
    let { last, other } = this;
    for (const text of texts) {
      for (let i = 0; i < text.length; i++) {
        const unit = text.charCodeAt(i);
        const upper = unit >> 8;
        const kind = kindOf(last);
        count(upper === last >> 8 ? stayed : left, last < 256 ? kind : KINDS);
        count(met, (upper === 0 ? kind : tableOfUpper(upper)) * LEAVES + (unit & 255));
        if (upper !== last >> 8) other = last >> 8;
        last = unit;
      }
    }
    this.last = last;
    this.other = other;
    for (let at = 0; at < PLACES; at++) {
      this.stays.expect(at, stayed[at] as number, left[at] as number);
    }
  }

  /** Passes over a unit that came another way. */
  pass(unit: number): void {
    if (unit >> 8 !== this.last >> 8) this.other = this.last >> 8;
    this.last = unit;
  }

  code(port: BitPort, unit: number): number {
    const upper = this.upper(port, unit >> 8);
    const table = this.tree(this.tableOf(upper));
    let node = 1;
    for (let shift = 7; shift >= 0; shift--) {
      const weight = table[node] as number;
      const ones = table[2 * node + 1] as number;
      const p = clamped(((ones * 65536) / weight) | 0);
      table[node] = weight + CODED_WEIGHT;
      node = 2 * node + port.bit((unit >> shift) & 1, p);
    }
    table[node] = (table[node] as number) + CODED_WEIGHT;
    if ((table[1] as number) >= WEIGHT_MAX) halve(table);
    const coded = upper * 256 + node - LEAVES;
    this.pass(coded);
    return coded;
  }

  private tree(at: number): Uint32Array {
    const tree = trees[at] as Uint32Array;
    if (((this.filled >> at) & 1) === 0) {
      this.filled |= 1 << at;
      grow(tree, at);
    }
    return tree;
  }

  private upper(port: BitPort, upper: number): number {
    const { other, uppers } = this;
    const last = this.last >> 8;
    if (this.stays.code(port, this.place(), upper === last ? 1 : 0) === 1) return last;
    if (uppers.code(port, 0, upper === other ? 1 : 0) === 1) return other;
    let node = 1;
    for (let i = 7; i >= 0; i--) node = node * 2 + uppers.code(port, node, (upper >> i) & 1);
    return node - LEAVES;
  }

  /** What stands before the next unit, below `PLACES`. */
  place(): number {
    return this.last < 256 ? kindOf(this.last) : KINDS;
  }

  private tableOf(upper: number): number {
    return upper === 0 ? kindOf(this.last) : tableOfUpper(upper);
  }
}

function count(counts: Uint16Array, at: number): void {
  counts[at] = (counts[at] as number) + 1;
}

function tableOfUpper(upper: number): number {
  return KINDS + (upper % UPPER_TABLES);
}

function kindOf(unit: number): number {
  return unit < ASCII ? (kinds[unit] as number) : KIND.beyond;
}

/** Fills a tree from what was counted: mostly a few units, each of which weighs on the way up. */
function grow(table: Uint32Array, at: number): void {
  const first = at * LEAVES;
  let sum = 0;
  for (let i = first; i < first + LEAVES; i++) sum += met[i] as number;
  const full = Math.max(LEARNED_FULL, sum);
  table.set(unseen);
  for (let i = 0; i < LEAVES; i++) {
    const times = met[first + i] as number;
    if (times === 0) continue;
    const learned = ((times * LEARNED_WEIGHT) / full) | 0;
    for (let node = LEAVES + i; node > 0; node >>= 1) {
      table[node] = (table[node] as number) + learned;
    }
  }
}

function halve(table: Uint32Array): void {
  for (let i = LEAVES; i < 2 * LEAVES; i++) table[i] = ((table[i] as number) + 1) >> 1;
  addUp(table);
}

function addUp(table: Uint32Array): void {
  for (let node = LEAVES - 1; node > 0; node--) {
    table[node] = (table[2 * node] as number) + (table[2 * node + 1] as number);
  }
}
