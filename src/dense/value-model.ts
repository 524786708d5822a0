import { inEngineOrder } from '../core/engine-order.ts';
import { malformed } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded } from '../core/limits.ts';
import { areSame } from '../core/name-hashes.ts';
import type { Value, ValueArray, ValueObject } from '../core/value.ts';
import { getMember, isArray, objectOf } from '../core/value.ts';
import type { Context } from './hashing.ts';
import { ofScalar, ofText, within } from './hashing.ts';
import { KIND } from './kinds.ts';
import { NumberModel } from './number-model.ts';
import type { Place, PlaceMemory, Scalar } from './place-memory.ts';
import { ALWAYS } from './place-memory.ts';
import type { Symbols } from './symbols.ts';
import type { TextModel } from './text-model.ts';

/** Members, or elements, up to which each has a place of its own. */
const OWN_PLACES_MAX = 64;
const ROW_MAX = 8;

/**
 * Where a value stands: by the names that lead to it, and as one of many alike. Rows of a table
 * have one place, columns one each; so have the members of a map.
 */
export interface Spot {
  readonly path: Context;
  readonly kin: Context;
  /** The last name on the way: members of one name are alike wherever they stand. */
  readonly name: Context;
}

export const ROOT: Spot = { path: 1, kin: 1, name: 1 };

export function memberSpot({ path, kin }: Spot, name: string, members: number): Spot {
  const hash = ofText(name);
  const isMap = members > OWN_PLACES_MAX;
  return { path: within(path, hash), kin: within(kin, isMap ? 5 : hash), name: hash };
}

export function elementSpot({ path, kin, name }: Spot, index: number, elements: number): Spot {
  const place = elements <= ROW_MAX ? index + 16 : 6;
  return { path: within(path, place), kin: within(kin, place), name: within(name, place) };
}

const TYPE = { null: 0, false: 1, true: 2, number: 3, string: 4, array: 5, object: 6, none: 7 };

function typeOf(value: Value | undefined): number {
  switch (typeof value) {
    case 'undefined':
      return TYPE.none;
    case 'boolean':
      return value ? TYPE.true : TYPE.false;
    case 'number':
      return TYPE.number;
    case 'string':
      return TYPE.string;
    default:
      if (value === null) return TYPE.null;
      return isArray(value) ? TYPE.array : TYPE.object;
  }
}

/** Values without a base, or whose base is another one. */
export class ValueModel {
  private readonly symbols: Symbols;
  private readonly texts: TextModel;
  private readonly memory: PlaceMemory;
  private readonly numbers: NumberModel;
  private readonly limits: Limits;
  private nodesLeft = 0;
  private readonly candidates: Scalar[] = [];

  constructor(symbols: Symbols, texts: TextModel, memory: PlaceMemory, limits: Limits) {
    this.symbols = symbols;
    this.texts = texts;
    this.memory = memory;
    this.numbers = new NumberModel(symbols);
    this.limits = limits;
  }

  /** A frame begins. */
  begin(): void {
    this.nodesLeft = this.limits.nodesMax;
  }

  spend(nodes: number): void {
    this.nodesLeft -= nodes;
    if (this.nodesLeft < 0) throw limitExceeded('nodesMax', this.limits.nodesMax, 'a frame');
  }

  checkDepth(depth: number): void {
    if (depth >= this.limits.depthMax) {
      throw limitExceeded('depthMax', this.limits.depthMax, 'the depth of a value');
    }
  }

  /**
   * `value` undefined: reads one. `near`: what it is likely to resemble; with `changed` it is
   * the value that was here, and differs.
   */
  code(
    value: Value | undefined,
    near: Value | undefined,
    changed: boolean,
    spot: Spot,
    depth: number,
  ): Value {
    const { path, kin } = spot;
    this.spend(1);
    const nearType = typeOf(near) + (changed ? 8 : 0);
    const type = this.symbols.guessed(
      KIND.type,
      3,
      value === undefined ? 0 : typeOf(value),
      typeOf(near),
      within(path, nearType),
      within(kin, nearType),
      within(spot.name, 9),
    );
    switch (type) {
      case TYPE.null:
        return null;
      case TYPE.false:
        return false;
      case TYPE.true:
        return true;
      case TYPE.number:
      case TYPE.string:
        return this.scalar(value as Scalar | undefined, type, near, changed, spot);
      case TYPE.array:
        return this.array(value as ValueArray | undefined, near, spot, depth);
      case TYPE.object:
        return this.object(value as ValueObject | undefined, near, spot, depth);
      default:
        throw malformed('a value of no type');
    }
  }

  private scalar(
    value: Scalar | undefined,
    type: number,
    near: Value | undefined,
    changed: boolean,
    { path, kin, name }: Spot,
  ): Scalar {
    const { memory, symbols, candidates } = this;
    const place = memory.place(kin);
    const named = memory.place(name);
    const wanted = type === TYPE.number ? 'number' : 'string';
    const like = typeof near === wanted ? (near as Scalar) : undefined;
    this.recall(wanted, like, near, changed, kin, place, named);
    const index = value === undefined ? -1 : candidates.indexOf(value);
    let result: Scalar | undefined;
    if (candidates.length > 0) {
      const nearHash = ofScalar(near);
      const known = symbols.flag(
        KIND.known,
        index >= 0,
        within(path, place.hits),
        within(kin, place.hits & 15),
        within(kin, nearHash),
        within(place.hits, type),
      );
      place.hits = ((place.hits << 1) | (known ? 1 : 0)) & 255;
      if (known) result = this.which(index, path, kin, nearHash);
    }
    if (result === undefined) {
      const [recent] = place.recent;
      result =
        wanted === 'number'
          ? this.numbers.code(value as number | undefined, path, kin, like as number, place)
          : this.texts.code(
              value as string | undefined,
              kin,
              name,
              (like ?? recent ?? '').toString(),
            );
    }
    memory.remember(kin, near, result);
    if (name !== kin) memory.recent(name, result);
    return result;
  }

