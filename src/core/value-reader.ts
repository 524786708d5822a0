import type { ByteReader } from './bytes.ts';
import { decimalScale, mantissaAt, powerOfTen, SCALE_MAX } from './decimal.ts';
import { inEngineOrder } from './engine-order.ts';
import { malformed } from './errors.ts';
import type { Limits } from './limits.ts';
import { limitExceeded } from './limits.ts';
import { expectShape } from './name-hashes.ts';
import { QuoteBudget } from './quote-budget.ts';
import type { Value, ValueArray, ValueObject } from './value.ts';
import { setMember } from './value.ts';
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
  TAG_STRING,
  TAG_TRUE,
} from './value-layout.ts';

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
  /** Units that quotes in this message may still make; held by each patch that quotes. */
  private quoted: QuoteBudget | undefined;
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
    if (tag < 0x80) return this.shortString(tag - TAG_SHORT_STRING);
    if (tag >= TAG_SHAPE) {
      const id = tag === TAG_FAR_SHAPE ? this.in.varint() + NEAR_SHAPES : tag - TAG_SHAPE;
      const names = this.shapes[id];
      if (names === undefined) throw malformed(`shape ${id} is not defined`);
      return this.members(names, depth);
    }
    if (tag >= TAG_SHORT_ARRAY) return this.array(tag - TAG_SHORT_ARRAY, depth);
    if (tag >= TAG_DECIMAL) return this.decimal(tag);
    return this.other(tag, depth);
  }

  private shortString(length: number): string {
    if (length > this.limits.stringBytesMax) throw this.tooLong(length);
    return this.in.utf8(length);
  }

  private other(tag: number, depth: number): Value {
    switch (tag) {
      case TAG_NULL:
        return null;
      case TAG_FALSE:
        return false;
      case TAG_TRUE:
        return true;
      case TAG_INTEGER:
        return this.safe(this.in.varint() + SMALL);
      case TAG_NEGATIVE_INTEGER:
        return this.safe(-1 - this.in.varint());
      case TAG_FLOAT:
        return this.float();
      case TAG_STRING: {
        const length = this.in.varint() + SMALL;
        if (length > this.limits.stringBytesMax) throw this.tooLong(length);
        return this.in.utf8(length);
      }
      case TAG_ARRAY:
        return this.array(this.in.varint() + SHORT_ARRAY, depth);
      case TAG_NEW_SHAPE:
        return this.members(this.newShape(), depth);
      case TAG_EMPTY_OBJECT:
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
    const negative = tag >= TAG_NEGATIVE_DECIMAL;
    const scale = tag - (negative ? TAG_NEGATIVE_DECIMAL : TAG_DECIMAL);
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
    this.count(parts);
  }

  /** The same for parts that have no bytes of their own here. */
  count(parts: number): void {
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
    expectShape(names);
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

  get quoteBudget(): QuoteBudget {
    return (this.quoted ??= new QuoteBudget());
  }

  text(): string {
    return this.in.text(this.limits.stringBytesMax, this.tooLong);
  }
}
