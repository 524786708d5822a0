/** The subscriber, and a hub that sends whatever it likes with the checks of messages right. */
// @ts-check
import { deflateRawSync } from 'node:zlib';
import { must } from '../check.mjs';
import { Hub, STREAM } from '../hub.mjs';
import { Replica } from '../replica.mjs';
import { Script } from '../script.mjs';
import { resealing } from './messages.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../../dist/protocol/message.js').HubMessage} HubMessage */
/** @typedef {import('../../dist/protocol/nonce.js').Nonce} Nonce */

const STEPS_MS = [1, 100, 1000, 3001, 10_000, 31_000];

/** The end of a line where somebody sits who has the data, and no scruples. */
class Rogue {
  nowMs = 0;
  /** Of the last request. @type {Nonce} */
  nonce = [0, 0];

  /** @param {Library} lib @param {number} size */
  constructor(lib, size) {
    this.lib = lib;
    this.reseal = resealing(lib);
    this.hub = new Hub(lib, size, () => {});
    this.replica = new Replica(lib, (words) => this.hub.states.has(words));
    this.hub.change(0);
    this.listen();
  }

  listen() {
    const { replica } = this;
    if (replica.isDialing) replica.connect(this.nowMs);
    for (const bytes of replica.sent.splice(0)) {
      const message = this.lib.messages.decodeConsumerMessage(bytes);
      if ('nonce' in message) this.nonce = message.nonce;
    }
  }

  get producer() {
    return this.hub.producer;
  }

  /** @param {Script} script @returns {HubMessage} */
  answer(script) {
    const { producer, replica } = this;
    const { version, epoch } = producer;
    const held = replica.cache.version;
    const own = script.below(3) === 0 ? replica.cache.digestWords() : producer.digestWords();
    // Who is told that its copy is the present state has to believe it.
    this.hub.states.add(own.join());
    const digest = script.below(8) === 0 ? [1, 2, 3, 4] : own;
    const term = epoch.term + (script.below(6) === 0 ? script.below(3) - 1 : 0);
    const head = { epoch: { ...epoch, term }, version, digest };
    const from = script.pick([0, held, version, script.byte()]);
    const sums = producer.childSums({ level: 0, index: 0 });
    const entries = script.pick([producer.size, 5000, 2 ** 21, 2 ** 40]);
    if (script.below(3) === 0) sums[script.below(128)] = script.number() % 2 ** 32;
    const comparison = script.below(3) === 0 ? { entries, sums } : undefined;
    const times = { heartbeatMs: script.pick([1000, 0, 2 ** 53 - 1]), windowBytes: 2000 };
    return {
      kind: 'answer',
      protocol: 1,
      nonce: this.nonce,
      ...times,
      from,
      sentBytes: 0,
      head,
      comparison,
    };
  }

  /** @param {Script} script @returns {Uint8Array} a frame's body that is right, or nearly */
  body(script) {
    const { producer } = this;
    const from = script.pick([0, this.replica.cache.version, script.byte()]);
    const body = producer.frame(Math.min(from, producer.version)).body();
    return script.below(3) === 0 ? script.damaged(body) : body;
  }

  /** @param {Script} script @returns {Uint8Array} a part of one, where it may be next */
  part(script) {
    const piece = this.body(script).subarray(0, script.byte());
    const offset = script.pick([0, 0, script.byte() & 127]);
    return Uint8Array.of(offset, ...piece);
  }

