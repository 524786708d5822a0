import type { Applied } from '../cache/entry.ts';
import type { Key } from '../core/key.ts';
import type { ChangeEvent } from '../protocol/output.ts';

type Net = 'new' | 'update' | 'delete';

/**
 * Changes for a loop that takes its time: what has not been taken yet is kept as one net
 * change for each key, so that it is never more than the collection.
 */
export class ConflatedChanges<T> implements AsyncIterableIterator<ChangeEvent<T>, undefined> {
  private readonly pending = new Map<Key, { net: Net; data: Readonly<T> | undefined }>();
  private from = -1;
  private to = -1;
  private waiting: (() => void)[] = [];
  private ended = false;
  private readonly onReturn: () => void;

  constructor(onReturn: () => void) {
    this.onReturn = onReturn;
  }

  push(event: ChangeEvent<T>): void {
    if (this.ended) return;
    // Versions of two producers have no order: after a takeover all counts from its beginning.
    if (this.from < 0 || event.from === 0) this.from = event.from;
    this.to = event.to;
    for (const [cmd, key, data] of event.changes) {
      if (cmd === 'ignored') continue;
      this.merge(key, cmd === 'retran' ? 'update' : cmd, data);
    }
    this.wake();
  }

  private wake(): void {
    const { waiting } = this;
    this.waiting = [];
    for (const go of waiting) go();
  }

  private merge(key: Key, next: Net, data: Readonly<T> | undefined): void {
    const before = this.pending.get(key)?.net;
    if (before === 'new' && next === 'delete') {
      this.pending.delete(key);
      return;
    }
    const net = before === 'new' ? 'new' : before === 'delete' && next === 'new' ? 'update' : next;
    this.pending.set(key, { net, data });
  }

  /** No more will come; what is pending can still be taken. */
  end(): void {
    this.ended = true;
    this.wake();
  }

  async next(): Promise<IteratorResult<ChangeEvent<T>, undefined>> {
    while (this.from < 0 && !this.ended) {
      await new Promise<void>((resolve) => this.waiting.push(resolve));
    }
    if (this.from < 0) return { done: true, value: undefined };
    const changes = Array.from(
      this.pending,
      ([key, { net, data }]) => [net, key, data] as Applied<T>,
    );
    const value = { from: this.from, to: this.to, changes };
    this.pending.clear();
    this.from = -1;
    return { done: false, value };
  }

  return(): Promise<IteratorResult<ChangeEvent<T>, undefined>> {
    this.pending.clear();
    this.from = -1;
    this.end();
    this.onReturn();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
