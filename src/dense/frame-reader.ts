import type { Change } from '../cache/change.ts';
import { checkKey } from '../core/caller-key.ts';
import { malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { RangeDecoder } from '../core/range-decoder.ts';
import type { Value } from '../core/value.ts';
import type { ModelSize } from './dense-model.ts';
import { DenseModel, STREAM_SIZE } from './dense-model.ts';
import { KIND } from './kinds.ts';

/**
 * Predictions that one frame may take: about a second. Few bytes can stand for very many bits,
 * so that lengths alone bound nothing.
 */
export const STEPS_MAX = 4_000_000;

const CHANGE = { patch: 0, put: 1, delete: 2 } as const;

/**
 * Reads frames that take a few bits for each change, by what the frames before them were like. It
 * has to see the same frames in the same order as their writer from a `reset` on; an error leaves
 * them apart, and only another `reset` brings them together.
 */
export class DenseFrameReader {
  protected readonly model: DenseModel;
  private readonly limits: Limits;

  constructor(limits: Limits, size: ModelSize = STREAM_SIZE) {
    this.model = new DenseModel(size, limits);
    this.limits = limits;
  }

  reset(): void {
    this.model.reset();
  }

  /**
   * Reads bytes from `encode`; `baseOf` gives the value that an entry has before. `malformed` or
   * `limit-exceeded`, nothing else: then `reset`.
   */
  decode(bytes: Uint8Array, baseOf: (key: Key) => Value | undefined): Change[] {
    return this.decodeWith(bytes, () => this.code(undefined, baseOf));
  }

  protected decodeWith<R>(bytes: Uint8Array, read: () => R): R {
    const decoder = new RangeDecoder(bytes);
    this.model.mixer.attach(decoder, STEPS_MAX);
    this.model.begin();
    const result = read();
    decoder.finish();
    return result;
  }

  /** One op; a writer also says whether its base is looked through. */
  protected op(base: Value, op: Op | undefined, key: Key): Op {
    return this.model.op(base, op, key, false);
  }

  /** Changes, one after the other: written where they are given, read where they are not. */
  protected code(
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
        return { kind: 'patch', key, op: this.op(base, own?.op, key) };
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
      throw malformed('a key that is none', cause);
    }
  }
}