  /** @param {Script} script @returns {HubMessage} */
  message(script) {
    const { lib, producer, nonce } = this;
    switch (script.below(11)) {
      case 0:
      case 1:
        return this.answer(script);
      case 2:
      case 3:
        return { kind: 'frame', body: this.body(script) };
      case 4:
        return { kind: 'part', body: this.part(script) };
      case 5: {
        const version = producer.version + (script.below(4) === 0 ? 1 : 0);
        const check = producer.headCheck() ^ (script.below(4) === 0 ? 1 : 0);
        return { kind: 'head', version, digest: producer.digestWords(), check: check >>> 0 };
      }
      case 6: {
        const code = script.pick(['ahead', 'unknown-stream', 'epoch-conflict', 'x', 'closed']);
        return { kind: 'refusal', code, reason: '', retryAfterMs: script.number() };
      }
      case 7: {
        const level = script.below(5);
        const sums = new Uint32Array(128 * script.below(3)).fill(script.byte());
        return script.below(4) === 0 ? { kind: 'wait' } : { kind: 'sums', nonce, level, sums };
      }
      case 8: {
        const since = Math.min(script.byte(), producer.version);
        const frame = producer.mend([], since)?.frame ?? producer.frame(0);
        const dropped = [...new Set([script.byte(), script.byte() + 256])];
        return { kind: 'mended', body: lib.claims.encodeMending(nonce, { frame, dropped }) };
      }
      default:
        return this.snapshot(script);
    }
  }

  /** @param {Script} script @returns {HubMessage} */
  snapshot(script) {
    const frame = this.producer.frame(0);
    const packed = deflateRawSync(frame.body());
    const sizes = [packed.length, 0, 1, script.number()];
    const rawBytes = script.pick([frame.body().length, script.number()]);
    const packedBytes = script.pick(sizes);
    const manifest = { to: frame.to, check: frame.check, rawBytes, packedBytes };
    if (script.below(2) === 0) return { kind: 'snapshot', manifest };
    const offset = script.pick([0, script.byte()]);
    const bytes = packed.subarray(offset, offset + script.pick([packed.length, script.byte()]));
    const body = this.lib.chunk.encodeChunk(0x4a, { offset, bytes }).subarray(1);
    return { kind: 'chunk', body };
  }
}

/** @param {Rogue} rogue @param {Script} script */
function step(rogue, script) {
  const { replica, lib, hub } = rogue;
  switch (script.below(12)) {
    case 0:
      return hub.change(script.byte());
    case 1:
      rogue.nowMs += script.pick(STEPS_MS);
      return replica.tick(rogue.nowMs);
    case 2:
      return replica.isConnected ? replica.disconnect(rogue.nowMs) : undefined;
    case 3:
      return replica.install(rogue.nowMs);
    case 4:
      return arrive(rogue, rogue.reseal(script.block()));
    case 5:
      return arrive(
        rogue,
        rogue.reseal(script.damaged(lib.messages.encodeMessage(rogue.message(script)))),
      );
    case 6: {
      hub.start(hub.term + script.below(3) - 1);
      return hub.change(script.byte());
    }
    default:
      return arrive(rogue, lib.messages.encodeMessage(rogue.message(script)));
  }
}

/** @param {Rogue} rogue @param {Uint8Array} bytes */
function arrive(rogue, bytes) {
  if (rogue.replica.isConnected) rogue.replica.receive(bytes, rogue.nowMs);
}

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function subscriberTarget(lib, random) {
  return {
    name: 'subscriber',
    isMachine: true,
    lengthMax: 200,
    tokens: [Uint8Array.of(7, 0, 0, 0), Uint8Array.of(8, 2, 0, 1), Uint8Array.of(9, 8, 0, 0)],
    seeds: Array.from({ length: 60 }, (_, i) =>
      Uint8Array.from({ length: 20 + random.below(60) }, (_unused, at) =>
        at === 0 ? i : at === 1 ? 7 : at === 2 ? 0 : random.below(random.below(2) === 0 ? 12 : 256),
      ),
    ),
    run: (bytes) => {
      const script = new Script(bytes);
      const rogue = new Rogue(lib, script.byte());
      must(rogue.replica.cache.head() === undefined, `a copy of ${STREAM} out of nothing`);
      while (!script.isOver) {
        step(rogue, script);
        rogue.listen();
      }
      return rogue.replica.cache.version > 0;
    },
  };
}
