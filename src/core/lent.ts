/** What a container answers `true` to that is there for a while only, as a draft is. */
export const LENT = Symbol('lent');

/** Whether a container must not be kept, whoever has lent it. */
export function isLent(container: object): boolean {
  return (container as { [LENT]?: unknown })[LENT] === true;
}
