/** The publisher, and consumers that send whatever they like with all checks right. */
// @ts-check
import { Hub } from '../hub.mjs';
import { Script } from '../script.mjs';
import { resealing } from './messages.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../../dist/protocol/message.js').ConsumerMessage} ConsumerMessage */
/** @typedef {import('../../dist/protocol/nonce.js').Nonce} Nonce */
/** @typedef {import('../../dist/protocol/position.js').Position} Position */

const STEPS_MS = [1, 100, 1000, 5001, 31_000];
const TRUSTS = /** @type {const} */ (['position', 'compare', 'nothing']);

/** What the consumers know of the hub. */
class Crowd {
  nowMs = 0;
  /** Positions that the hub has had. @type {Position[]} */
  positions = [];
  /** Bytes sent to each session. */
  received = [0, 0, 0, 0];
  /** The last nonce that each has used. @type {Nonce[]} */
  nonces = [
    [0, 0],
    [0, 0],
    [0, 0],
    [0, 0],
  ];

  /** @param {Library} lib @param {number} size */
  constructor(lib, size) {
    this.lib = lib;
    this.reseal = resealing(lib);
    this.hub = new Hub(lib, size, (id, arrival) => {
      const bytes = arrival.kind === 'message' ? arrival.bytes.length : 0;
      this.received[id] = (this.received[id] ?? 0) + bytes;
    });
    this.note();
  }

  note() {
    const { producer } = this.hub;
    if (producer.version === 0) return;
    const { epoch, version } = producer;
    this.positions.push({ epoch, version, digest: producer.digestWords() });
  }

  /** @param {Script} script @returns {Position | undefined} */
  position(script) {
    const choice = script.byte();
    const known = this.positions[choice % (this.positions.length + 1)];
    if (known === undefined || choice < 200) return known;
    const { term, incarnation } = known.epoch;
    const epoch = { term: Math.max(0, term + script.below(3) - 1), incarnation };
    return { epoch, version: Math.max(1, script.number()), digest: known.digest };
  }

  /** @param {Script} script @param {number} id @returns {ConsumerMessage} */
  message(script, id) {
    const kind = script.below(8);
    const nonce = this.nonces[id] ?? [0, 0];
    if (kind < 4) {
      /** @type {Nonce} */
      const fresh = [script.byte(), id];
      this.nonces[id] = fresh;
      const position = this.position(script);
      const partial =
        script.below(3) === 0
          ? { to: script.below(20), check: script.number() % 2 ** 32, bytes: 300 * script.below(9) }
          : undefined;
      const standing = { nonce: fresh, position, trust: script.pick(TRUSTS), partial };
      if (kind === 3) return { kind: 'resume', ...standing };
      const frameBytesMax = script.below(4) === 0 ? script.number() : 2 ** 28;
      const protocol = script.below(16) === 0 ? 1 : 0;
      const dense = script.below(2) === 0;
      return { kind: 'hello', protocol, frameBytesMax, dense, token: '', ...standing };
    }
    if (kind === 4 || kind === 5) {
      const all = this.received[id] ?? 0;
      const bytes = script.below(4) === 0 ? script.number() : all;
      return { kind: 'ack', bytes, version: script.below(4) };
    }
    const level = script.below(4);
    const indexes = new Set(Array.from({ length: script.below(6) }, () => script.byte() % 128));
    const nodes = [...indexes].sort((a, b) => a - b).map((index) => index * (level > 2 ? 128 : 1));
    const inLevel = nodes.filter((index) => index < 128 ** level);
    if (kind === 6) return { kind: 'compare', nonce, level, nodes: inLevel };
    const claims = inLevel.map((index) => ({
      node: { level, index },
      items: Uint32Array.from({ length: 2 * script.below(4) }, () => script.number() % 2 ** 32),
    }));
    return { kind: 'mend', nonce, claims };
  }
}

/** @param {Crowd} crowd @param {Script} script */
function step(crowd, script) {
  const { hub, lib } = crowd;
  const id = script.below(4);
  switch (script.below(12)) {
    case 0:
      crowd.received[id] = 0;
      return hub.open(id, crowd.nowMs);
    case 1:
      return hub.closed(id);
    case 2:
      hub.change(script.byte());
      return crowd.note();
    case 3:
      return hub.turn();
    case 4:
      crowd.nowMs += script.pick(STEPS_MS);
      return hub.tick(crowd.nowMs);
    case 5:
      return hub.receive(id, crowd.reseal(script.block()), crowd.nowMs);
    case 6: {
      const bytes = script.damaged(lib.messages.encodeMessage(crowd.message(script, id)));
      return hub.receive(id, crowd.reseal(bytes), crowd.nowMs);
    }
    case 7:
      return void hub.goOn();
    default:
      hub.receive(id, lib.messages.encodeMessage(crowd.message(script, id)), crowd.nowMs);
  }
}

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function publisherTarget(lib, random) {
  const opened = [0, 0, 1, 0, 0, 8];
  return {
    name: 'publisher',
    isMachine: true,
    lengthMax: 200,
    tokens: [Uint8Array.of(0, 0, 0, 8), Uint8Array.of(1, 8, 4, 0, 0), Uint8Array.of(0, 8, 7, 1, 1)],
    seeds: Array.from({ length: 60 }, (_, i) =>
      Uint8Array.from({ length: 20 + random.below(60) }, (_unused, at) =>
        at === 0 ? i : (opened[at - 1] ?? random.below(random.below(2) === 0 ? 12 : 256)),
      ),
    ),
    run: (bytes) => {
      const script = new Script(bytes);
      const crowd = new Crowd(lib, script.byte());
      while (!script.isOver) step(crowd, script);
      return crowd.hub.publisher.counters.messagesSent > 1;
    },
  };
}
