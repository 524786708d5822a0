// All contestants on one feed, in one run: records in small blocks, each block taken by one after
// the other, and each block begun by the next, so that what disturbs the machine hits all alike.
import { ByteWriter } from '../dist/core/bytes.js';
import { Seat } from './seat.mjs';
import { median } from './statistics.mjs';

/** A block ends at so many records, or so much text, whichever comes first. */
const BLOCK_RECORDS = 8;
const BLOCK_CHARACTERS = 256 * 1024;
/** A feed is played for so long before it is measured. */
const WARM_UP_MS = 15_000;

/**
 * What a key costs a connection that numbers its keys: its text when it is new, with its length and
 * its number; afterwards its number. The anchors count so.
 */
class KeyNumbers {
  #numbers = new Map();

  bytes(key) {
    const out = new ByteWriter(16);
    const known = this.#numbers.get(key);
    if (known === undefined) {
      out.varint(this.#numbers.size);
      out.text(String(key));
      this.#numbers.set(key, this.#numbers.size);
    } else {
      out.varint(known);
    }
    return out.take();
  }
}

/** The records of the window in blocks, each with its base and its text. */
async function* blocksOf(feed, window) {
  const current = new Map();
  const keys = new KeyNumbers();
  let block = [];
  let characters = 0;
  let left = window;
  for await (const { op, key, value } of feed.records()) {
    if (left-- <= 0) break;
    const keyBytes = keys.bytes(key);
    if (op === 'del') {
      current.delete(key);
      block.push({ op, key, keyBytes });
    } else {
      const text = JSON.stringify(value);
      const base = current.get(key);
      // Parsed anew, so that nothing is shared with the base, whoever made the record.
      const beganMs = performance.now();
      const parsed = JSON.parse(text);
      const parseUs = (performance.now() - beganMs) * 1000;
      current.set(key, parsed);
      characters += text.length;
      block.push({ op, key, keyBytes, base, value: parsed, text, parseUs });
    }
    if (block.length < BLOCK_RECORDS && characters < BLOCK_CHARACTERS) continue;
    yield block;
    block = [];
    characters = 0;
  }
  if (block.length > 0) yield block;
}

function parseTime(blocks) {
  return median(blocks.slice(Math.floor(blocks.length * 0.2)));
}

/**
 * Plays the feed before anything is measured, again and again where it is short: what runs for
 * hours is compiled, and so should be what is timed. Nobody keeps anything of it.
 */
async function warmUp(feed, contestants, window, patienceMs) {
  const endMs = performance.now() + WARM_UP_MS;
  while (performance.now() < endMs) {
    const seats = contestants.map((contestant) => new Seat(contestant, { patienceMs }));
    for await (const block of blocksOf(feed, window)) {
      for (const seat of seats) for (const record of block) seat.take(record);
      if (performance.now() > endMs) break;
    }
    for (const seat of seats) seat.rows();
  }
}

/**
 * The rows of all contestants, and what the feed is like. `onProgress` gets the share of the window
 * that is done.
 */
export async function contest(feed, contestants, { records, patienceMs, isTimed, onProgress }) {
  const window = records ?? feed.window;
  if (isTimed) await warmUp(feed, contestants, window, WARM_UP_MS / 10);
  const seats = contestants.map((contestant) => new Seat(contestant, { patienceMs }));
  const counts = { records: 0, created: 0, changed: 0, deleted: 0 };
  const parseUs = [];
  let turn = 0;
  for await (const block of blocksOf(feed, window)) {
    for (const { op, base, parseUs: us } of block) {
      counts.records++;
      if (op === 'del') counts.deleted++;
      else if (base === undefined) counts.created++;
      else counts.changed++;
      if (base !== undefined) parseUs.push(us);
    }
    for (let i = 0; i < seats.length; i++) {
      const seat = seats[(i + turn) % seats.length];
      for (const record of block) seat.take(record);
      seat.endBlock();
    }
    turn++;
    onProgress?.(counts.records / window);
  }
  const rows = seats.flatMap((seat) => seat.rows());
  // What an anchor says holds for its own window alone.
  const anchor = feed.anchor?.n === counts.records ? feed.anchor : undefined;
  return { name: feed.name, counts, parseUs: parseTime(parseUs), anchor, rows };
}
