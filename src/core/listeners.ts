import { checkFunction } from './check-function.ts';

/** Callbacks of one kind, called in the order in which they were added. */
export class Listeners<A extends unknown[]> {
  /** Wrapped, so that one function added twice is two. */
  private readonly all = new Set<{ readonly call: (...values: A) => void }>();

  get isEmpty(): boolean {
    return this.all.size === 0;
  }

  /** Returns what ends it. `bad-argument` for what cannot be called. */
  add(call: (...values: A) => void): () => void {
    checkFunction('a listener', call);
    const listener = { call };
    this.all.add(listener);
    return () => this.all.delete(listener);
  }

  /** Nobody is told anything any more, also not of what is being told. */
  clear(): void {
    this.all.clear();
  }

  /**
   * Calls those that are there now; one that is taken out meanwhile is not called any more. A
   * listener's exception harms no other: returns what was thrown, for whoever can show it.
   */
  tell(...values: A): unknown[] {
    const thrown: unknown[] = [];
    for (const listener of [...this.all]) {
      if (!this.all.has(listener)) continue;
      try {
        listener.call(...values);
      } catch (error) {
        thrown.push(error);
      }
    }
    return thrown;
  }
}
