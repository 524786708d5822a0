/** A producer with its publisher, small enough that every limit is near. */
// @ts-check
import { deflateRawSync } from 'node:zlib';
import { must } from './check.mjs';

/** @typedef {import('./check.mjs').Library} Library */
/** @typedef {import('../dist/protocol/output.js').PublisherOutput} PublisherOutput */
/** @typedef {{ kind: 'message', bytes: Uint8Array } | { kind: 'close' }} Arrival */

export const STREAM = 'fuzz';
const WINDOW_BYTES = 2000;
const PART_BYTES = 300;
const TEXT = 'All work and no play makes a long row of text that deflates rather well. '.repeat(6);
/** Rows and whether they are long: nothing; few; worth comparing; worth packing. */
const SIZES = /** @type {const} */ ([
  [0, false],
  [5, false],
  [12, true],
  [42, true],
]);
const NUMBERS = Array.from({ length: 64 }, (_, n) => n);

/** @param {Library} lib */
export const sessionOf = (lib) =>
  lib.sessionLimits.resolveSessionLimits({
    windowBytes: WINDOW_BYTES,
    partBytes: PART_BYTES,
    catchUpBytesPerTurn: 500,
    openTransferBytesMax: 2000,
  });

export class Hub {
  /** Digests of all states that any producer had. @type {Set<string>} */
  states = new Set();
  /** What waits for the end of a turn. */
  isAskedForWork = false;
  /** @type {Uint8Array[]} */
  #pieces = [];
  /** @type {{ snapshot: number, parts: Uint8Array[] } | undefined} */
  #packed;
  #largest = 0;

  /**
   * @param {Library} lib @param {number} size
   * @param {(id: number, arrival: Arrival) => void} out
   */
  constructor(lib, size, out) {
    /** @type {Library} */
    this.lib = lib;
    this.out = out;
    this.session = sessionOf(lib);
    this.term = 1000;
    this.termMax = this.term;
    this.starts = 0;
    this.start(this.term);
    const [rows, isLong] = SIZES[size % SIZES.length] ?? SIZES[0];
    if (rows > 0) this.fill(rows, isLong);
  }

  /** Another producer takes over; no two share an epoch. @param {number} term */
  start(term) {
    this.term = term;
    this.termMax = Math.max(term, this.termMax);
    const incarnation = String(++this.starts).padStart(16, '0');
    const limits = { journalEntriesMax: 12, tombstonesMax: 3 };
    const options = { epoch: { term, incarnation }, name: STREAM, limits };
    /** @type {import('../dist/cache/producer.js').ProducerCache} */
    this.producer = new this.lib.producer.ProducerCache(options);
    /** @type {import('../dist/protocol/publisher.js').Publisher} */
    this.publisher = new this.lib.publisher.Publisher(this.producer, this.session);
    this.isAskedForWork = false;
    this.#pieces = [];
    this.#packed = undefined;
    return this.producer;
  }

  /** @param {number} rows @param {boolean} isLong */
  fill(rows, isLong) {
    this.commit((producer) => {
      const text = isLong ? TEXT : 'row';
      producer.replaceAll(NUMBERS.slice(0, rows).map((n) => [n, { n, text }]));
    });
  }

  /** @param {(producer: import('../dist/cache/producer.js').ProducerCache) => unknown} work */
  commit(work) {
    work(this.producer);
    this.states.add(this.producer.digestWords().join());
  }

  /** One change by a number. @param {number} choice */
  change(choice) {
    const key = choice % 16;
    this.commit((producer) => {
      if (choice >= 200 && producer.has(key)) producer.delete(key);
      else if (choice >= 180) producer.set(`text ${key}`, TEXT.slice(0, 20 * key));
      else producer.set(key, { n: producer.version, text: 'row' });
    });
  }

  /** @param {number} id @param {number} nowMs */
  open(id, nowMs) {
    this.publisher.open(id, nowMs);
  }

  /** @param {number} id */
  closed(id) {
    this.publisher.closed(id);
  }

  /** @param {number} id @param {Uint8Array} bytes @param {number} nowMs */
  receive(id, bytes, nowMs) {
    this.#obey(this.publisher.receive(id, bytes, nowMs));
  }

  /** @param {number} nowMs */
  tick(nowMs) {
    this.#obey(this.publisher.tick(nowMs));
  }

  /** The end of a turn, and of those that follow from it. */
  turn() {
    this.#obey(this.publisher.flush());
    for (let i = 0; i < 64 && this.goOn(); i++);
  }

  /** One step of what was asked for; false: there is nothing. */
  goOn() {
    if (this.isAskedForWork) {
      this.isAskedForWork = false;
      this.#obey(this.publisher.work());
      return true;
    }
    const packed = this.#packed;
    this.#packed = undefined;
    if (packed !== undefined) {
      this.#obey(this.publisher.packed(packed.snapshot, packed.parts));
    }
    return packed !== undefined;
  }

  /** @param {readonly PublisherOutput[]} outputs */
  #obey(outputs) {
    for (const output of outputs) {
      switch (output.kind) {
        case 'work':
          must(!this.isAskedForWork, 'work is asked for twice');
          this.isAskedForWork = true;
          break;
        case 'pack':
          this.#pieces.push(output.bytes);
          if (output.last) this.#pack(output.snapshot, output.partBytes);
          break;
        case 'send':
          this.lib.messages.decodeHubMessage(output.bytes);
          this.#largest = Math.max(this.#largest, output.bytes.length);
          this.out(output.session, { kind: 'message', bytes: output.bytes });
          break;
        default:
          must(output.code >= 1000 && output.reason.length > 0, 'a close without a reason');
          this.out(output.session, { kind: 'close' });
      }
    }
    this.#checkBounds();
  }

  /** @param {number} snapshot @param {number} partBytes */
  #pack(snapshot, partBytes) {
    const packed = deflateRawSync(Buffer.concat(this.#pieces.splice(0)));
    const parts = [];
    for (let at = 0; at === 0 || at < packed.length; at += partBytes) {
      parts.push(packed.subarray(at, at + partBytes));
    }
    this.#packed = { snapshot, parts };
  }

  #checkBounds() {
    const most = 3 * (WINDOW_BYTES + PART_BYTES) + 2 * this.#largest;
    for (const { bytesUnacknowledged, cursor, lagVersions } of this.publisher.describe()) {
      must(bytesUnacknowledged >= 0 && bytesUnacknowledged <= most, 'too much is under way');
      must(cursor >= 0 && lagVersions >= 0, 'a session beyond the head');
    }
    must(!Number.isNaN(this.publisher.nextTimeoutMs()), 'no time to wake up at');
  }
}
