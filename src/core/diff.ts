import type { CommonEnds } from './align.ts';
import { ArrayAlignment, commonEnds } from './align.ts';
import { diffNumber } from './diff-number.ts';
import { diffText } from './diff-text.ts';
import { inEngineOrder } from './engine-order.ts';
import { DiffStreamError } from './errors.ts';
import type { Limits } from './limits.ts';
import { defaultLimits } from './limits.ts';
import type { ChangeEdit, Edit, Op } from './op.ts';
import { editsOf } from './sequence.ts';
import type { Container, Ownership, Value, ValueArray, ValueObject } from './value.ts';
import { elementsOf, Intake, isArray, isContainer, objectOf } from './value.ts';
import { inOrder, walkedMembers, withValues } from './walked-members.ts';
import type { WalkedMembers } from './walked-members.ts';

/** What the maker of a value knows of how it came to be. */
export interface KnownEdits {
  /**
   * For a list that nobody else can change, and that is a copy of `base` but for some elements:
   * their places, in order. Whoever asks takes the list over: undefined from then on, and for
   * any other. `names`: members may have been put beside the elements.
   */
  takeElements(list: object, base: Container): readonly number[] | 'names' | undefined;
}

/**
 * Walks a new value against an own one, once: checks what is new, finds what changed, and
 * builds the next own tree, which shares every unchanged subtree with the old one.
 *
 * Cost: one comparison of the two values (nothing below identical references), plus the
 * width of each node that changed, plus its sort where elements moved.
 */
export class Differ {
  /**
   * The value after the last `take` or `diff`: the base itself where nothing changed. Of no meaning
   * after the `diff` of a differ that builds nothing.
   */
  next: Value = null;
  private readonly intake: Intake;
  /** Whether the next own tree is wanted: a patch alone can do without. */
  private readonly builds: boolean;
  private known: KnownEdits | undefined;
  private busy = false;

  constructor(
    ownership: Ownership,
    freeze: boolean,
    limits: Limits = defaultLimits,
    builds = true,
  ) {
    this.intake = new Intake(ownership, freeze, limits);
    this.builds = builds;
  }

  /** A value without a base. `bad-value` for what JSON cannot show. */
  take(target: unknown): Value {
    this.begin();
    try {
      this.next = this.intake.take(target, 0);
      return this.next;
    } catch (error) {
      throw this.refusal(error);
    } finally {
      this.end();
    }
  }

  /** What turns `base` into `target`; undefined where they are equal. `bad-value` as above. */
  diff(base: Value, target: unknown, known?: KnownEdits): Op | undefined {
    this.begin();
    this.known = known;
    try {
      return this.walk(base, target, 0);
    } catch (error) {
      throw this.refusal(error);
    } finally {
      this.end();
    }
  }

  private begin(): void {
    if (this.busy) {
      throw new DiffStreamError('bad-argument', 'a value cannot be taken in by reading another');
    }
    this.busy = true;
    this.intake.begin();
  }

  private end(): void {
    this.busy = false;
    this.known = undefined;
    this.intake.end();
  }

  /** What a getter or proxy of the caller throws while values are compared is a `bad-value`. */
  private refusal(error: unknown): DiffStreamError {
    if (error instanceof DiffStreamError) return error;
    return this.intake.trail.refuse('a value that cannot be read', error);
  }

  private walk(base: Value, target: unknown, depth: number): Op | undefined {
    if (base === target) {
      this.next = base;
      return undefined;
    }
    if (typeof target === 'string' && typeof base === 'string') {
      this.next = this.intake.takeString(target);
      return diffText(base, target);
    }
    if (typeof target === 'number' && typeof base === 'number') {
      this.next = this.intake.takeNumber(target);
      return diffNumber(base, this.next);
    }
    if (typeof target === 'object' && target !== null && isContainer(base)) {
      if (isArray(base)) {
        if (Array.isArray(target)) return this.walkArray(base, target, depth);
      } else if (!Array.isArray(target)) {
        return this.walkObject(base, target, depth);
      }
    }
    this.next = this.intake.take(target, depth);
    return { kind: 'set', value: this.next };
  }

