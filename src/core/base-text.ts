import { weightOf } from './digest.ts';
import type { Parts } from './part-lengths.ts';
import { isHeavy, partAt, partsOf, unitsOf } from './part-lengths.ts';
import type { Container, Value } from './value.ts';
import { isArray } from './value.ts';

/** Values of this weight, about 30 KB of text, are made to text only where that is looked at. */
const WEIGHT_IN_PIECES = 2048;
/** Units of a piece, for a look that goes on. */
const PIECE_UNITS = 1024;

/**
 * The JSON text of a value, of which a large one is made piece by piece, where somebody looks.
 * Cost: the text of a small value; of a large one what is looked at, once lengths are known. Who
 * looks here and there so often that this costs as much as all of the text gets all of it.
 */
export class BaseText {
  readonly length: number;
  /** A large value; undefined: the piece is all of the text. */
  readonly large: Container | undefined;
  /** The piece at hand, and where it begins and ends. */
  private piece = '';
  private from = 0;
  private to = 0;
  /** What pieces have cost so far, in units of text and in parts that were stepped over. */
  private spent = 0;

  private constructor(text: string, large: Container | undefined) {
    this.large = large;
    if (large === undefined) this.take(0, text);
    this.length = large === undefined ? text.length : unitsOf(large);
  }

  /** In pieces from some weight on. */
  static of(value: Value, weightInPieces = WEIGHT_IN_PIECES): BaseText {
    return isHeavy(value) && weightOf(value) >= weightInPieces
      ? new BaseText('', value)
      : new BaseText(JSON.stringify(value), undefined);
  }

  static ofText(text: string): BaseText {
    return new BaseText(text, undefined);
  }

  /** The unit at a place, from 0 to below `length`. */
  unit(place: number): number {
    if (place < this.from || place >= this.to) this.look(place);
    return this.piece.charCodeAt(place - this.from);
  }

  slice(from: number, to: number): string {
    let text = '';
    for (let at = from; at < to; at = this.to) {
      if (at < this.from || at >= this.to) this.look(at);
      text += this.piece.slice(at - this.from, to - this.from);
    }
    return text;
  }

  private take(from: number, piece: string): void {
    this.piece = piece;
    this.from = from;
    this.to = from + piece.length;
  }

  /** Makes the piece that holds a place. */
  private look(place: number): void {
    let container = this.large as Container;
    if (this.spent > this.length) return this.take(0, JSON.stringify(container));
    let start = 0;
    for (;;) {
      this.spent++;
      const inside = this.lookIn(container, start, place);
      if (inside === undefined) return;
      ({ container, start } = inside);
    }
  }

  /** Takes a piece, or tells which heavy part has the place in it, and where that part begins. */
  private lookIn(
    container: Container,
    start: number,
    place: number,
  ): { container: Container; start: number } | undefined {
    const list = isArray(container);
    if (place === start) {
      this.take(start, list ? '[' : '{');
      return undefined;
    }
    const parts = partsOf(container);
    const { units } = parts;
    let at = start + 1;
    let index = 0;
    for (; at + (units[index] as number) < place; index++) at += (units[index] as number) + 1;
    if (place === at + (units[index] as number)) {
      this.spent += index;
      this.take(place, index + 1 < units.length ? ',' : list ? ']' : '}');
      return undefined;
    }
    const part = partText(container, parts, index);
    this.spent += index + part.head.length;
    if (!isHeavy(part.value)) {
      this.take(at, this.run(container, parts, index));
      return undefined;
    }
    const begins = at + part.head.length;
    if (place >= begins) return { container: part.value, start: begins };
    this.take(at, part.head);
    return undefined;
  }

  /** The texts of light parts, from one on, up to the end of a piece or a heavy part. */
  private run(container: Container, parts: Parts, first: number): string {
    const count = parts.units.length;
    let text = '';
    for (let index = first; index < count && text.length < PIECE_UNITS; index++) {
      const { head, value } = partText(container, parts, index);
      if (isHeavy(value)) break;
      text += `${head}${JSON.stringify(value)}${index + 1 < count ? ',' : ''}`;
    }
    this.spent += text.length;
    return text;
  }
}

/** A part, and what stands in front of it. Cost: its name. */
function partText(
  container: Container,
  parts: Parts,
  index: number,
): { head: string; value: Value } {
  const name = parts.names?.[index];
  const head = name === undefined ? '' : `${JSON.stringify(name)}:`;
  return { head, value: partAt(container, parts, index) };
}