  /** An entry's key, after another. */
  key(key: Key | undefined, isText: boolean, last: Key): Key {
    return this.scalar(key, isText ? TYPE.string : TYPE.number, last, true, KEYS);
  }

  /** Values that may come again here. */
  private recall(
    wanted: string,
    like: Scalar | undefined,
    near: Value | undefined,
    changed: boolean,
    kin: Context,
    { recent }: Place,
    named: Place,
  ): void {
    const { candidates, memory } = this;
    candidates.length = 0;
    const add = (value: Scalar | undefined): void => {
      if (value === undefined || typeof value !== wanted) return;
      if ((changed && value === near) || candidates.includes(value)) return;
      candidates.push(value);
    };
    if (!changed) add(like);
    add(memory.successor(kin, near));
    for (const value of recent) add(value);
    // Where little is known of the place, what members of that name have been elsewhere.
    if (recent.length < 2) for (const value of named.recent) add(value);
  }

  private which(index: number, path: Context, kin: Context, nearHash: Context): Scalar {
    const { candidates, symbols } = this;
    const last = candidates.length - 1;
    for (let i = 0; i < last; i++) {
      const hash = ofScalar(candidates[i]);
      const hit = symbols.flag(
        KIND.which,
        i === index,
        within(path, i),
        within(kin, hash),
        within(within(kin, hash), nearHash),
        within(i, candidates.length),
      );
      if (hit) return candidates[i] as Scalar;
    }
    return candidates[last] as Scalar;
  }

  private array(
    value: ValueArray | undefined,
    near: Value | undefined,
    spot: Spot,
    depth: number,
  ): ValueArray {
    this.checkDepth(depth);
    const like = typeOf(near) === TYPE.array ? (near as ValueArray) : undefined;
    const length = this.symbols.magnitude(
      KIND.count,
      value?.length ?? 0,
      spot.kin,
      within(spot.path, like?.length ?? -1),
      within(like?.length ?? -1, 5),
    );
    this.spend(length);
    const elements: Value[] = [];
    for (let i = 0; i < length; i++) {
      const elementLike = like?.[i] ?? elements[i - 1];
      const at = elementSpot(spot, i, length);
      elements.push(this.code(value?.[i], elementLike, false, at, depth + 1));
    }
    return value ?? Object.freeze(elements);
  }

  private object(
    value: ValueObject | undefined,
    near: Value | undefined,
    spot: Spot,
    depth: number,
  ): ValueObject {
    this.checkDepth(depth);
    const { symbols, memory } = this;
    const like = typeOf(near) === TYPE.object ? (near as ValueObject) : undefined;
    const names = value === undefined ? undefined : Object.keys(value);
    const known = like === undefined ? this.namesAt(spot) : Object.keys(like);
    // A few bits may name a wide base again and again.
    if (like !== undefined) symbols.mixer.spend(known.length);
    const isSame = names !== undefined && areSame(names, known);
    const same =
      known.length > 0 && symbols.flag(KIND.sameShape, isSame, spot.kin, within(3, known.length));
    const taken: string[] = [];
    const members: Value[] = [];
    let before = 0;
    for (let i = 0; ; i++) {
      let name: string;
      if (same) {
        if (i === known.length) break;
        name = known[i] as string;
      } else {
        const more = symbols.flag(
          KIND.more,
          names !== undefined && i < names.length,
          within(spot.kin, before),
          within(before, 7),
          within(i, 8),
        );
        if (!more) break;
        this.spend(1);
        name = this.name(names?.[i], before, spot.kin);
      }
      before = ofText(name);
      taken.push(name);
      const at = memberSpot(spot, name, like === undefined ? 0 : known.length);
      // By prototype the two ends may differ: what is adopted may have none.
      const own = like && getMember(like, name);
      const member = this.code(value?.[name], own, false, at, depth + 1);
      members.push(member);
    }
    memory.shape(spot.kin, same ? known : taken);
    memory.shape(spot.name, same ? known : taken);
    if (value !== undefined) return value;
    const made = objectOf(taken, members);
    if (Object.keys(made).length !== taken.length) throw malformed('a member comes twice');
    if (!inEngineOrder(taken)) throw malformed('integer-like members out of order');
    return Object.freeze(made);
  }

  private namesAt({ kin, name }: Spot): readonly string[] {
    const { names } = this.memory.place(kin);
    return names.length > 0 ? names : this.memory.place(name).names;
  }

  /** A member's name, after the one whose context is `before`. */
  name(name: string | undefined, before: Context, kin: Context): string {
    const { symbols, memory, texts } = this;
    const here = within(before, NAMES);
    const guess = memory.successor(NAMES, String(before));
    let result: string | undefined;
    if (typeof guess === 'string') {
      const hit = symbols.flag(KIND.sameName, name === guess, here, within(kin, before));
      if (hit) result = guess;
    }
    result ??= texts.code(name, NAMES, kin, '');
    memory.remember(NAMES, String(before), result);
    return result;
  }
}

const KEYS: Spot = { path: ALWAYS, kin: ALWAYS, name: ALWAYS };
const NAMES: Context = 0x6e61_6d65;
