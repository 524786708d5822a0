import type { ByteWriter } from './bytes.ts';
import { utf8Length } from './bytes.ts';
import { decimalScale, mantissaAt } from './decimal.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { isArray } from './value.ts';
import {
  NEAR_SHAPES,
  SHORT_ARRAY,
  SMALL,
  TAG_ARRAY,
  TAG_DECIMAL,
  TAG_EMPTY_OBJECT,
  TAG_FALSE,
  TAG_FAR_SHAPE,
  TAG_FLOAT,
  TAG_INTEGER,
  TAG_NEGATIVE_DECIMAL,
  TAG_NEGATIVE_INTEGER,
  TAG_NEW_SHAPE,
  TAG_NULL,
  TAG_SHAPE,
  TAG_SHORT_ARRAY,
  TAG_SHORT_STRING,
  TAG_SMALL_INTEGER,
  TAG_STRING,
  TAG_TRUE,
} from './value-layout.ts';

/** Enough for one patch that quotes as much as it may; about a fifth of a microsecond each. */
const QUOTABLE_UNITS = 655_360;
/**
 * The same for all but one: a catch-up of many small changes is made while others wait, and a tenth
 * of a millisecond for each would add up.
 */
const QUOTING_ENOUGH = 2048;

interface ShapeNode {
  /** The shape's number where the names up to here are one. */
  id: number;
  readonly next: Map<string, ShapeNode>;
}

/** Writes values of one message; remembers its names and shapes. */
export class ValueWriter {
  readonly out: ByteWriter;
  /** Made when the first name comes: many messages have none. */
  private names: Map<string, number> | undefined;
  private root: ShapeNode | undefined;
  private shapeCount = 0;
  private lastShape: readonly string[] = [];
  private lastNode: ShapeNode | undefined;
  /** What `rewind` has to take back. */
  private readonly nameLog: string[] = [];
  private readonly shapeLog: ShapeNode[] = [];
  /** Units that may still be spent on quotes in this message: they cost time; see new-texts.ts. */
  quotable = QUOTABLE_UNITS;
  /** Output beyond this position stops the writing of a trial; see `tryValue`. */
  private stopAt = Number.POSITIVE_INFINITY;

  constructor(out: ByteWriter) {
    this.out = out;
  }

  /** A look for quotes has cost so many units; after a few of them there are no more. */
  spendOnQuotes(units: number): void {
    this.quotable -= units;
    if (this.quotable < QUOTABLE_UNITS - QUOTING_ENOUGH) this.quotable = 0;
  }

  value(value: Value): void {
    switch (typeof value) {
      case 'string':
        return this.string(value);
      case 'number':
        return this.number(value);
      case 'boolean':
        return this.out.byte(value ? TAG_TRUE : TAG_FALSE);
      default:
        if (value === null) this.out.byte(TAG_NULL);
        else if (isArray(value)) this.array(value);
        else this.object(value);
    }
  }

  /**
   * Writes a value as long as it takes fewer than `bytes` bytes; otherwise takes everything
   * back and returns false. Cost: `bytes` at most, whatever the size of the value.
   */
  tryValue(value: Value, bytes: number): boolean {
    const mark = this.mark();
    const outer = this.stopAt;
    this.stopAt = Math.min(outer, mark.length + bytes);
    this.value(value);
    const fits = this.out.length < this.stopAt;
    this.stopAt = outer;
    if (!fits) this.rewind(mark);
    return fits;
  }

  /** Ends a trial at a text that does not fit, before that is encoded: it may have megabytes. */
  private stopsBefore(text: string): boolean {
    const { length } = this.out;
    if (length + text.length < this.stopAt) return false;
    this.stopAt = length;
    return true;
  }

  mark(): Mark {
    return { length: this.out.length, names: this.nameLog.length, shapes: this.shapeLog.length };
  }

  /** Forgets everything written since the mark. */
  rewind(mark: Mark): void {
    this.out.truncate(mark.length);
    while (this.nameLog.length > mark.names) this.names?.delete(this.nameLog.pop() as string);
    while (this.shapeLog.length > mark.shapes) {
      (this.shapeLog.pop() as ShapeNode).id = -1;
      this.shapeCount--;
    }
    this.lastNode = undefined;
  }

