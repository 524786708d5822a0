import type { ByteWriter } from '../core/bytes.ts';
import { utf8Length } from '../core/bytes.ts';
import type { ValueReader, ValueWriter } from '../core/codec.ts';
import { splitsPair } from '../core/diff-text.ts';
import { malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { readIntegerKey, writeIntegerKey } from '../core/key.ts';
import { limitExceeded } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { readPatch, writePatch } from '../core/patch-codec.ts';
import type { Value } from '../core/value.ts';

/** What a frame does to one key. The base of a patch is the value at the frame's `from`. */
export type Change =
  | {
      readonly kind: 'patch';
      readonly key: Key;
      readonly op: Op;
      /** The value at `from`, where the frame's maker knows it; it is not written. */
      readonly base?: Value | undefined;
    }
  | { readonly kind: 'put'; readonly key: Key; readonly value: Value }
  | { readonly kind: 'delete'; readonly key: Key };

/*
 * A change starts with a byte: bits 0-1 kind, bit 2 string key, bit 3 the key starts like the
 * previous string key of the frame. Then, by these bits: length of the common start in UTF-16
 * units, (rest of) the key, patch or value.
 */
const KIND = { patch: 0, put: 1, delete: 2 } as const;
const STRING_KEY = 4;
const COMMON_START = 8;
/** A shorter common start would not save a byte. */
const COMMON_START_MIN = 2;

function commonStart(previous: string, key: string): number {
  const max = Math.min(previous.length, key.length);
  let common = 0;
  while (common < max && previous.charCodeAt(common) === key.charCodeAt(common)) common++;
  if (splitsPair(key, common) || splitsPair(previous, common)) common--;
  return common < COMMON_START_MIN ? 0 : common;
}

/** Writes changes one after the other; each key leans on the one before. */
export class ChangeWriter {
  private readonly values: ValueWriter;
  private readonly out: ByteWriter;
  private previous = '';

  constructor(values: ValueWriter) {
    this.values = values;
    this.out = values.out;
  }

  write(change: Change): void {
    const { key } = change;
    const { out } = this;
    if (typeof key === 'number') {
      out.byte(KIND[change.kind]);
      writeIntegerKey(out, key);
    } else {
      const common = commonStart(this.previous, key);
      out.byte(KIND[change.kind] | STRING_KEY | (common > 0 ? COMMON_START : 0));
      if (common > 0) out.varint(common);
      out.text(common > 0 ? key.slice(common) : key);
      this.previous = key;
    }
    if (change.kind === 'patch') writePatch(this.values, change.op);
    else if (change.kind === 'put') this.values.value(change.value);
  }
}

export class ChangeReader {
  private readonly values: ValueReader;
  private previous = '';

  constructor(values: ValueReader) {
    this.values = values;
  }

  read(): Change {
    const head = this.values.in.byte();
    if (head >= 16) throw malformed(`there is no change of type ${head}`);
    const key = this.key(head);
    switch (head & 3) {
      case KIND.patch: {
        const op = readPatch(this.values);
        if (op === undefined) throw malformed('a change that changes nothing');
        return { kind: 'patch', key, op };
      }
      case KIND.put:
        return { kind: 'put', key, value: this.values.value(0) };
      case KIND.delete:
        return { kind: 'delete', key };
      default:
        throw malformed(`there is no change of type ${head & 3}`);
    }
  }

  private key(head: number): Key {
    const { in: input, limits } = this.values;
    if ((head & STRING_KEY) === 0) {
      if ((head & COMMON_START) !== 0) throw malformed('a common start of an integer key');
      return readIntegerKey(input);
    }
    const common = (head & COMMON_START) === 0 ? 0 : input.varint();
    if (common > this.previous.length) throw malformed('a common start longer than the last key');
    const tooLong = (length: number): Error =>
      limitExceeded('keyBytesMax', limits.keyBytesMax, `a key of ${length} bytes`);
    const rest = input.text(limits.keyBytesMax, tooLong);
    const key = this.previous.slice(0, common) + rest;
    if (common > 0 && utf8Length(key) > limits.keyBytesMax) throw tooLong(utf8Length(key));
    if (common !== commonStart(this.previous, key) || (common === 0) !== head < COMMON_START) {
      throw malformed('a key whose common start is not the longest');
    }
    this.previous = key;
    return key;
  }
}
