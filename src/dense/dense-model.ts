import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { fillPool, POOL_BITS } from './base-pool.ts';
import { ChangeHistory } from './change-history.ts';
import { ContextMixer } from './context-mixer.ts';
import { ofScalar } from './hashing.ts';
import { KIND } from './kinds.ts';
import { MatchModel } from './match-model.ts';
import { OpModel } from './op-model.ts';
import { PlaceMemory } from './place-memory.ts';
import { Symbols } from './symbols.ts';
import { TextModel } from './text-model.ts';
import { TextPrimer } from './text-primer.ts';
import { ROOT, ValueModel } from './value-model.ts';

/** How large a model's memory is. */
export interface ModelSize {
  /** log2 of the slots of three bytes that contexts share. */
  readonly slotBits: number;
  /** log2 of the bytes of text kept. */
  readonly historyBits: number;
  /** Places and values remembered, and the characters in them. */
  readonly entriesMax: number;
  readonly charsMax: number;
  /** Bytes of a base's texts that are learned from before the first new ones. */
  readonly primeBytes: number;
}

/** Of a stream with memory across frames: just under 1 MB. */
export const STREAM_SIZE: ModelSize = {
  slotBits: 18,
  historyBits: 15,
  entriesMax: 8192,
  charsMax: 65_536,
  primeBytes: 1024,
};

/** Of a frame that stands alone: it begins with more texts, since none comes before it. */
export const FRESH_SIZE: ModelSize = { ...STREAM_SIZE, primeBytes: 2048 };

/** Of a stream, in some tens of KB. */
export const SMALL_SIZE: ModelSize = {
  slotBits: 12,
  historyBits: 10,
  entriesMax: 512,
  charsMax: 4096,
  primeBytes: 64,
};

/** Filled and emptied within one op, so that all models share it. */
const pool = new MatchModel(POOL_BITS);

/**
 * All that predicts what a frame says: the same at both ends as long as the same has passed
 * through both. Each method takes what is to be written, which a reader leaves out, and returns
 * what was written or read.
 */
export class DenseModel {
  readonly mixer: ContextMixer;
  readonly symbols: Symbols;
  private readonly size: ModelSize;
  private readonly memory: PlaceMemory;
  private readonly changes = new ChangeHistory();
  private readonly texts: TextModel;
  private readonly values: ValueModel;
  private readonly ops: OpModel;
  private readonly primer: TextPrimer;
  /** Whether texts of a base have been learned from. */
  private primed = false;
  private lastKey: Key = '';

  constructor(size: ModelSize, limits: Limits) {
    this.size = size;
    this.mixer = new ContextMixer(size.slotBits);
    this.symbols = new Symbols(this.mixer);
    this.memory = new PlaceMemory(size.entriesMax, size.charsMax);
    this.texts = new TextModel(this.mixer, size.historyBits, pool, limits.stringBytesMax);
    this.primer = new TextPrimer(this.texts);
    this.values = new ValueModel(this.symbols, this.texts, this.memory, limits);
    this.ops = new OpModel(this.symbols, this.texts, this.values, this.changes);
  }

  /** Forgets everything. */
  reset(): void {
    this.mixer.reset();
    this.memory.reset();
    this.changes.reset();
    this.texts.reset();
    this.primed = false;
    this.lastKey = '';
  }

  /** A frame begins. */
  begin(): void {
    // A frame that failed may have left it filled.
    pool.clear();
    this.values.begin();
  }

  /** An entry's key: mostly one of those that came before. */
  key(key: Key | undefined): Key {
    const isText = this.symbols.flag(KIND.keyType, typeof key === 'string', 1);
    this.lastKey = this.values.key(key, isText, this.lastKey);
    return this.lastKey;
  }

  /** `isWorth`: whether a writer wants the base to be looked through for what is new. */
  op(base: Value, op: Op | undefined, key: Key, isWorth: boolean): Op {
    const pooled = this.symbols.flag(KIND.pooled, isWorth, 1);
    if (!pooled) return this.ops.code(base, op, ROOT, ofScalar(key), 0);
    if (!this.primed) this.prime(base);
    this.mixer.spend(fillPool(pool, base) >> 3);
    const result = this.ops.code(base, op, ROOT, ofScalar(key), 0);
    pool.clear();
    return result;
  }

  /** Before the pool is filled, in which each of these texts would be found. */
  private prime(base: Value): void {
    this.primed = true;
    this.mixer.rehearse(() => this.primer.learn(base, this.size.primeBytes));
  }

  value(value: Value | undefined): Value {
    return this.values.code(value, undefined, false, ROOT, 0);
  }
}
