import { utf8Length } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { readIntegerKey } from '../core/key.ts';
import { limitExceeded } from '../core/limits.ts';
import { readPatch } from '../core/patch-reader.ts';
import type { ValueReader } from '../core/value-reader.ts';
import type { Change } from './change.ts';
import { CHANGE_KIND, COMMON_START, commonStart, STRING_KEY } from './change.ts';

/** Reads what ChangeWriter wrote. */
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
      case CHANGE_KIND.patch: {
        const op = readPatch(this.values);
        if (op === undefined) throw malformed('a change that changes nothing');
        return { kind: 'patch', key, op };
      }
      case CHANGE_KIND.put:
        return { kind: 'put', key, value: this.values.value(0) };
      case CHANGE_KIND.delete:
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
