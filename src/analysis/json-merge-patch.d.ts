/** What is used of a package that brings no types. */
declare module 'json-merge-patch' {
  const merge: {
    generate(before: unknown, after: unknown): unknown;
    apply(target: unknown, patch: unknown): unknown;
  };
  export = merge;
}
