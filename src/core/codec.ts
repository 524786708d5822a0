import type { ByteReader, ByteWriter } from './bytes.ts';
import { utf8Length } from './bytes.ts';
import { decimalScale, mantissaAt, powerOfTen, SCALE_MAX } from './decimal.ts';
import { malformed } from './errors.ts';
import type { Limits } from './limits.ts';
import { limitExceeded } from './limits.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { isArray, setMember } from './value.ts';

/**
 * The bytes of a value. One byte tells the type and, where it fits, the whole value or its
 * length; every value has exactly one encoding, and a decoder refuses all others.
 *
 *   00..3f  whole number 0..63           88       members of a new shape
 *   40..7f  string of 0..63 bytes        89       {}
 *   80      null                         91..9f   decimal, 1..15 places, mantissa
 *   81 82   false, true                  a1..af   the same, negative
 *   83 n    whole number 64 + n          b0..bf   array of 0..15 elements
 *   84 n    whole number -1 - n          c0..fe   members of shape 0..62
 *   85      float64, little-endian       ff n     members of shape 63 + n
 *   86 n    string of 64 + n bytes
 *   87 n    array of 16 + n elements
 *
 * A shape is a list of member names; it is written once in a message and then referred to
 * by number, and so is each name.
 */
export const TAG = {
  smallInteger: 0x00,
  shortString: 0x40,
  null: 0x80,
  false: 0x81,
  true: 0x82,
  integer: 0x83,
  negativeInteger: 0x84,
  float: 0x85,
  string: 0x86,
  array: 0x87,
  newShape: 0x88,
  emptyObject: 0x89,
  decimal: 0x90,
  negativeDecimal: 0xa0,
  shortArray: 0xb0,
  shape: 0xc0,
  farShape: 0xff,
} as const;

const SMALL = 64;
const SHORT_ARRAY = 16;
const NEAR_SHAPES = 63;

/** About a microsecond each, so that a message of many changes is not held up by its quotes. */
const QUOTABLE_UNITS = 131_072;
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
        return this.out.byte(value ? TAG.true : TAG.false);
      default:
        if (value === null) this.out.byte(TAG.null);
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
    if (text.length < SMALL) {
      // The tag holds the length, which is known only after the encoding.
      const at = out.length;
      out.byte(TAG.shortString);
      const written = out.utf8(text);
      if (written < SMALL) {
        out.overwrite(at, TAG.shortString + written);
        return;
      }
      out.truncate(at);
    }
    out.byte(TAG.string);
    out.text(text, SMALL);
  }

  private number(number: number): void {
    const { out } = this;
    if (Number.isSafeInteger(number)) {
      if (number >= SMALL) {
        out.byte(TAG.integer);
        out.varint(number - SMALL);
      } else if (number >= 0) {
        out.byte(TAG.smallInteger + number);
      } else {
        out.byte(TAG.negativeInteger);
        out.varint(-1 - number);
      }
      return;
    }
    const scale = decimalScale(number);
    if (scale < 0) {
      out.byte(TAG.float);
      out.f64(number);
    } else {
      out.byte((number < 0 ? TAG.negativeDecimal : TAG.decimal) + scale);
      out.varint(Math.abs(mantissaAt(number, scale)));
    }
  }

  private array(array: ValueArray): void {
    const { out } = this;
    if (array.length < SHORT_ARRAY) {
      out.byte(TAG.shortArray + array.length);
    } else {
      out.byte(TAG.array);
      out.varint(array.length - SHORT_ARRAY);
    }
    for (let i = 0; i < array.length && out.length < this.stopAt; i++)
      this.value(array[i] as Value);
  }

  private object(object: ValueObject): void {
    const names = Object.keys(object);
    if (names.length === 0) return this.out.byte(TAG.emptyObject);
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
        out.byte(TAG.shape + node.id);
      } else {
        out.byte(TAG.farShape);
        out.varint(node.id - NEAR_SHAPES);
      }
      return;
    }
    node.id = this.shapeCount++;
    this.shapeLog.push(node);
    out.byte(TAG.newShape);
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

/** Reads what ValueWriter wrote; every length is held against a limit before it is believed. */
export class ValueReader {
  readonly in: ByteReader;
  readonly limits: Limits;
  private readonly names: string[] = [];
  /** Made when the first name, or shape, comes. */
  private numbers: Map<string, number> | undefined;
  private readonly shapes: (readonly string[])[] = [];
  private shapeKeys: Set<string> | undefined;
  private nodesLeft: number;
  private readonly tooLong = (length: number): Error =>
    limitExceeded('stringBytesMax', this.limits.stringBytesMax, `a string of ${length} bytes`);

  constructor(input: ByteReader, limits: Limits) {
    this.in = input;
    this.limits = limits;
    this.nodesLeft = limits.nodesMax;
  }

  value(depth: number): Value {
    const tag = this.in.byte();
    if (tag < 0x40) return tag;
    if (tag < 0x80) return this.shortString(tag - TAG.shortString);
    if (tag >= TAG.shape) {
      const id = tag === TAG.farShape ? this.in.varint() + NEAR_SHAPES : tag - TAG.shape;
      const names = this.shapes[id];
      if (names === undefined) throw malformed(`shape ${id} is not defined`);
      return this.members(names, depth);
    }
    if (tag >= TAG.shortArray) return this.array(tag - TAG.shortArray, depth);
    if (tag >= TAG.decimal) return this.decimal(tag);
    return this.other(tag, depth);
  }

