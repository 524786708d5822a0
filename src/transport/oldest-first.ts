/** What can be ended, and tells when it has. */
interface Endable {
  once(event: 'close', listener: () => void): unknown;
  destroy(): unknown;
}

/**
 * Those that are open at one time, at most so many: one more ends the one that has been there
 * longest. Who is honest is done within milliseconds, and who holds on cannot keep others out.
 */
export class OldestFirst<T extends Endable> {
  private readonly max: number;
  /** The oldest first. */
  private readonly open = new Set<T>();

  constructor(max: number) {
    this.max = max;
  }

  add(one: T): void {
    this.open.add(one);
    one.once('close', () => this.open.delete(one));
    for (const oldest of this.open) {
      if (this.open.size <= this.max) return;
      this.open.delete(oldest);
      oldest.destroy();
    }
  }

  /** It does not count any more. */
  remove(one: T): void {
    this.open.delete(one);
  }
}
