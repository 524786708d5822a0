import { utf8Length } from './bytes.ts';
import { inEngineOrder } from './engine-order.ts';
import { DiffStreamError } from './errors.ts';
import { isLent } from './lent.ts';
import type { Limits } from './limits.ts';
import { expectShape } from './name-hashes.ts';
import { pathText } from './path.ts';

/** What `JSON.stringify` can show. Members are in their order; lone surrogates do not exist. */
export type Value = null | boolean | number | string | ValueArray | ValueObject;
export type ValueArray = readonly Value[];
export interface ValueObject {
  readonly [name: string]: Value;
}
/** The two kinds of value that have parts. */
export type Container = ValueArray | ValueObject;

export function isArray(value: unknown): value is ValueArray {
  return Array.isArray(value);
}

/**
 * The elements of an array, to be looked at one by one. V8 reads and slices frozen arrays many
 * times slower than others, but spreads them at once: a copy pays for itself from a few elements.
 */
export function elementsOf(array: ValueArray): ValueArray {
  return array.length < SPREAD_MIN ? array : [...array];
}

const SPREAD_MIN = 8;

export function isContainer(value: Value | undefined): value is Container {
  return typeof value === 'object' && value !== null;
}

/**
 * Sets an own data member, also one named `__proto__`, which plain assignment to a
 * fresh object would take for its prototype.
 */
export function setMember(object: Record<string, Value>, name: string, value: Value): void {
  if (name === '__proto__') {
    Object.defineProperty(object, name, {
      value,
      writable: true,
      enumerable: true,
      configurable: true,
    });
  } else {
    object[name] = value;
  }
}

/** An object of names, each of which is there once, and values, not frozen yet. */
export function objectOf(
  names: readonly string[],
  values: readonly Value[],
): Record<string, Value> {
  expectShape(names);
  const object: Record<string, Value> = {};
  for (let i = 0; i < names.length; i++) setMember(object, names[i] as string, values[i] as Value);
  return object;
}

/** An own member's value; undefined for what is absent or only inherited. */
export function getMember(object: ValueObject, name: string): Value | undefined {
  return Object.hasOwn(object, name) ? object[name] : undefined;
}

/** Whether an object is a record of members and not an instance of something. */
export function isPlainObject(object: object): boolean {
  return isPlainPrototype(Object.getPrototypeOf(object) as object | null);
}

/** The second test lets in plain objects of another realm, whose `Object.prototype` is not ours. */
function isPlainPrototype(prototype: object | null): boolean {
  if (prototype === Object.prototype || prototype === null) return true;
  return Object.getPrototypeOf(prototype) === null && Object.hasOwn(prototype, 'hasOwnProperty');
}

/** Whether a loop over names of what has this prototype meets some that are not its own. */
function hasMembersToInherit(prototype: object | null): boolean {
  if (prototype === null) return false;
  for (const _name in prototype) return true;
  return false;
}

/**
 * Whether a plain object or array is nothing but what a look at its parts shows: no accessors,
 * which may say something else next time, and nothing that does not show, such as a `toJSON`. A
 * draft, whosoever it is, says nothing any more when its recipe is done.
 */
function isPlainData(container: object): boolean {
  if (isLent(container)) return false;
  if (Array.isArray(container)) return isPlainArray(container);
  const names = Reflect.ownKeys(container);
  if (names.length !== Object.keys(container).length) return false;
  // A proxy may show them in an order that no copy of it has.
  if (!inEngineOrder(names as string[])) return false;
  return !names.some((name) => hasGetter(container, name));
}

/**
 * Names of a long array are many: what would be read from it in place of its elements is one. Of
 * another prototype, or with an iterator of its own, even spreading it runs what its maker wrote.
 */
function isPlainArray(array: readonly unknown[]): boolean {
  if (Object.getPrototypeOf(array) !== Array.prototype || 'toJSON' in array) return false;
  if (Object.getOwnPropertySymbols(array).length > 0) return false;
  for (let i = 0; i < array.length; i++) if (hasGetter(array, i)) return false;
  return true;
}

/**
 * Asked for each part of what is kept: a look-up takes a quarter of the time of a descriptor
 * (ECMA-262, B.2.2.4). What has a setter alone reads as undefined, which is no value.
 */
const lookupGetter = (
  Object.prototype as unknown as { __lookupGetter__: (name: PropertyKey) => unknown }
).__lookupGetter__;

function hasGetter(container: object, name: PropertyKey): boolean {
  return lookupGetter.call(container, name) !== undefined;
}

/** Where the walk over a caller's value stands, so that an error can name the place. */
class Trail {
  /** Those from `length` on are of an earlier walk: an emptied list would grow anew each time. */
  private readonly steps: (string | number)[] = [];
  private length = 0;

