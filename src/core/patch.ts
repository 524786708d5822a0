import { applyOp } from './apply.ts';
import { ByteReader, bytesOf, checkBytes } from './bytes.ts';
import { ValueReader } from './value-reader.ts';
import { ValueWriter } from './value-writer.ts';
import { Differ } from './diff.ts';
import { digestText, valueDigest } from './digest.ts';
import { DiffStreamError } from './errors.ts';
import type { Limits } from './limits.ts';
import { defaultLimits, limitExceeded, resolveLimits } from './limits.ts';
import type { Op } from './op.ts';
import { readPatch } from './patch-reader.ts';
import { writePatch } from './patch-writer.ts';
import type { Value } from './value.ts';
import { isContainer } from './value.ts';

/** What turns one value into another; means nothing without the base it was made for. */
export class Patch {
  /** Undefined for a patch that changes nothing. */
  readonly op: Op | undefined;
  private bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(op: Op | undefined) {
    this.op = op;
  }

  /**
   * The patch as bytes, self-delimiting; at most 8 bytes longer than the encoded value it
   * makes. The same array at every call: do not write into it.
   */
  encode(): Uint8Array<ArrayBuffer> {
    return (this.bytes ??= bytesOf((out) => writePatch(new ValueWriter(out), this.op)));
  }

  /** Reads bytes from `encode`. Whatever they are, throws `malformed` or `limit-exceeded` only. */
  static decode(bytes: Uint8Array, limits?: Partial<Limits>): Patch {
    checkBytes(bytes);
    const bounds = resolveLimits(limits);
    if (bytes.length > bounds.frameBytesMax) {
      throw limitExceeded(
        'frameBytesMax',
        bounds.frameBytesMax,
        `a patch of ${bytes.length} bytes`,
      );
    }
    const input = new ByteReader(bytes);
    const op = readPatch(new ValueReader(input, bounds));
    input.finish();
    return new Patch(op);
  }
}

/**
 * The one at rest between two calls: to make one takes longer than many a comparison. Undefined
 * during a call, which a getter of the caller may interrupt by another, and after one that threw,
 * whose differ still knows where it stood.
 */
let resting: Differ | undefined;

/**
 * What turns `base` into `target`; undefined where they are equal, member order included.
 * `base` must be a JSON value and stay as it is while the patch is in use; `target` is
 * checked (`bad-value` names the place) and may change afterwards.
 *
 * Cost: one comparison, plus the parts that changed.
 */
export function diff(base: unknown, target: unknown): Patch | undefined {
  const differ = resting ?? new Differ('copy', false, defaultLimits, false);
  resting = undefined;
  const op = differ.diff(base as Value, target);
  differ.next = null;
  resting = differ;
  return op === undefined ? undefined : new Patch(op);
}

/**
 * The value that a patch makes of its base. The base is untouched, unchanged subtrees are
 * shared with it, new containers are frozen. All or nothing: `patch-conflict`, for a patch
 * that was made for another base and does not fit this one; `limit-exceeded` for one that
 * would copy parts beyond `valueBytesMax`; `bad-argument` for what is no `Patch`.
 */
export function applyPatch<T>(base: T, patch: Patch): T {
  const op = opOf(patch, 'applyPatch');
  if (op === undefined) return base;
  freezeNew(op);
  return applyOp(base as Value, op, defaultLimits.valueBytesMax) as T;
}

/** `bad-argument` for what a program without types may take for a patch. */
export function opOf(patch: Patch, call: string): Op | undefined {
  if (patch instanceof Patch) return patch.op;
  const instead =
    patch === undefined
      ? 'not undefined, which diff returns where nothing changed'
      : 'as diff and Patch.decode return it';
  throw new DiffStreamError('bad-argument', `${call} takes a Patch, ${instead}`);
}

/**
 * What a patch brings is the patch's own and the outcome's: a change there would change the patch.
 * One that was read is frozen already.
 */
function freezeNew(op: Op): void {
  if (op.kind === 'set') return freeze(op.value);
  if (op.kind !== 'object' && op.kind !== 'array') return;
  for (const edit of op.edits) {
    if (edit.kind === 'add') freeze(edit.value);
    else if (edit.kind !== 'drop' && edit.op !== undefined) freezeNew(edit.op);
  }
}

function freeze(value: Value): void {
  if (!isContainer(value) || Object.isFrozen(value)) return;
  for (const part of Object.values(value)) freeze(part);
  Object.freeze(value);
}

/**
 * The digest of a value: 16 hexadecimal digits, by content and member order. `bad-value`
 * for what is not JSON. Cost: the whole value.
 */
export function digestOf(value: unknown): string {
  return digestText(valueDigest(new Differ('copy', false).take(value)));
}
