// What can happen to messages between hub and replica, as tampering for a CountingProxy. Each
// strikes once: at the message with a given number among those that it can strike.
import { MESSAGE } from '../../dist/protocol/index.js';
import { binaryFrame } from './web-socket-frames.mjs';

/** Losing one of these harms nobody: the next says the same. */
const REPEATED = new Set([MESSAGE.head, MESSAGE.ack, MESSAGE.wait]);

/** Strikes the message number `at`, counted from 0, of those that `can` be struck. */
function once({ at, way, can = () => true, strike, onStrike }) {
  let seen = 0;
  return (message) => {
    if (message.way !== way || !can(message.payload)) return [message.raw];
    if (seen++ !== at) return [message.raw];
    onStrike();
    return strike(message);
  };
}

const matters = (payload) => !REPEATED.has(payload[0]);

function flipped({ payload, way }, random) {
  const damaged = Buffer.from(payload);
  damaged[random.below(damaged.length)] ^= 1 << random.below(8);
  return binaryFrame(damaged, way === 'up');
}

/** Holds one message back until the next of its way has gone. */
function swap({ at, way, onStrike }) {
  let seen = 0;
  let held;
  return (message) => {
    if (message.way !== way) return [message.raw];
    if (held !== undefined) {
      const both = [message.raw, held];
      held = undefined;
      return both;
    }
    if (!matters(message.payload) || seen++ !== at) return [message.raw];
    onStrike();
    held = message.raw;
    return [];
  };
}

function cutMidFrame({ raw, connection }) {
  // What is written now leaves before the end; the socket is destroyed a little later.
  setTimeout(() => connection.cut(), 5);
  return [raw.subarray(0, raw.length >> 1)];
}

/** By name: the tampering, made from where it strikes and a source of randomness. */
export const FAULTS = {
  dropped: (where) => once({ ...where, can: matters, strike: () => [] }),
  duplicated: (where) => once({ ...where, can: matters, strike: ({ raw }) => [raw, raw] }),
  corrupted: (where, random) => once({ ...where, strike: (message) => [flipped(message, random)] }),
  swapped: swap,
  'cut mid-frame': (where) => {
    let isCut = false;
    const tamper = once({ ...where, can: matters, strike: cutMidFrame });
    return (message) => {
      if (isCut && message.connection === isCut) return [];
      const passing = tamper(message);
      if (passing[0] !== message.raw) isCut = message.connection;
      return passing;
    };
  },
};
