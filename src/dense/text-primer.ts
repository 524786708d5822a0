import type { Value, ValueArray, ValueObject } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { TextModel } from './text-model.ts';
import type { Spot } from './value-model.ts';
import { elementSpot, memberSpot, ROOT } from './value-model.ts';

/** UTF-16 units of each text that are learned from at most. */
const TEXT_MAX = 64;

/**
 * Lets a coder that knows nothing read some texts of the base before it codes new ones: what is new
 * is mostly in the same language, and made alike. Cost: about a microsecond a unit.
 */
export class TextPrimer {
  private readonly texts: TextModel;
  private unitsLeft = 0;

  constructor(texts: TextModel) {
    this.texts = texts;
  }

  /** The first texts, of so many units together. */
  learn(base: Value, units: number): void {
    this.unitsLeft = units;
    this.walk(base, ROOT);
  }

  private walk(value: Value, spot: Spot): void {
    if (typeof value === 'string') {
      const text = value.slice(0, Math.min(TEXT_MAX, this.unitsLeft));
      this.unitsLeft -= text.length + 1;
      this.texts.code(text, spot.kin, spot.name, '');
    } else if (isContainer(value)) {
      if (isArray(value)) this.elements(value, spot);
      else this.members(value, spot);
    }
  }

  private elements(list: ValueArray, spot: Spot): void {
    for (let i = 0; i < list.length && this.unitsLeft > 0; i++) {
      this.walk(list[i] as Value, elementSpot(spot, i, list.length));
    }
  }

  private members(object: ValueObject, spot: Spot): void {
    const names = Object.keys(object);
    for (let i = 0; i < names.length && this.unitsLeft > 0; i++) {
      const name = names[i] as string;
      this.walk(object[name] as Value, memberSpot(spot, name, names.length));
    }
  }
}
