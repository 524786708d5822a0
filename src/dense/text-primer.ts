import { utf8Length } from '../core/bytes.ts';
import type { Value, ValueArray, ValueObject } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { TextModel } from './text-model.ts';
import type { Spot } from './value-model.ts';
import { elementSpot, memberSpot, ROOT } from './value-model.ts';

/** UTF-16 units of each text that are learned from at most. */
const TEXT_MAX = 64;
/** Parts of a base that are looked at for each byte of texts wanted. */
const PARTS_PER_BYTE = 8;

/**
 * Lets a coder that knows nothing read some texts of the base before it codes new ones: what is new
 * is mostly in the same language, and made alike. Cost: about a microsecond a byte.
 */
export class TextPrimer {
  private readonly texts: TextModel;
  private bytesLeft = 0;
  private partsLeft = 0;

  constructor(texts: TextModel) {
    this.texts = texts;
  }

  /** The first texts, of so many bytes together. */
  learn(base: Value, bytes: number): void {
    this.bytesLeft = bytes;
    this.partsLeft = bytes * PARTS_PER_BYTE;
    this.walk(base, ROOT);
  }

  private get isDone(): boolean {
    return this.bytesLeft <= 0 || this.partsLeft <= 0;
  }

  private walk(value: Value, spot: Spot): void {
    this.partsLeft--;
    if (typeof value === 'string') {
      const text = value.slice(0, Math.min(TEXT_MAX, this.bytesLeft));
      this.bytesLeft -= utf8Length(text) + 1;
      this.texts.code(text, spot.kin, spot.name, '');
    } else if (isContainer(value)) {
      if (isArray(value)) this.elements(value, spot);
      else this.members(value, spot);
    }
  }

  private elements(list: ValueArray, spot: Spot): void {
    for (let i = 0; i < list.length && !this.isDone; i++) {
      this.walk(list[i] as Value, elementSpot(spot, i, list.length));
    }
  }

  private members(object: ValueObject, spot: Spot): void {
    const names = Object.keys(object);
    for (let i = 0; i < names.length && !this.isDone; i++) {
      const name = names[i] as string;
      this.walk(object[name] as Value, memberSpot(spot, name, names.length));
    }
  }
}
