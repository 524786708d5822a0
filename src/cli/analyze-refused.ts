import type { DiffStreamError } from '../core/errors.ts';

/** Parts of an input that were left out for the same reason. */
export interface RefusedGroup {
  readonly kind: string;
  readonly count: number;
  /** The first of them, with its place. */
  readonly first: string;
}

/** Counts what is left out of an input, by its reason. */
export class Refused {
  readonly #groups = new Map<string, { count: number; first: string }>();

  add(error: DiffStreamError, kind: string): void {
    const group = this.#groups.get(kind);
    if (group === undefined) this.#groups.set(kind, { count: 1, first: error.message });
    else group.count++;
  }

  get groups(): RefusedGroup[] {
    return Array.from(this.#groups, ([kind, { count, first }]) => ({ kind, count, first }));
  }
}
