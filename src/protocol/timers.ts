/**
 * Named points in time of one machine. Times come in as arguments, in milliseconds of any
 * clock that does not run backwards; asking too often is harmless.
 */
export class Timers<Name extends string> {
  private readonly dueAt = new Map<Name, number>();

  set(name: Name, atMs: number): void {
    this.dueAt.set(name, atMs);
  }

  /** Sets a timer only where it is not running already. */
  setOnce(name: Name, atMs: number): void {
    if (!this.dueAt.has(name)) this.dueAt.set(name, atMs);
  }

  /** Sets a timer only where it is running. */
  postpone(name: Name, atMs: number): void {
    if (this.dueAt.has(name)) this.dueAt.set(name, atMs);
  }

  clear(name: Name): void {
    this.dueAt.delete(name);
  }

  clearAll(): void {
    this.dueAt.clear();
  }

  /** When the machine wants to be called; Infinity: not at all. */
  next(): number {
    let next = Number.POSITIVE_INFINITY;
    for (const at of this.dueAt.values()) next = Math.min(next, at);
    return next;
  }

  /** Takes out the timers that are due, earliest first. */
  takeDue(nowMs: number): Name[] {
    const due = [...this.dueAt].filter(([, at]) => at <= nowMs).sort((a, b) => a[1] - b[1]);
    for (const [name] of due) this.dueAt.delete(name);
    return due.map(([name]) => name);
  }
}