  private shortString(length: number): string {
    if (length > this.limits.stringBytesMax) throw this.tooLong(length);
    return this.in.utf8(length);
  }

  private other(tag: number, depth: number): Value {
    switch (tag) {
      case TAG.null:
        return null;
      case TAG.false:
        return false;
      case TAG.true:
        return true;
      case TAG.integer:
        return this.safe(this.in.varint() + SMALL);
      case TAG.negativeInteger:
        return this.safe(-1 - this.in.varint());
      case TAG.float:
        return this.float();
      case TAG.string: {
        const length = this.in.varint() + SMALL;
        if (length > this.limits.stringBytesMax) throw this.tooLong(length);
        return this.in.utf8(length);
      }
      case TAG.array:
        return this.array(this.in.varint() + SHORT_ARRAY, depth);
      case TAG.newShape:
        return this.members(this.newShape(), depth);
      case TAG.emptyObject:
        this.checkDepth(depth);
        return this.freeze({});
      default:
        throw malformed(`there is no value of type ${tag.toString(16)}`);
    }
  }

  private safe(integer: number): number {
    if (!Number.isSafeInteger(integer)) throw malformed('a whole number beyond 2^53 - 1');
    return integer;
  }

  private float(): number {
    const number = this.in.f64();
    if (!Number.isFinite(number)) throw malformed('a number that is not finite');
    if (Object.is(number, -0) || decimalScale(number) >= 0) {
      throw malformed('a number in a longer form than it needs');
    }
    return number;
  }

  private decimal(tag: number): number {
    const negative = tag >= TAG.negativeDecimal;
    const scale = tag - (negative ? TAG.negativeDecimal : TAG.decimal);
    if (scale < 1 || scale > SCALE_MAX) throw malformed('a decimal without decimals');
    const mantissa = this.in.varint();
    const number = mantissa / powerOfTen(scale);
    if (decimalScale(number) !== scale || mantissaAt(number, scale) !== mantissa) {
      throw malformed('a decimal in a longer form than it needs');
    }
    return negative ? -number : number;
  }

  /** Each part has at least one byte, so that a count beyond the rest is a lie. */
  private believe(parts: number): void {
    if (parts > this.in.remaining) throw malformed(`${parts} parts announced, too few bytes left`);
  }

  /** Counts parts against the budget before anything is made for them. */
  spend(parts: number): void {
    this.believe(parts);
    this.nodesLeft -= parts;
    if (this.nodesLeft < 0) {
      throw limitExceeded('nodesMax', this.limits.nodesMax, 'the number of parts');
    }
  }

  checkDepth(depth: number): void {
    if (depth >= this.limits.depthMax) {
      throw limitExceeded('depthMax', this.limits.depthMax, 'the nesting');
    }
  }

  private array(length: number, depth: number): ValueArray {
    this.checkDepth(depth);
    this.spend(length);
    const array: Value[] = [];
    for (let i = 0; i < length; i++) array.push(this.value(depth + 1));
    return this.freeze(array);
  }

  private members(names: readonly string[], depth: number): ValueObject {
    this.checkDepth(depth);
    this.spend(names.length);
    const object: Record<string, Value> = {};
    for (const name of names) setMember(object, name, this.value(depth + 1));
    return this.freeze(object);
  }

  private freeze<C extends object>(container: C): C {
    return Object.freeze(container);
  }

  private newShape(): readonly string[] {
    const count = this.in.varint();
    if (count === 0) throw malformed('a shape without names');
    // Not held against the budget: the members are, and a producer counts each part once.
    this.believe(count);
    const names: string[] = [];
    for (let i = 0; i < count; i++) names.push(this.name());
    if (new Set(names).size !== count) throw malformed('a shape with a name twice');
    if (!inEngineOrder(names)) throw malformed('a shape with integer-like names out of order');
    // A shape written again in full would be a second encoding. Numbers, not the names: a
    // long name can be in many shapes, and V8 hashes long strings by their length alone.
    const key = names.map((name) => this.numbers?.get(name)).join();
    const shapeKeys = (this.shapeKeys ??= new Set());
    if (shapeKeys.has(key)) throw malformed('a shape that was defined before');
    shapeKeys.add(key);
    this.shapes.push(names);
    return names;
  }

  name(): string {
    const head = this.in.varint();
    const half = Math.floor(head / 2);
    if (head % 2 === 1) {
      const known = this.names[half];
      if (known === undefined) throw malformed(`name ${half} is not defined`);
      return known;
    }
    if (half > this.limits.stringBytesMax) throw this.tooLong(half);
    const name = this.in.utf8(half);
    const numbers = (this.numbers ??= new Map());
    if (numbers.has(name)) throw malformed('a name written again in full');
    numbers.set(name, this.names.length);
    this.names.push(name);
    return name;
  }

  text(): string {
    return this.in.text(this.limits.stringBytesMax, this.tooLong);
  }
}

/** Whether JavaScript takes a name for an array index, which it then sorts to the front. */
export function isIndexName(name: string): boolean {
  const first = name.charCodeAt(0);
  if (!(first >= 0x30 && first <= 0x39) || name.length > 10) return false;
  const index = Number(name);
  return Number.isInteger(index) && index < 0xffff_ffff && String(index) === name;
}

/** Whether an object given these members in this order shows them in this order. */
export function inEngineOrder(names: Iterable<string>): boolean {
  let last = -1;
  for (const name of names) {
    if (!isIndexName(name)) {
      last = Number.POSITIVE_INFINITY;
    } else {
      const index = Number(name);
      if (index < last) return false;
      last = index;
    }
  }
  return true;
}