  /**
   * The common case, the same members in the same order, in one pass; where that ends, the rest
   * goes by names. What is walked stays walked, since starting again at every level would double
   * the work with each of them.
   */
  private walkObject(base: ValueObject, target: object, depth: number): Op | undefined {
    const { intake } = this;
    const names = Object.keys(base);
    if (intake.checkPlain(target)) {
      const walked = walkedMembers(base, [], [], [], intake.ownership !== 'copy');
      return this.walkNames(base, names, target, walked, depth);
    }
    intake.enter(target, depth, 0);
    let edits: ChangeEdit[] | undefined;
    let values: Value[] | undefined;
    let asIs = intake.ownership !== 'copy';
    let at = 0;
    let i = 0;
    // Half the time of two lists of names: the engine reads members of a `for in` by their place.
    for (const name in target) {
      if (name !== names[i]) {
        i = -i - 1;
        break;
      }
      let value: unknown;
      try {
        value = (target as Record<string, unknown>)[name];
      } catch (cause) {
        throw cause instanceof DiffStreamError ? cause : intake.unreadable(name, cause);
      }
      const before = base[name] as Value;
      if (before === value) {
        asIs &&= Object.is(before, value);
        i++;
        continue;
      }
      // The member is absent after all.
      if (value === undefined) {
        i = -i - 1;
        break;
      }
      const op = this.walkMember(before, target, name, value, depth);
      asIs &&= Object.is(this.next, value);
      i++;
      if (op === undefined) continue;
      (edits ??= []).push({ kind: 'change', keep: i - 1 - at, op });
      (values ??= []).push(this.next);
      at = i;
    }
    const count = i < 0 ? -i - 1 : i;
    intake.charge(count);
    if (i !== names.length) {
      const walked = walkedMembers(base, names.slice(0, count), edits ?? [], values ?? [], asIs);
      return this.walkNames(base, names, target, walked, depth);
    }
    this.next = base;
    if (edits === undefined || values === undefined) return undefined;
    if (!this.builds) return { kind: 'object', edits, base };
    const isKept = asIs && intake.keeps(target);
    const next = isKept ? (target as ValueObject) : withValues(base, names, edits, values);
    this.next = intake.own(next);
    return { kind: 'object', edits, next: this.next, base };
  }

  private walkMember(
    before: Value,
    target: object,
    name: string,
    value: unknown,
    depth: number,
  ): Op | undefined {
    const { intake } = this;
    intake.trail.enter(name);
    const op = this.walk(before, value, depth + 1);
    // What changed nothing is not kept, wherever it came from.
    if (op !== undefined && intake.ownership !== 'trusted') intake.checkData(target, name);
    intake.trail.leave();
    return op;
  }

  /** Members came, went or moved. `walked`: the first members, where that is done already. */
  private walkNames(
    base: ValueObject,
    names: readonly string[],
    target: object,
    walked: WalkedMembers,
    depth: number,
  ): Op | undefined {
    const { intake } = this;
    const targetNames = Object.keys(target);
    const { present, source, ops, values } = walked;
    const start = present.length;
    // Only a proxy that changes its mind gets here with other names than a moment ago.
    if (present.some((name, i) => name !== targetNames[i])) {
      throw intake.trail.refuse('an object that changes while it is read');
    }
    intake.enter(target, depth, targetNames.length - start);
    const places = new Map<string, number>();
    for (let i = start; i < names.length; i++) places.set(names[i] as string, i);
    let { asIs } = walked;
    for (let i = start; i < targetNames.length; i++) {
      const name = targetNames[i] as string;
      const value = intake.read(target, name);
      if (value === undefined) {
        asIs = false;
        continue;
      }
      const place = places.get(name) ?? -1;
      if (place >= 0) {
        ops.push(this.walkMember(base[name] as Value, target, name, value, depth));
      } else {
        ops.push(undefined);
        this.next = intake.takeMember(target, name, value, depth + 1);
      }
      asIs &&= Object.is(this.next, value);
      present.push(name);
      source.push(place);
      values.push(this.next);
    }
    const ordered = inEngineOrder(present) ? walked : inOrder(walked);
    const edits = editsOf(names.length, {
      source: Int32Array.from(ordered.source),
      op: (i) => ordered.ops[i],
      add: (i) => ({ name: ordered.present[i] as string, value: ordered.values[i] as Value }),
    });
    return this.settle('object', base, edits, () =>
      asIs && intake.keeps(target) ? (target as ValueObject) : objectOf(present, values),
    );
  }

