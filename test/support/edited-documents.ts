/** Pairs of documents of many kinds, each the same for a seed: what a differ meets, in small. */
import type { SeededRandom } from '../../src/testing/seeded-random.ts';

export type Pair = readonly [base: unknown, target: unknown];

const WORDS = 'amber birch cedar delta ember fjord grove harbor iris juniper kestrel linden'.split(
  ' ',
);
const OTHER = ['Straße', 'Ökologie', '東京都', 'données', '𐀀𐀁', 'naïve', '"so"', 'a\\b'];

function pick<T>(random: SeededRandom, list: readonly T[]): T {
  return list[random.below(list.length)] as T;
}

function times<T>(count: number, make: (i: number) => T): T[] {
  return Array.from({ length: count }, (_, i) => make(i));
}

function sentence(random: SeededRandom, words: number): string {
  return times(words, () =>
    random.below(12) === 0 ? pick(random, OTHER) : `${pick(random, WORDS)}${random.below(40)}`,
  ).join(' ');
}

function row(random: SeededRandom): Record<string, unknown> {
  return {
    title: sentence(random, 4),
    points: random.below(500),
    price: random.below(100_000) / 100,
    open: random.below(2) === 0,
    tags: times(random.below(4), () => pick(random, WORDS)),
  };
}

/** A list with some elements changed, left out, added, moved and repeated. */
function editedList<T>(
  random: SeededRandom,
  list: readonly T[],
  edits: number,
  change: (element: T) => T,
  fresh: () => T,
): T[] {
  const next = [...list];
  for (let i = 0; i < edits; i++) {
    const at = random.below(next.length + 1);
    const kind = random.below(6);
    if (kind === 0) next.splice(at, 1 + random.below(3));
    else if (kind === 1) next.splice(at, 0, fresh());
    else if (kind === 2) next.splice(random.below(next.length + 1), 0, ...next.splice(at, 1));
    else if (kind === 3 && next.length > 0) next.splice(at, 0, pick(random, next));
    else if (at < next.length) next[at] = change(next[at] as T);
  }
  return next;
}

function editedText(random: SeededRandom, text: string): string {
  let next = Array.from(text);
  for (let i = 0; i <= random.below(4); i++) {
    const at = random.below(next.length + 1);
    const kind = random.below(4);
    if (kind === 0) next.splice(at, random.below(60));
    else if (kind === 1) next.splice(at, 0, ...Array.from(sentence(random, 1 + random.below(3))));
    else if (kind === 2) next.splice(at, random.below(9), ...Array.from(sentence(random, 1)));
    else next = [...next.slice(at), ...next.slice(0, at)];
  }
  return next.join('');
}

function editedRow(random: SeededRandom, value: unknown): unknown {
  const next = structuredClone(value) as Record<string, unknown>;
  const kind = random.below(5);
  if (kind === 0) next['points'] = random.below(500);
  else if (kind === 1) next['price'] = random.below(1_000_000) / 1000;
  else if (kind === 2) next['title'] = editedText(random, String(next['title']));
  else if (kind === 3) next['note'] = sentence(random, random.below(12));
  else delete next['open'];
  return next;
}

function rows(random: SeededRandom): Pair {
  const list = times(3 + random.below(60), () => row(random));
  const change = (one: unknown): unknown => editedRow(random, one);
  return [
    { list },
    { list: editedList(random, list, 1 + random.below(6), change, () => row(random)) },
  ];
}

function rowsWithIds(random: SeededRandom): Pair {
  const withId = (id: number): Record<string, unknown> => ({ id, ...row(random) });
  const list = times(3 + random.below(60), (i) => withId(i * 7));
  const change = (one: Record<string, unknown>): Record<string, unknown> => ({
    ...(editedRow(random, one) as object),
    id: one['id'],
  });
  const fresh = (): Record<string, unknown> => withId(1000 + random.below(9000));
  return [list, editedList(random, list, 1 + random.below(6), change, fresh)];
}

/** Rows without anything to know them by, all of which move and change at once. */
function ranked(random: SeededRandom): Pair {
  const list = times(20, () => row(random));
  const next = list.map((one) => ({ ...one, points: Number(one['points']) + random.below(9) }));
  return [{ list }, { list: next.toSorted((a, b) => a.points - b.points) }];
}

