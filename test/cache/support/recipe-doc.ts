/** A row of a document. */
export interface Item {
  id: number;
  name?: string;
  inner?: { n: number };
}
/** What recipes are tried on. */
export interface Doc {
  list: Item[];
  numbers: number[];
  map: Record<string, Item>;
  other?: unknown;
  untouched: { deep: { deeper: number[] } };
}

export const doc = (): Doc => ({
  list: [
    { id: 3, inner: { n: 3 } },
    { id: 1, inner: { n: 1 } },
    { id: 2, inner: { n: 2 } },
  ],
  numbers: [5, 3, 4],
  map: { a: { id: 10 }, b: { id: 11 } },
  untouched: { deep: { deeper: [1, 2, 3] } },
});
