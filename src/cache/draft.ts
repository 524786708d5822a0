import { copiedMembers } from '../core/copied-members.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { KnownEdits } from '../core/diff.ts';
import { isIndexName } from '../core/engine-order.ts';
import { LENT } from '../core/lent.ts';
import { DEPTH_CEILING } from '../core/limits.ts';
import { quoted } from '../core/path.ts';
import type { Container, Value } from '../core/value.ts';
import { isArray, isContainer, isPlainObject } from '../core/value.ts';

type Mutable = Record<string | number, unknown>;

/** Drafts by the changed list that each has turned out to be. */
type DraftsByList = Map<object, DraftNode>;

/** What a recipe makes of a value. */
export interface Outcome {
  /** Shares with the value whatever the recipe left alone. */
  readonly value: unknown;
  /** Spares a diff the search for what the recipe has changed. */
  readonly edits: KnownEdits;
}

/**
 * Lets a recipe change an immutable tree as if it were its own: a node is copied when it is
 * first touched, and what was only read is the old node again in the end. Cost: the width of
 * the nodes on the way to what is touched.
 */
export class DraftScope {
  /** Drafts by the proxy that stands for them. */
  private readonly nodes = new Map<object, DraftNode>();
  /** What containers of the recipe's own have turned out to be. */
  private readonly results = new Map<object, object>();
  private lists: DraftsByList = new Map();
  private open = true;

  /** Whether the recipe is still at work. */
  get isOpen(): boolean {
    return this.open;
  }

  create(base: Container): object {
    const node = new DraftNode(this, base);
    const proxy = new Proxy(node.copy, node);
    node.proxy = proxy;
    this.nodes.set(proxy, node);
    return proxy;
  }

  /** Whether something is a value that a recipe has made, and no draft. */
  isForeign(value: unknown): boolean {
    if (typeof value !== 'object' || value === null || this.nodes.has(value)) return false;
    return Array.isArray(value) || isPlainObject(value);
  }

  /** To be called by each draft that is used. `bad-argument` once the recipe is done. */
  checkOpen(): void {
    if (this.open) return;
    throw new DiffStreamError('bad-argument', 'a draft cannot be used after mutate has returned');
  }

  /** The tree as the recipe left it: old nodes wherever nothing changed. `bad-value` as V6. */
  finish(draft: object): Outcome {
    let value: unknown;
    try {
      value = this.settle(draft, 0);
    } catch (cause) {
      if (cause instanceof DiffStreamError) throw cause;
      // A proxy of the recipe's own.
      throw new DiffStreamError('bad-value', 'what the recipe put in cannot be read', { cause });
    }
    return { value, edits: new ListEdits(this.lists) };
  }

  /** The recipe is done, or has failed: a draft that outlives it holds no other. */
  close(): void {
    this.open = false;
    this.nodes.clear();
    this.results.clear();
    this.lists = new Map();
  }

  private settle(value: unknown, level: number): unknown {
    if (typeof value !== 'object' || value === null || level > DEPTH_CEILING) return value;
    const node = this.nodes.get(value);
    if (node !== undefined) return (node.result ??= this.leave(node, level));
    const known = this.results.get(value);
    if (known !== undefined) return known;
    const result = this.settleOwn(value, level);
    this.results.set(value, result);
    return result;
  }

  private leave(node: DraftNode, level: number): object {
    const { copy } = node;
    const base = node.base as unknown as Mutable;
    let { changed } = node;
    // A draft that was put into itself meets itself again; the cycle is refused later.
    node.result = copy;
    for (const name of node.touched ?? Object.keys(copy)) {
      const before = node.reshaped ? dataOf(copy, name) : copy[name];
      if (before === base[name]) continue;
      const after = this.settle(before, level + 1);
      if (after === before) continue;
      changed ||= after !== base[name];
      if (node.reshaped) setData(copy, name, after);
      else copy[name] = after;
    }
    if (!changed) return base;
    if (isArray(node.base)) this.lists.set(copy, node);
    return copy;
  }

  /**
   * A container of the recipe's own, into which it may have put drafts, as `list.filter` does:
   * a copy without them, or itself where there are none. Cost: what is new.
   */
  private settleOwn(own: object, level: number): object {
    this.results.set(own, own);
    const list = Array.isArray(own);
    if (!list && !isPlainObject(own)) return own;
    const names = Object.keys(own);
    // Holes and members beside the elements are refused later.
    if (list && names.length !== own.length) return own;
    let copy: Mutable | undefined;
    for (const name of names) {
      const before = dataOf(own, name);
      const after = this.settle(before, level + 1);
      if (after === before) continue;
      // Spreading a list runs its iterator, which may be the recipe's too.
      copy ??= (list ? Object.assign([], own) : { ...own }) as Mutable;
      copy[name] = after;
    }
    return copy ?? own;
  }
}

/** Which elements of the changed lists a recipe has touched. */
class ListEdits implements KnownEdits {
  private readonly lists: DraftsByList;

  constructor(lists: DraftsByList) {
    this.lists = lists;
  }

