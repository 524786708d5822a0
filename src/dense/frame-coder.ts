import type { Change } from '../cache/change.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import { RangeEncoder } from '../core/range-encoder.ts';
import type { Value } from '../core/value.ts';
import { DenseFrameReader, STEPS_MAX } from './frame-reader.ts';
import { isWorthPooling } from './pooling-worth.ts';

/**
 * Codes frames in a few bits for each change, by what the frames before it were like. Both ends
 * have to see the same frames in the same order from a `reset` on.
 */
export class DenseFrameCoder extends DenseFrameReader {
  /** The bytes of changes; undefined where they would take too long: then `reset`. */
  encode(changes: readonly Change[]): Uint8Array | undefined {
    return this.encodeWith(() => this.code(changes, () => undefined));
  }

  /** The bytes of one op; undefined as above. */
  encodeOp(base: Value, op: Op): Uint8Array | undefined {
    return this.encodeWith(() => this.op(base, op, ''));
  }

  /** Reads bytes from `encodeOp`; throws as `decode` does. */
  decodeOp(bytes: Uint8Array, base: Value): Op {
    return this.decodeWith(bytes, () => this.op(base, undefined, ''));
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

  protected override op(base: Value, op: Op | undefined, key: Key): Op {
    return this.model.op(base, op, key, op !== undefined && isWorthPooling(base, op));
  }
}