  private walkArray(base: ValueArray, target: readonly unknown[], depth: number): Op | undefined {
    const { intake } = this;
    // Of a proxy any value may be told.
    const width = target.length >>> 0;
    intake.enter(target, depth, width);
    const places = this.known?.takeElements(target, base);
    if (places === 'names') intake.checkElementsOnly(target);
    else if (places !== undefined) return this.walkPlaces(base, target as Value[], places, depth);
    const elements = elementsOf(base);
    const ends = endsOf(elements, target, width);
    if (ends !== undefined && base.length === width) {
      const differing = base.length - ends.head - ends.tail;
      if (differing === 0) {
        this.next = base;
        return undefined;
      }
      if (differing === 1) return this.walkElement(base, elements, target, ends.head, depth);
    }
    const { source, equal } = align(elements, target, width, ends);
    const next: Value[] = [];
    const ops = new Map<number, Op>();
    let asIs = intake.ownership !== 'copy';
    for (let i = 0; i < source.length; i++) {
      const from = source[i] as number;
      if (equal[i] === 1) {
        this.next = elements[from] as Value;
      } else {
        intake.trail.enter(i);
        if (from >= 0) {
          const op = this.walk(elements[from] as Value, target[i], depth + 1);
          if (op !== undefined) ops.set(i, op);
        } else {
          this.next = intake.take(target[i], depth + 1);
        }
        intake.trail.leave();
      }
      asIs &&= Object.is(this.next, target[i]);
      next.push(this.next);
    }
    const edits: Edit[] = editsOf(base.length, {
      source,
      op: (i) => ops.get(i),
      add: (i) => ({ name: '', value: next[i] as Value }),
    });
    if (edits.length > 0) intake.checkElementsOnly(target);
    return this.settle('array', base, edits, () =>
      asIs && intake.keeps(target) ? (target as ValueArray) : next,
    );
  }

  /** Nothing else differs, and `target` is a list of our own: it becomes the outcome. */
  private walkPlaces(
    base: ValueArray,
    target: Value[],
    places: readonly number[],
    depth: number,
  ): Op | undefined {
    const { intake } = this;
    const edits: Edit[] = [];
    let at = 0;
    for (const place of places) {
      intake.trail.enter(place);
      const op = this.walk(base[place] as Value, target[place], depth + 1);
      intake.trail.leave();
      target[place] = this.next;
      if (op === undefined) continue;
      edits.push({ kind: 'change', keep: place - at, op });
      at = place + 1;
    }
    return this.settle('array', base, edits, () => target);
  }

  /**
   * One element differs, as most edits leave it: there is nothing to choose. `elements` is the base
   * or a copy of it, which may become the outcome.
   */
  private walkElement(
    base: ValueArray,
    elements: ValueArray,
    target: readonly unknown[],
    at: number,
    depth: number,
  ): Op | undefined {
    const { intake } = this;
    intake.trail.enter(at);
    const element: unknown = target[at];
    const op = this.walk(base[at] as Value, element, depth + 1);
    intake.trail.leave();
    const after = this.next;
    const edits: Edit[] = op === undefined ? [] : [{ kind: 'change', keep: at, op }];
    if (op !== undefined) intake.checkElementsOnly(target);
    return this.settle('array', base, edits, () => {
      const isOwn =
        intake.ownership !== 'copy' && Object.is(after, element) && isSameBut(base, target, at);
      if (isOwn && intake.keeps(target)) return target as ValueArray;
      const next = elements === base ? [...base] : (elements as Value[]);
      next[at] = after;
      return next;
    });
  }

  /** The op that edits come to: none, and the base itself, where there are no edits. */
  private settle(
    kind: 'object' | 'array',
    base: Container,
    edits: readonly Edit[],
    make: () => Container,
  ): Op | undefined {
    this.next = base;
    if (edits.length === 0) return undefined;
    if (!this.builds) return { kind, edits, base };
    this.next = this.intake.own(make());
    return { kind, edits, next: this.next, base };
  }
}

/** Undefined where a getter or proxy of the caller throws. */
function endsOf(
  base: ValueArray,
  target: readonly unknown[],
  width: number,
): CommonEnds | undefined {
  try {
    return commonEnds(base, target, width);
  } catch {
    return undefined;
  }
}

/** Whether all elements but one are the very same. */
function isSameBut(base: ValueArray, target: readonly unknown[], at: number): boolean {
  for (let i = 0; i < base.length; i++) {
    if (i !== at && !Object.is(base[i], target[i])) return false;
  }
  return true;
}

/**
 * Which elements come from where. Where one cannot be read there is no alignment: then every
 * element is taken as new, and that one is refused by its own place.
 */
function align(
  base: ValueArray,
  target: readonly unknown[],
  width: number,
  ends: CommonEnds | undefined,
): ArrayAlignment {
  const alignment = new ArrayAlignment(base, target, width);
  if (ends === undefined) return alignment;
  try {
    alignment.run(ends);
    return alignment;
  } catch {
    return new ArrayAlignment(base, target, width);
  }
}

/**
 * What turns `base` into `target`, both own or otherwise immutable values: for values that
 * were checked when they came in. Undefined: equal. Used where a reader's value is compared
 * with the present one.
 */
export function diffTrusted(base: Value, target: Value): Op | undefined {
  return new Differ('trusted', false).diff(base, target);
}