  string(text: string): void {
    const { out } = this;
    if (this.stopsBefore(text)) return;
    if (text.length < SMALL) {
      // The tag holds the length, which is known only after the encoding.
      const at = out.length;
      out.byte(TAG_SHORT_STRING);
      const written = out.utf8(text);
      if (written < SMALL) {
        out.overwrite(at, TAG_SHORT_STRING + written);
        return;
      }
      out.truncate(at);
    }
    out.byte(TAG_STRING);
    out.text(text, SMALL);
  }

  private number(number: number): void {
    const { out } = this;
    if (Number.isSafeInteger(number)) {
      if (number >= SMALL) {
        out.byte(TAG_INTEGER);
        out.varint(number - SMALL);
      } else if (number >= 0) {
        out.byte(TAG_SMALL_INTEGER + number);
      } else {
        out.byte(TAG_NEGATIVE_INTEGER);
        out.varint(-1 - number);
      }
      return;
    }
    const scale = decimalScale(number);
    if (scale < 0) {
      out.byte(TAG_FLOAT);
      out.f64(number);
    } else {
      out.byte((number < 0 ? TAG_NEGATIVE_DECIMAL : TAG_DECIMAL) + scale);
      out.varint(Math.abs(mantissaAt(number, scale)));
    }
  }

  private array(array: ValueArray): void {
    const { out } = this;
    if (array.length < SHORT_ARRAY) {
      out.byte(TAG_SHORT_ARRAY + array.length);
    } else {
      out.byte(TAG_ARRAY);
      out.varint(array.length - SHORT_ARRAY);
    }
    for (let i = 0; i < array.length && out.length < this.stopAt; i++)
      this.value(array[i] as Value);
  }

  private object(object: ValueObject): void {
    const names = Object.keys(object);
    if (names.length === 0) return this.out.byte(TAG_EMPTY_OBJECT);
    this.shape(names);
    for (let i = 0; i < names.length && this.out.length < this.stopAt; i++) {
      this.value(object[names[i] as string] as Value);
    }
  }

  private shape(names: readonly string[]): void {
    const node = this.shapeNode(names);
    const { out } = this;
    if (node.id >= 0) {
      if (node.id < NEAR_SHAPES) {
        out.byte(TAG_SHAPE + node.id);
      } else {
        out.byte(TAG_FAR_SHAPE);
        out.varint(node.id - NEAR_SHAPES);
      }
      return;
    }
    node.id = this.shapeCount++;
    this.shapeLog.push(node);
    out.byte(TAG_NEW_SHAPE);
    out.varint(names.length);
    for (let i = 0; i < names.length && out.length < this.stopAt; i++)
      this.name(names[i] as string);
  }

  private shapeNode(names: readonly string[]): ShapeNode {
    if (this.lastNode !== undefined && this.sameAsLast(names)) return this.lastNode;
    let node = (this.root ??= { id: -1, next: new Map() });
    for (const name of names) {
      let next: ShapeNode | undefined = node.next.get(name);
      if (next === undefined) node.next.set(name, (next = { id: -1, next: new Map() }));
      node = next;
    }
    this.lastShape = names;
    this.lastNode = node;
    return node;
  }

  private sameAsLast(names: readonly string[]): boolean {
    const last = this.lastShape;
    if (last.length !== names.length) return false;
    for (let i = 0; i < names.length; i++) if (last[i] !== names[i]) return false;
    return true;
  }

  /** A member name: the first time in a message 2 * length and its text, then 2 * number + 1. */
  name(name: string): void {
    const names = (this.names ??= new Map());
    const known = names.get(name);
    if (known !== undefined) return this.out.varint(known * 2 + 1);
    if (this.stopsBefore(name)) return;
    names.set(name, names.size);
    this.nameLog.push(name);
    this.out.varint(utf8Length(name) * 2);
    this.out.utf8(name);
  }
}

export interface Mark {
  readonly length: number;
  readonly names: number;
  readonly shapes: number;
}
