/** A consumer with its subscriber, watched at every step. */
// @ts-check
import { inflateRawSync } from 'node:zlib';
import { must } from './check.mjs';
import { sessionOf, STREAM } from './hub.mjs';

/** @typedef {import('./check.mjs').Library} Library */
/** @typedef {import('../dist/protocol/output.js').SubscriberOutput<unknown>} Output */
/** @typedef {import('../dist/protocol/subscriber.js').Subscriber<unknown>} Subscriber */

const STATUSES = new Set(['connecting', 'catching-up', 'live', 'stale', 'conflict', 'closed']);
/** No message of these tests is longer; a manifest may announce more. */
const FRAME_BYTES_MAX = 40_000;

/** @param {Uint8Array} packed @param {number} rawBytes */
function inflated(packed, rawBytes) {
  try {
    const raw = inflateRawSync(packed, { maxOutputLength: rawBytes + 1 });
    return raw.length === rawBytes ? new Uint8Array(raw) : undefined;
  } catch {
    return undefined;
  }
}

export class Replica {
  isDialing = false;
  isConnected = false;
  /** What was sent, oldest first. @type {Uint8Array[]} */
  sent = [];
  /** To be told of with `unpacked`. @type {{ snapshot: number, raw: Uint8Array | undefined }[]} */
  unpacked = [];
  /** Codes of the errors that were told. @type {string[]} */
  errors = [];
  #epoch = { term: -1, incarnation: '' };
  #version = 0;

  /** @param {Library} lib @param {(words: string) => boolean} isState a state some producer had */
  constructor(lib, isState) {
    this.lib = lib;
    this.isState = isState;
    const limits = { frameBytesMax: FRAME_BYTES_MAX, nodesMax: 4000, changesMax: 400 };
    this.cache = new lib.frameConsumer.FrameConsumer({ name: STREAM, limits });
    const options = /** @type {const} */ ({ seed: [1, 2], session: sessionOf(lib), limits });
    /** @type {Subscriber} */
    this.subscriber = new lib.subscriber.Subscriber(this.cache, options);
    this.#obey(this.subscriber.start(0));
  }

  /** @param {number} nowMs */
  connect(nowMs) {
    this.isDialing = false;
    this.isConnected = true;
    this.sent = [];
    this.#obey(this.subscriber.connected(nowMs));
  }

  /** @param {number} nowMs */
  disconnect(nowMs) {
    this.isDialing = false;
    this.isConnected = false;
    this.#obey(this.subscriber.disconnected(nowMs, undefined));
  }

  /** @param {Uint8Array} bytes @param {number} nowMs */
  receive(bytes, nowMs) {
    this.#obey(this.subscriber.receive(bytes, nowMs));
  }

  /** @param {number} nowMs */
  tick(nowMs) {
    this.#obey(this.subscriber.tick(nowMs));
  }

  /** Tells of an unpacked snapshot, if there is one. @param {number} nowMs */
  install(nowMs) {
    const next = this.unpacked.shift();
    if (next === undefined) return;
    let outputs = this.subscriber.unpacked(next.snapshot, next.raw, nowMs);
    for (;;) {
      this.#obey(outputs);
      if (outputs.at(-1)?.kind !== 'go-on') return;
      outputs = this.subscriber.goOn(nowMs);
    }
  }

  /** @param {readonly Output[]} outputs */
  #obey(outputs) {
    for (const output of outputs) {
      switch (output.kind) {
        case 'dial':
          must(!this.isConnected, 'a dial while there is a connection');
          this.isDialing = true;
          break;
        case 'send':
          this.lib.messages.decodeConsumerMessage(output.bytes);
          this.sent.push(output.bytes);
          break;
        case 'hang-up':
          this.isConnected = false;
          this.isDialing = false;
          break;
        case 'unpack':
          this.unpacked.push({
            snapshot: output.snapshot,
            raw: inflated(output.packed, output.rawBytes),
          });
          break;
        case 'status':
          must(STATUSES.has(output.status), 'a status that there is not');
          break;
        case 'error':
          this.errors.push(output.error.code);
          break;
        case 'progress':
          must(output.progress.receivedBytes <= output.progress.totalBytes, 'too much progress');
          break;
        case 'go-on':
          break;
        default:
          must(output.event.from <= output.event.to, 'changes that lead back');
          must(output.event.to === this.cache.version, 'A1: changes told beside a later state');
      }
    }
    this.#checkState();
  }

  #checkState() {
    const { cache, subscriber } = this;
    const { currentEpoch: epoch, version } = cache;
    must(version === 0 || this.isState(cache.digestWords().join()), 'P1: no state of a producer');
    if (epoch === undefined) return;
    const { term, incarnation } = this.#epoch;
    must(epoch.term >= term, 'P3: an older epoch is shown');
    const isSame = epoch.term === term && epoch.incarnation === incarnation;
    must(epoch.term > term || isSame, 'P3: an epoch of an equal term is shown');
    must(!isSame || version >= this.#version, 'P3: an older version is shown');
    this.#epoch = epoch;
    this.#version = version;
    must(!Number.isNaN(subscriber.nextTimeoutMs()), 'no time to wake up at');
  }
}