function texts(random: SeededRandom): Pair {
  const lines = times(1 + random.below(40), () => sentence(random, 3 + random.below(9)));
  const change = (line: string): string => editedText(random, line);
  const next = editedList(random, lines, 1 + random.below(4), change, () => sentence(random, 8));
  return [{ text: lines.join('\n') }, { text: next.join('\n') }];
}

function repetitive(random: SeededRandom): Pair {
  const text = `${pick(random, WORDS)} `.repeat(20 + random.below(300));
  return [text, editedText(random, text)];
}

function maps(random: SeededRandom): Pair {
  const names = times(
    5 + random.below(80),
    (i) => `${pick(random, WORDS)}.${i}.${pick(random, WORDS)}`,
  );
  const base = Object.fromEntries(names.map((name) => [name, sentence(random, 6)]));
  const next = Object.entries(base).map(([name, text]) => [name, text] as [string, string]);
  const change = ([name, text]: [string, string]): [string, string] => [
    name,
    editedText(random, text),
  ];
  const fresh = (): [string, string] => [
    `${pick(random, WORDS)}.${random.below(9999)}`,
    editedText(random, Object.values(base)[random.below(names.length)] as string),
  ];
  return [base, Object.fromEntries(editedList(random, next, 1 + random.below(5), change, fresh))];
}

/** Subtrees that stand elsewhere in the base, as they are or a little changed. */
function subtrees(random: SeededRandom): Pair {
  const part = (): Record<string, unknown> => ({
    summary: sentence(random, 8),
    schema: { type: pick(random, WORDS), items: times(3, () => row(random)) },
  });
  const base = Object.fromEntries(times(8, (i) => [`/path/${i}`, part()]));
  const [from, to] = [`/path/${random.below(8)}`, `/path/${8 + random.below(9)}`];
  const copied = structuredClone(base[from]) as Record<string, unknown>;
  copied['summary'] = editedText(random, String(copied['summary']));
  const next: Record<string, unknown> = { ...base, [to]: copied };
  if (random.below(2) === 0) delete next[from];
  return [base, next];
}

function numbers(random: SeededRandom): Pair {
  const number = (): number => {
    const kind = random.below(5);
    if (kind === 0) return random.below(1000);
    if (kind === 1) return -random.below(100_000) / 8;
    if (kind === 2) return random.below(1_000_000_000) * 4096;
    return random.below(10_000_000) / 10 ** random.below(8);
  };
  const list = times(2 + random.below(100), number);
  const near = (one: number): number => (random.below(2) === 0 ? number() : one + 0.25);
  return [list, editedList(random, list, 1 + random.below(8), near, number)];
}

/** Sorted levels of a book: pairs of price and size. */
function levels(random: SeededRandom): Pair {
  const level = (): [number, number] => [random.below(10_000) / 4, random.below(900) / 10];
  const sorted = (list: [number, number][]): [number, number][] =>
    list.toSorted(([a], [b]) => a - b);
  const list = sorted(times(10 + random.below(90), level));
  const change = ([price]: [number, number]): [number, number] => [price, random.below(900) / 10];
  return [{ list }, { list: sorted(editedList(random, list, 1 + random.below(6), change, level)) }];
}

/** By kind, what makes a pair. */
export const EDITED_DOCUMENTS: Readonly<Record<string, (random: SeededRandom) => Pair>> = {
  rows,
  rowsWithIds,
  ranked,
  texts,
  repetitive,
  maps,
  subtrees,
  numbers,
  levels,
};

/** A document of several hundred kilobytes, and the same with new rows like those beside them. */
export function largePair(random: SeededRandom): Pair {
  const list = times(6000, (i) => ({ i, name: sentence(random, 3), zone: pick(random, WORDS) }));
  const next = [...list];
  for (const at of [17, 3000, 3001, 5990]) {
    const near = list[at] as (typeof list)[number];
    next.splice(at, 0, {
      ...near,
      i: at * 10,
      name: `${near.name} ${editedText(random, near.name)}`,
    });
  }
  return [{ list }, { list: next }];
}
