import type { ByteWriter } from '../core/bytes.ts';
import { writeIntegerKey } from '../core/key.ts';
import { writePatch } from '../core/patch-writer.ts';
import type { ValueWriter } from '../core/value-writer.ts';
import type { Change } from './change.ts';
import { CHANGE_KIND, COMMON_START, commonStart, STRING_KEY } from './change.ts';

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
      out.byte(CHANGE_KIND[change.kind]);
      writeIntegerKey(out, key);
    } else {
      const common = commonStart(this.previous, key);
      out.byte(CHANGE_KIND[change.kind] | STRING_KEY | (common > 0 ? COMMON_START : 0));
      if (common > 0) out.varint(common);
      out.text(common > 0 ? key.slice(common) : key);
      this.previous = key;
    }
    if (change.kind === 'patch') writePatch(this.values, change.op);
    else if (change.kind === 'put') this.values.value(change.value);
  }
}
