import type { Change } from '../cache/change.ts';
import { DiffStreamError, malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { checkKey } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import type { ModelSize } from './dense-model.ts';
import { DenseModel, STREAM_SIZE } from './dense-model.ts';
import { KIND } from './kinds.ts';
import { RangeDecoder } from '../core/range-decoder.ts';
import { RangeEncoder } from '../core/range-encoder.ts';

/**
 * Predictions that one frame may take: about a second. Few bytes can stand for very many bits,
 * so that lengths alone bound nothing.
 */
const STEPS_MAX = 4_000_000;

const CHANGE = { patch: 0, put: 1, delete: 2 } as const;

/**
 * Codes frames in a few bits for each change, by what the frames before it were like. Both ends
 * have to see the same frames in the same order from a `reset` on; an error leaves them apart, and
 * only another `reset` brings them together.
 */
export class DenseFrameCoder {
  private readonly model: DenseModel;
  private readonly limits: Limits;

  constructor(limits: Limits, size: ModelSize = STREAM_SIZE) {
    this.model = new DenseModel(size, limits);
    this.limits = limits;
  }

  reset(): void {
    this.model.reset();
  }

  /** The bytes of changes; undefined where they would take too long: then `reset`. */
  encode(changes: readonly Change[]): Uint8Array | undefined {
    return this.encodeWith(() => this.code(changes, () => undefined));
  }

  /**
   * Reads bytes from `encode`; `baseOf` gives the value that an entry has before. `malformed` or
   * `limit-exceeded`, nothing else: then `reset`.
   */
  decode(bytes: Uint8Array, baseOf: (key: Key) => Value | undefined): Change[] {
    return this.decodeWith(bytes, () => this.code(undefined, baseOf));
  }

  /** The bytes of one op; undefined as above. */
  encodeOp(base: Value, op: Op): Uint8Array | undefined {
    return this.encodeWith(() => this.model.op(base, op, ''));
  }

  /** Reads bytes from `encodeOp`; throws as `decode` does. */
  decodeOp(bytes: Uint8Array, base: Value): Op {
    return this.decodeWith(bytes, () => this.model.op(base, undefined, ''));
  }

  private encodeWith(write: () => unknown): Uint8Array | undefined {
    const encoder = new RangeEncoder();
    this.model.mixer.attach(encoder, STEPS_MAX);
    this.model.begin();
    try {
      write();
    } catch (error) {
      if (error instanceof DiffStreamError && error.code === 'limit-exceeded') return undefined;
      throw error;
    }
    return encoder.finish();
  }

  private decodeWith<R>(bytes: Uint8Array, read: () => R): R {
    const decoder = new RangeDecoder(bytes);
    this.model.mixer.attach(decoder, STEPS_MAX);
    this.model.begin();
    const result = read();
    decoder.finish();
    return result;
  }

  private code(
    changes: readonly Change[] | undefined,
    baseOf: (key: Key) => Value | undefined,
  ): Change[] {
    const { model, limits } = this;
    const count = model.symbols.magnitude(KIND.changes, changes?.length ?? 0, 1);
    if (count > limits.changesMax) {
      throw limitExceeded('changesMax', limits.changesMax, `a frame of ${count} changes`);
    }
    const coded: Change[] = [];
    let last = 3;
    for (let i = 0; i < count; i++) {
      const change = changes?.[i];
      last = this.model.symbols.small(
        KIND.change,
        2,
        change === undefined ? 0 : CHANGE[change.kind],
        last,
      );
      coded.push(this.change(change, last, baseOf));
    }
    return coded;
  }

  private change(
    change: Change | undefined,
    kind: number,
    baseOf: (key: Key) => Value | undefined,
  ): Change {
    const { model } = this;
    const key = change === undefined ? this.readKey() : model.key(change.key);
    switch (kind) {
      case CHANGE.patch: {
        const own = change?.kind === 'patch' ? change : undefined;
        const base = own === undefined ? baseOf(key) : own.base;
        if (base === undefined) throw malformed('a patch of what is not there');
        return { kind: 'patch', key, op: model.op(base, own?.op, key) };
      }
      case CHANGE.put: {
        const value = change?.kind === 'put' ? change.value : undefined;
        return { kind: 'put', key, value: model.value(value) };
      }
      case CHANGE.delete:
        return { kind: 'delete', key };
      default:
        throw malformed('a change of no kind');
    }
  }

  private readKey(): Key {
    const key = this.model.key(undefined);
    try {
      return checkKey(key, this.limits);
    } catch (cause) {
      throw malformed(`a key that is none: ${(cause as Error).message}`);
    }
  }
}
