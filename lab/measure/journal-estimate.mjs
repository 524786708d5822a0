// What the journal holds of the heap, against what it believes to hold: its bound is in bytes,
// and only as good as that belief.
import { SeededRandom } from '../../dist/testing/index.js';
import { between, plain } from './figures.mjs';
import { heldBytes } from './heap.mjs';
import { newProducer } from './publisher-rig.mjs';
import { auctions, RECORDED_FEED } from './workload.mjs';

const MARGIN = 2;

/** Fresh objects, as they come from a feed: nothing is shared with what came before. */
const fresh = (value) => JSON.parse(JSON.stringify(value));

function* bids({ entries, updates, seed, data }) {
  const source = auctions({ count: entries, seed, data });
  for (const [key, value] of source.entries) yield [key, fresh(value)];
  for (let i = 0; i < updates; i++) {
    const [key, value] = source.next();
    yield [key, fresh(value)];
  }
}

/** One document of many rows; each update changes one number in it. */
function* largeDocument({ rows, updates, seed }) {
  const random = new SeededRandom(seed);
  const document = {
    title: 'stations',
    rows: Array.from({ length: rows }, (_, id) => ({
      id,
      name: `station ${random.next().toString(36)}`,
      place: { lat: random.below(180), lon: random.below(360) },
      free: random.below(50),
      docks: random.below(50),
    })),
  };
  yield ['document', fresh(document)];
  for (let i = 0; i < updates; i++) {
    const row = random.pick(document.rows);
    row.free = (row.free + 1 + random.below(40)) % 50;
    yield ['document', fresh(document)];
  }
}

/** Texts that are replaced as a whole. */
function* texts({ entries, updates, seed }) {
  const random = new SeededRandom(seed);
  const text = () => Array.from({ length: 40 }, () => random.next().toString(36)).join(' ');
  for (let i = 0; i < entries + updates; i++) {
    const key = i < entries ? i : random.below(entries);
    yield [key, { key, text: text() }];
  }
}

/** Entries that come and go. */
function* comings({ entries, updates, seed, data }) {
  const source = auctions({ count: entries, seed, data });
  for (let i = 0; i < updates; i++) {
    const [key, value] = source.entries[i % source.entries.length];
    yield i % (2 * source.entries.length) < source.entries.length
      ? [key, fresh(value)]
      : [key, undefined];
  }
}

/** Heap that a producer takes after these changes. */
async function heldAfter(changes, journalBytesMax) {
  const before = await heldBytes();
  const producer = newProducer({ limits: { journalBytesMax } });
  for (const [key, value] of changes) {
    if (value === undefined) producer.delete(key);
    else producer.set(key, value);
  }
  const bytes = (await heldBytes()) - before;
  return { bytes, estimate: producer.journalSize.heapBytes, records: producer.journalSize.records };
}

/** Heap of a producer that was given the last state and has no past. */
async function heldWithoutPast(changes) {
  const before = await heldBytes();
  const producer = newProducer({ limits: { journalBytesMax: 0 } });
  const state = new Map();
  for (const [key, value] of changes) {
    if (value === undefined) state.delete(key);
    else state.set(key, value);
  }
  producer.replaceAll(state);
  state.clear();
  const bytes = (await heldBytes()) - before;
  // Used afterwards, so that the engine does not let it go before.
  return producer.size < 0 ? Number.NaN : bytes;
}

async function compare(what, make, journalBytesMax) {
  const without = await heldWithoutPast(make());
  const withJournal = await heldAfter(make(), journalBytesMax);
  const held = withJournal.bytes - without;
  const { estimate, records } = withJournal;
  const ratio = held / estimate;
  return [
    plain(`${what}: records`, records),
    plain(`${what}: estimate`, estimate / 1e6, 'MB'),
    plain(`${what}: held in truth`, held / 1e6, 'MB'),
    between(`${what}: held / estimate`, ratio, [1 / MARGIN, MARGIN]),
  ];
}

async function run(settings) {
  const { 'journal-bytes': journalBytesMax } = settings;
  const documentUpdates = Math.ceil(settings.updates / 20);
  const cases = {
    'bids on auctions': () => bids(settings),
    'a large document': () => largeDocument({ ...settings, updates: documentUpdates }),
    'texts replaced': () => texts(settings),
    'coming and going': () => comings(settings),
  };
  // The first round warms the engine up; its figures count for nothing.
  await compare('', () => bids({ ...settings, updates: 1000 }), journalBytesMax);
  const figures = [];
  for (const [what, make] of Object.entries(cases)) {
    figures.push(...(await compare(what, make, journalBytesMax)));
  }
  return {
    figures,
    notes: ['held in truth: heap after gc, less that of a producer that only knows the last state'],
  };
}

export const command = {
  shows: 'heap that the journal holds, against its own estimate',
  options: {
    entries: { value: 1000, what: 'auctions or texts' },
    rows: { value: 5000, short: 1000, what: 'rows of the large document' },
    updates: { value: 20_000, short: 5_000, what: 'updates; a 20th of it for the document' },
    'journal-bytes': { value: 16 * 1024 * 1024, what: 'bound of the journal, in bytes' },
    seed: { value: 1, what: 'seed of the data' },
    data: RECORDED_FEED,
  },
  run,
};