  enter(step: string | number): void {
    this.steps[this.length++] = step;
  }

  leave(): void {
    this.length--;
  }

  reset(): void {
    this.length = 0;
  }

  /** A `bad-value` error for what stands at this place. */
  refuse(what: string, cause?: unknown): DiffStreamError {
    const where = pathText(this.steps.slice(0, Math.min(this.length, 24)));
    const more = this.length > 24 ? '…' : '';
    return new DiffStreamError('bad-value', `${what} at ${where}${more} cannot be kept`, { cause });
  }
}

/** What the walk does with the caller's containers. */
export type Ownership =
  /** Builds own trees; the caller may go on changing its value. */
  | 'copy'
  /** Takes the caller's containers as they are; the caller promises not to change them. */
  | 'adopt'
  /** The value is an own tree already. */
  | 'trusted';

/**
 * Takes values in from outside: checks everything and builds the own tree, frozen.
 * Each member is read exactly once, so a value that changes under the walk cannot
 * put something unchecked into the tree.
 */
export class Intake {
  readonly trail = new Trail();
  readonly ownership: Ownership;
  private readonly freeze: boolean;
  private readonly limits: Limits;
  /** The deeper half of the containers on the way here, to tell a cycle from mere depth. */
  private readonly ancestors: object[] = [];
  private nodesLeft = 0;
  /** Whether every plain object shows members of its prototype. */
  private isPolluted = false;

  constructor(ownership: Ownership, freeze: boolean, limits: Limits) {
    this.ownership = ownership;
    this.freeze = freeze;
    this.limits = limits;
  }

  /** To be called before each walk from the root, with `end` behind it. */
  begin(): void {
    this.trail.reset();
    this.nodesLeft = this.limits.nodesMax;
    this.isPolluted = hasMembersToInherit(Object.prototype);
  }

  end(): void {
    if (this.ancestors.length > 0) this.ancestors.length = 0;
  }

  /** A scalar or container from outside as an own value. */
  take(value: unknown, depth: number): Value {
    switch (typeof value) {
      case 'string':
        return this.takeString(value);
      case 'number':
        return this.takeNumber(value);
      case 'boolean':
        return value;
      case 'object':
        if (value === null) return null;
        if (this.ownership === 'trusted') return value as Value;
        return Array.isArray(value) ? this.takeArray(value, depth) : this.takeObject(value, depth);
      default:
        throw this.trail.refuse(article(typeof value));
    }
  }

  takeString(text: string): string {
    if (this.ownership === 'trusted') return text;
    const max = this.limits.stringBytesMax;
    // Length first: a look into a text put together of pieces makes the engine copy the whole.
    if (isLonger(text, max)) {
      throw this.trail.refuse(
        `a string of ${text.length} characters, above the limit stringBytesMax = ${max} bytes,`,
      );
    }
    if (!text.isWellFormed()) throw this.trail.refuse('a string with a lone surrogate');
    return text;
  }

  takeNumber(number: number): number {
    if (!Number.isFinite(number)) throw this.trail.refuse(String(number));
    return number === 0 ? 0 : number;
  }

  /** A member's value. */
  takeMember(object: object, name: string, value: unknown, depth: number): Value {
    this.trail.enter(name);
    if (this.ownership !== 'trusted') this.checkMember(object, name);
    const taken = this.take(value, depth);
    this.trail.leave();
    return taken;
  }

  private checkMember(object: object, name: string): void {
    const max = this.limits.stringBytesMax;
    if (isLonger(name, max)) {
      throw this.trail.refuse(`a member name above the limit stringBytesMax = ${max} bytes,`);
    }
    if (!name.isWellFormed()) throw this.trail.refuse('a member name with a lone surrogate');
    this.checkData(object, name);
  }

  /** An accessor is refused, since it may say something else next time. */
  checkData(object: object, name: string): void {
    if (hasGetter(object, name)) throw this.trail.refuse('an accessor');
  }

  /** Reads a member once; a getter or proxy that throws becomes a `bad-value`. */
  read(object: object, name: string): unknown {
    try {
      return (object as Record<string, unknown>)[name];
    } catch (cause) {
      throw this.unreadable(name, cause);
    }
  }

  /** What is thrown where reading a member throws. */
  unreadable(name: string, cause: unknown): DiffStreamError {
    this.trail.enter(name);
    return this.trail.refuse('a member that cannot be read', cause);
  }

  /** To be called on the way into each container. */
  enter(container: object, depth: number, width: number): void {
    this.charge(width);
    if (depth >= this.limits.depthMax) {
      const cycle = this.ancestors.includes(container);
      throw this.trail.refuse(
        cycle
          ? 'a value that contains itself'
          : `a value nested deeper than depthMax = ${this.limits.depthMax}`,
      );
    }
    const half = this.limits.depthMax >> 1;
    if (depth >= half) this.ancestors[depth - half] = container;
  }