  takeElements(list: object, base: Container): readonly number[] | 'names' | undefined {
    const node = this.lists.get(list);
    // One that stands in a place before this one too may be part of the outcome there, frozen.
    if (node?.base !== base || Object.isFrozen(list)) return undefined;
    this.lists.delete(list);
    return node.editedElements();
  }
}

/** A member's value; undefined for an accessor, which is refused later. */
function dataOf(object: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(object, name)?.value;
}

/** Also where a recipe has made the member read-only. */
function setData(object: object, name: string, value: unknown): void {
  if (Reflect.defineProperty(object, name, { value })) return;
  throw new DiffStreamError(
    'bad-value',
    `a draft in a member that cannot be changed, ${quoted(name)}, cannot be kept`,
  );
}

/** Whether a list has no such member of its own. */
function isBeside(name: string): boolean {
  return name !== 'length' && !isIndexName(name);
}

/** Of more members than this it is not noted which were touched: all are looked at. */
const TOUCHED_MAX = 16;

/** A node of the tree as the recipe sees it: the traps of the proxy that stands for it. */
class DraftNode implements ProxyHandler<Mutable> {
  private readonly scope: DraftScope;
  readonly base: Container;
  /** The target of the proxy; its members turn into drafts as they are read. */
  readonly copy: Mutable;
  /** Whom the recipe holds. */
  proxy: object | undefined;
  changed = false;
  /** What it has turned out to be, once the recipe is done. */
  result: object | undefined;
  /** Names of members that may have other values than in the base; undefined: too many. */
  touched: string[] | undefined = [];
  /** Where they are too many: whether one of them is no list's. */
  private besides = false;
  /** Whether more may have been done to it than to put values into members. */
  reshaped = false;

  constructor(scope: DraftScope, base: Container) {
    this.scope = scope;
    this.base = base;
    this.copy = (isArray(base) ? [...base] : copiedMembers(base)) as Mutable;
  }

  /**
   * Of a list: the elements that may differ from the base's, where nothing else can; `names` where
   * it may have got others than its elements', as by `list[list.indexOf(what)] = x`.
   */
  editedElements(): readonly number[] | 'names' | undefined {
    if (this.touched?.some(isBeside) ?? this.besides) return 'names';
    if (this.reshaped || this.touched === undefined) return undefined;
    const length = isArray(this.base) ? this.base.length : 0;
    const places = [...new Set(this.touched)].map(Number).toSorted((a, b) => a - b);
    // Also where `length` was put, which is no number.
    return places.every((place) => place < length) ? places : undefined;
  }

  get(copy: Mutable, name: string | symbol, receiver: unknown): unknown {
    if (name === LENT) return true;
    this.scope.checkOpen();
    const value: unknown = Reflect.get(copy, name, receiver);
    if (typeof name === 'symbol' || !isContainer(value as Value)) return value;
    // Only what still is the old tree's own: the recipe's own values are its business.
    if (value !== (this.base as unknown as Mutable)[name]) return value;
    if (!Object.hasOwn(copy, name)) return value;
    this.touch(name);
    return (copy[name] = this.scope.create(value as Container));
  }

  set(copy: Mutable, name: string | symbol, value: unknown, receiver: unknown): boolean {
    // An object that inherits from a draft gets a member of its own.
    if (receiver !== this.proxy) return Reflect.set(copy, name, value, receiver);
    this.change(name);
    return Reflect.set(copy, name, value);
  }

  defineProperty(copy: Mutable, name: string | symbol, descriptor: PropertyDescriptor): boolean {
    this.change(name);
    this.reshaped = true;
    return Reflect.defineProperty(copy, name, descriptor);
  }

  ownKeys(copy: Mutable): (string | symbol)[] {
    const names = Reflect.ownKeys(copy);
    // Of an empty draft nothing else is asked by whoever takes it in.
    if (names.length === 0) this.scope.checkOpen();
    return names;
  }

  /** Through a descriptor too there are only drafts to be had. */
  getOwnPropertyDescriptor(copy: Mutable, name: string | symbol): PropertyDescriptor | undefined {
    if (this.scope.isOpen) this.get(copy, name, copy);
    return Reflect.getOwnPropertyDescriptor(copy, name);
  }

  preventExtensions(): boolean {
    throw new DiffStreamError('bad-argument', 'a draft cannot be frozen: its tree will be');
  }

  deleteProperty(copy: Mutable, name: string | symbol): boolean {
    this.scope.checkOpen();
    this.changed = true;
    this.reshaped = true;
    return Reflect.deleteProperty(copy, name);
  }

  setPrototypeOf(copy: Mutable, prototype: object | null): boolean {
    this.scope.checkOpen();
    this.reshaped = true;
    return Reflect.setPrototypeOf(copy, prototype);
  }

  private change(name: string | symbol): void {
    this.scope.checkOpen();
    this.changed = true;
    if (typeof name === 'string') this.touch(name);
    else this.reshaped = true;
  }

  private touch(name: string): void {
    if (this.touched === undefined) this.besides ||= isBeside(name);
    else if (this.touched.at(-1) !== name && this.touched.push(name) > TOUCHED_MAX) {
      this.besides = this.touched.some(isBeside);
      this.touched = undefined;
    }
  }
}
