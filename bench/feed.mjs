// Where updates come from: recorded feeds, the auctions, and a small generated feed.
// A feed is { name, window, records() }, its records { op: 'put' | 'del', key, value }.
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createAuctions, SeededRandom } from '../dist/testing/index.js';
import { readTrace, tracesIn } from '../lab/trace.mjs';

/** Records of a feed that no anchor gives a window for. */
const WINDOW = 1500;
const AUCTIONS = 200;

function anchorsOf(folder) {
  const path = join(folder, 'anchors.json');
  return existsSync(path) ? JSON.parse(readFileSync(path, 'utf8')) : {};
}

/** Recorded feeds of a folder, with what others need for them where anchors.json says it. */
export function recordedFeeds(folder) {
  const anchors = anchorsOf(folder);
  return tracesIn(folder).map(({ name, path }) => {
    const anchor = anchors[name];
    return { name, window: anchor?.n ?? WINDOW, anchor, records: () => readTrace(path) };
  });
}

function* auctionRecords() {
  const auctions = createAuctions({ seed: 1, count: AUCTIONS });
  for (const value of auctions.initial()) yield { op: 'put', key: value.key, value };
  for (let nowMs = 1.7e12; ; nowMs += 2.5) {
    const value = auctions.next(nowMs);
    yield { op: 'put', key: value.key, value };
  }
}

export function auctionFeed() {
  return { name: 'auctions', window: AUCTIONS + WINDOW, records: auctionRecords };
}

const WORDS = ['open', 'closed', 'påse', '夜', '🐟 fish', 'two words', '', 'length'];

function newRow(random) {
  return { id: random.below(10_000), label: random.pick(WORDS), price: random.below(900) / 100 };
}

/** Any of what happens to values: members in and out, rows in, out, moved and edited. */
function nextValue(value, random) {
  const { note, rows, ...rest } = structuredClone(value);
  const at = random.below(rows.length + 1);
  const kind = random.below(4);
  if (kind === 0) rows.splice(at, 0, newRow(random));
  if (kind === 1 && rows.length > 2) rows.unshift(...rows.splice(at, 2));
  if (kind === 2 && rows.length > 2) rows.splice(at, 1);
  if (kind === 3 && at < rows.length) rows[at].price = Number((rows[at].price + 0.01).toFixed(2));
  const tick = rest.tick + 1;
  const word = random.pick(WORDS);
  const front = random.below(3) === 0 ? { [`x${tick}`]: null } : {};
  return { ...front, ...rest, tick, ...(tick % 5 === 0 ? {} : { note: word || note }), rows };
}

function* generatedRecords() {
  const random = new SeededRandom('bench');
  const values = new Map();
  for (;;) {
    const key = `k${random.below(5)}`;
    const held = values.get(key);
    if (held !== undefined && random.below(12) === 0) {
      values.delete(key);
      yield { op: 'del', key };
      continue;
    }
    const rows = Array.from({ length: 8 }, () => newRow(random));
    const value = held === undefined ? { key, tick: 0, rows } : nextValue(held, random);
    values.set(key, value);
    yield { op: 'put', key, value };
  }
}

/** A few dozen records that need no files, for a look whether everything works. */
export function generatedFeed() {
  return { name: 'generated', window: 60, records: generatedRecords };
}
