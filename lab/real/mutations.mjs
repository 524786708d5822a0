// What a consumer that means harm may send.
import { withSeal } from '../../dist/protocol/seal.js';

const SEAL_BYTES = 4;
const OVERSIZE_BYTES = 600 * 1024;
const GARBAGE_BYTES_MAX = 300;

function flipped(random, bytes) {
  const damaged = Uint8Array.from(bytes);
  for (let i = 1 + random.below(8); i > 0; i--) {
    damaged[random.below(damaged.length)] ^= 1 << random.below(8);
  }
  return damaged;
}

function truncated(random, bytes) {
  return bytes.subarray(0, random.below(bytes.length));
}

function garbage(random, length = 1 + random.below(GARBAGE_BYTES_MAX)) {
  return Uint8Array.from({ length }, () => random.below(256));
}

/** Without the check of its bytes; of those that carry none, without their end. */
function contentOf(bytes) {
  return bytes.subarray(0, Math.max(1, bytes.length - SEAL_BYTES));
}

/** A number as large as one can be, where a count, a length or a version is expected. */
function withHugeNumber(random, bytes) {
  const at = 1 + random.below(Math.min(40, bytes.length));
  const ones = new Uint8Array(3 + random.below(6)).fill(0xff);
  const end = Uint8Array.of(random.below(128));
  return Uint8Array.from([...bytes.subarray(0, at), ...ones, ...end, ...bytes.subarray(at)]);
}

function spliced(random, a, b) {
  return Uint8Array.from([
    ...a.subarray(0, random.below(a.length)),
    ...b.subarray(random.below(b.length)),
  ]);
}

/** By name, each as likely as the other: from a draw and a recording to a message. */
const MUTATIONS = {
  truncated: (random, pick) => truncated(random, pick()),
  'truncated, sealed again': (random, pick) => withSeal(truncated(random, contentOf(pick()))),
  flipped: (random, pick) => flipped(random, pick()),
  'flipped, sealed again': (random, pick) => withSeal(flipped(random, contentOf(pick()))),
  spliced: (random, pick) => spliced(random, pick(), pick()),
  'spliced, sealed again': (random, pick) =>
    withSeal(spliced(random, contentOf(pick()), contentOf(pick()))),
  'with a huge number, sealed': (random, pick) =>
    withSeal(withHugeNumber(random, contentOf(pick()))),
  'with more behind it': (random, pick) => Uint8Array.from([...pick(), ...garbage(random)]),
  random: (random) => garbage(random),
  'random, of a known type, sealed': (random, pick) =>
    withSeal(Uint8Array.from([pick()[0], ...garbage(random)])),
  'genuine, of another time': (_random, pick) => pick(),
  text: (random, pick) => Buffer.from(pick()).toString(random.pick(['base64', 'latin1'])),
  empty: () => new Uint8Array(0),
};
const NAMES = Object.keys(MUTATIONS);
const OVERSIZE_OF = 2000;

/** `{ name, data }`: text goes as a text frame. Half of them go the way they were made for. */
export function hostileMessage(random, recording) {
  if (random.below(OVERSIZE_OF) === 0) {
    return { name: 'oversize', data: new Uint8Array(OVERSIZE_BYTES) };
  }
  const kind = random.chance(0.5) ? random.pick(['resume', 'ack', 'compare', 'mend']) : undefined;
  const pick = () => recording.pick(random, kind);
  const name = random.pick(NAMES);
  return { name, data: MUTATIONS[name](random, pick) };
}