  /** Counts parts that were met on a way whose length was not known before. */
  charge(width: number): void {
    this.nodesLeft -= width;
    if (this.nodesLeft < 0) {
      throw this.trail.refuse(
        `a value of more than nodesMax = ${this.limits.nodesMax} parts, found`,
      );
    }
  }

  /**
   * Refuses what is neither an array nor a plain object. Whether a loop over its names meets some
   * that are not its own.
   */
  checkPlain(object: object): boolean {
    const prototype = Object.getPrototypeOf(object) as object | null;
    if (prototype === Object.prototype) return this.isPolluted;
    if (isPlainPrototype(prototype) || this.ownership === 'trusted') {
      return hasMembersToInherit(prototype);
    }
    const { constructor } = object as { constructor?: { name?: unknown } };
    const name = typeof constructor?.name === 'string' ? constructor.name : 'a class';
    throw this.trail.refuse(`an instance of ${name}`);
  }

  checkElementsOnly(array: readonly unknown[]): void {
    if (this.ownership === 'trusted' || Object.keys(array).length === array.length) return;
    throw this.trail.refuse('an array with holes or members beside its elements');
  }

  /** Whether a caller's container, in which every part was found right, can stay in the tree. */
  keeps(container: object): boolean {
    return this.ownership === 'trusted' || (this.ownership === 'adopt' && isPlainData(container));
  }

  /** Makes a container of the own tree what it has to be. */
  own<C extends object>(container: C): C {
    return this.freeze ? Object.freeze(container) : container;
  }

  private takeArray(array: readonly unknown[], depth: number): ValueArray {
    this.enter(array, depth, array.length >>> 0);
    this.checkElementsOnly(array);
    const next: Value[] = [];
    let asIs = this.ownership === 'adopt';
    for (let i = 0; i < array.length; i++) {
      const element: unknown = array[i];
      this.trail.enter(i);
      const taken = this.take(element, depth + 1);
      this.trail.leave();
      // Not ===, to which -0 is 0.
      asIs &&= Object.is(taken, element);
      next.push(taken);
    }
    return this.own(asIs && this.keeps(array) ? (array as ValueArray) : next);
  }

  private takeObject(object: object, depth: number): ValueObject {
    this.checkPlain(object);
    const names = Object.keys(object);
    this.enter(object, depth, names.length);
    expectShape(names);
    const next: Record<string, Value> = {};
    let asIs = this.ownership === 'adopt';
    for (const name of names) {
      const value = this.read(object, name);
      // An adopted object with `undefined` members would show names that are absent.
      asIs &&= value !== undefined;
      if (value === undefined) continue;
      const taken = this.takeMember(object, name, value, depth + 1);
      asIs &&= Object.is(taken, value);
      setMember(next, name, taken);
    }
    return this.own(asIs && this.keeps(object) ? (object as ValueObject) : next);
  }
}

/** Whether a text takes more bytes than that; at most three a unit, so that few are measured. */
function isLonger(text: string, bytesMax: number): boolean {
  return text.length > bytesMax || (text.length * 3 > bytesMax && utf8Length(text) > bytesMax);
}

function article(type: string): string {
  return type === 'undefined' ? type : `a ${type}`;
}

/**
 * Whether a value from outside equals an own one, member order included; a member that is
 * undefined is absent. False for anything that is not JSON, so that the caller's walk meets
 * it again and refuses it.
 * Cost: the equal part.
 */
export function sameValue(own: Value, other: unknown): boolean {
  if (own === other) return true;
  if (typeof own !== 'object' || typeof other !== 'object' || own === null || other === null) {
    return false;
  }
  if (isArray(own)) {
    if (!Array.isArray(other) || own.length !== other.length) return false;
    const elements = elementsOf(own);
    for (let i = 0; i < elements.length; i++) {
      if (!sameValue(elements[i] as Value, other[i])) return false;
    }
    return true;
  }
  if (Array.isArray(other)) return false;
  const prototype = Object.getPrototypeOf(other) as object | null;
  // Where `for in` would show more than is there, the caller's walk has to look by names.
  if (!isPlainPrototype(prototype) || hasMembersToInherit(prototype)) return false;
  const names = Object.keys(own);
  let at = 0;
  for (const name in other) {
    const part = (other as Record<string, unknown>)[name];
    if (part === undefined) continue;
    if (name !== names[at] || !sameValue(own[name] as Value, part)) return false;
    at++;
  }
  return at === names.length;
}
