import type { KnownEdits } from '../core/diff.ts';
import { diffTrusted } from '../core/diff.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { keyText } from '../core/key.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import type { Outcome } from './draft.ts';
import type { Entry } from './entry.ts';
import type { KeyMember } from './key-member.ts';
import { isPromise } from './recipe.ts';

/** What `batch` hands to its work. Everything is undone if the work throws. */
export interface Transaction<T> {
  update(value: T): void;
  set(key: Key, value: T): void;
  mutate(key: Key, recipe: (draft: T) => void): void;
  delete(key: Key): void;
  /** The value as this transaction has made it so far. */
  get(key: Key): Readonly<T> | undefined;
  has(key: Key): boolean;
}

/** What a caller's value came to: the entry's next value, and how to get there. */
export interface Step {
  readonly value: Value;
  /** Undefined for a new entry, and where nothing changed. */
  readonly op: Op | undefined;
}

/** One key's change, ready to be committed. */
export interface Staged {
  readonly key: Key;
  readonly before: Entry | undefined;
  /** Undefined: the entry goes. */
  readonly after: Step | undefined;
}

/** What a transaction needs of the cache it works on. */
export interface TransactionHost {
  entry(key: Key): Entry | undefined;
  /** `isLent`: the value may have parts in it that are there for a while only. */
  step(base: Value | undefined, value: unknown, isLent: boolean, edits?: KnownEdits): Step;
  readonly keyMember: KeyMember;
  checkKey(key: Key): Key;
  unknown(key: Key): DiffStreamError;
}

interface Pending {
  readonly value: Value | undefined;
  /** The way from the committed value, where one step led here. */
  readonly op: Op | undefined;
  readonly steps: number;
}

/** Collects the changes of one batch beside the store, which stays as it is until the end. */
export class Batch<T> implements Transaction<T> {
  private readonly host: TransactionHost;
  private readonly pending = new Map<Key, Pending>();
  private open = true;
  /** Recipes at work, of which drafts may come back in what is set meanwhile. */
  private recipes = 0;

  constructor(host: TransactionHost) {
    this.host = host;
  }

  /** Runs the work and returns the net changes. */
  run(work: (tx: Transaction<T>) => void): Staged[] {
    try {
      const returned: unknown = work(this);
      if (isPromise(returned)) {
        throw new DiffStreamError(
          'bad-argument',
          'a batch must be done when its work returns: it cannot be async',
        );
      }
    } finally {
      this.open = false;
    }
    const staged: Staged[] = [];
    for (const [key, pending] of this.pending) {
      const change = this.netChange(key, pending);
      if (change !== undefined) staged.push(change);
    }
    return staged;
  }

  private netChange(key: Key, { value, op, steps }: Pending): Staged | undefined {
    const before = this.host.entry(key);
    if (value === undefined) return before && { key, before, after: undefined };
    if (before === undefined) return { key, before, after: { value, op: undefined } };
    const way = steps === 1 ? op : diffTrusted(before.value, value);
    return way && { key, before, after: { value, op: way } };
  }

  update(value: T): void {
    this.checkOpen();
    this.set(this.host.keyMember.of(value), value);
  }

  set(key: Key, value: T): void {
    this.checkOpen();
    const own = this.host.checkKey(key);
    const current = this.current(own);
    this.stage(own, this.step(current, value));
  }

  mutate(key: Key, recipe: (draft: T) => void): void {
    this.checkOpen();
    const own = this.host.checkKey(key);
    const current = this.current(own);
    if (current === undefined) throw this.host.unknown(own);
    const { value, edits } = this.mutated(own, current, recipe);
    if (this.current(own) !== current) {
      throw new DiffStreamError(
        'bad-argument',
        `a recipe cannot change ${keyText(own)}, which it works on, through its transaction`,
        { key: own },
      );
    }
    this.stage(own, this.step(current, value, edits));
  }

  delete(key: Key): void {
    this.checkOpen();
    const own = this.host.checkKey(key);
    if (this.current(own) === undefined) throw this.host.unknown(own);
    this.stage(own, undefined);
  }

  get(key: Key): Readonly<T> | undefined {
    this.checkOpen();
    return this.current(key) as Readonly<T> | undefined;
  }

  has(key: Key): boolean {
    this.checkOpen();
    return this.current(key) !== undefined;
  }

  private mutated(key: Key, value: Value, recipe: (draft: T) => void): Outcome {
    this.recipes++;
    try {
      return this.host.keyMember.mutated(key, value, recipe);
    } finally {
      this.recipes--;
    }
  }

  private step(base: Value | undefined, value: unknown, edits?: KnownEdits): Step {
    return this.host.step(base, value, this.recipes > 0, edits);
  }

  private current(key: Key): Value | undefined {
    const pending = this.pending.get(key);
    return pending === undefined ? this.host.entry(key)?.value : pending.value;
  }

  private stage(key: Key, step: Step | undefined): void {
    const steps = (this.pending.get(key)?.steps ?? 0) + 1;
    this.pending.set(key, { value: step?.value, op: step?.op, steps });
  }

  private checkOpen(): void {
    if (this.open) return;
    throw new DiffStreamError(
      'bad-argument',
      'a transaction cannot be used after its batch is over',
    );
  }
}
