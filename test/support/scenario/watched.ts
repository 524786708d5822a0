export interface Watcher {
  /** Before a method of the machine runs; what it returns are the arguments that count. */
  called(name: string, args: readonly unknown[]): readonly unknown[];
  /** What it gave back, where that is a list. */
  answered(outputs: readonly unknown[]): void;
}

/** A machine of which somebody hears every call and every output, in order. */
export function watched<M extends object>(machine: M, watcher: Watcher): M {
  return new Proxy(machine, {
    get(target, name): unknown {
      const member: unknown = Reflect.get(target, name, target);
      if (typeof member !== 'function') return member;
      return (...args: unknown[]): unknown => {
        const result: unknown = Reflect.apply(member, target, watcher.called(String(name), args));
        if (Array.isArray(result)) watcher.answered(result);
        return result;
      };
    },
  });
}
