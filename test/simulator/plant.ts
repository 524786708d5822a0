/** How a bug is planted: one method of the real code is replaced by another for a while. */
// Private members are reached on purpose.
/* oxlint-disable typescript/no-explicit-any */
type Method = (this: any, ...args: any[]) => any;

export interface PlantedBug {
  readonly name: string;
  /** What a user would see. */
  readonly effect: string;
  /** Plants it; returns what takes it out again. */
  plant(): () => void;
}

/** Puts another method in the place of one, made from the original. */
export function instead(
  owner: { prototype: object },
  name: string,
  make: (own: Method) => Method,
): () => () => void {
  return () => {
    const target = owner.prototype as Record<string, Method>;
    const own = target[name];
    if (typeof own !== 'function') throw new Error(`there is no method ${name}`);
    target[name] = make(own);
    return () => {
      target[name] = own;
    };
  };
}

export const bug = (name: string, effect: string, plant: () => () => void): PlantedBug => ({
  name,
  effect,
  plant,
});

/** Several changes that make one bug. */
export function together(...plants: readonly (() => () => void)[]): () => () => void {
  return () => {
    const undo = plants.map((plant) => plant());
    return () => undo.forEach((take) => take());
  };
}
