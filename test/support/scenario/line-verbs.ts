/** Verbs that move messages and time. Those that deliver take faults: see `faultsOf`. */
import type { Verb } from './command.ts';
import { wholeNumber } from './command.ts';

const deliver: Verb = (world, command) => {
  world.withFaults(command, () => world.rig.turn());
};

export const lineVerbs = {
  /** The end of a turn: what was committed leaves, and everything under way arrives. */
  turn: deliver,

  /** A turn with faults: `deliver drop=frame to=1`, `corrupt=`, `duplicate=`, `hold=`, `swap=`. */
  deliver,

  /** What was held arrives now. */
  late(world, command) {
    world.withFaults(command, () => world.deliverHeld());
  },

  /** `pass 1000`: a turn, and then time in ms, with everything that falls due. */
  pass(world, command) {
    const ms = wholeNumber(command.takeWord() ?? '0');
    world.withFaults(command, () => world.rig.pass(ms));
  },

  /** Messages from and to a consumer wait. */
  stall(world, command) {
    for (const consumer of world.consumersNamed(command.takeWord())) {
      world.rig.stalled.add(consumer);
    }
  },

  /** What has waited arrives. */
  release(world, command) {
    for (const consumer of world.consumersNamed(command.takeWord())) {
      world.rig.stalled.delete(consumer);
    }
    deliver(world, command);
  },

  /** The connection breaks with all that is on it, and cannot be made again until `connect`. */
  cut(world, command) {
    for (const consumer of world.consumersNamed(command.takeWord())) {
      world.rig.stalled.add(consumer);
      world.rig.cut(consumer);
    }
  },

  /** As soon as the consumer tries again, it comes through. */
  connect(world, command) {
    const { rig } = world;
    const away = world.consumersNamed(command.takeWord());
    for (const consumer of away) rig.stalled.delete(consumer);
    const waits = away.map(({ subscriber }) =>
      subscriber.state === 'waiting' ? subscriber.nextTimeoutMs() - rig.nowMs : 0,
    );
    world.withFaults(command, () => rig.pass(Math.max(0, ...waits)));
  },

  /** Bytes that no consumer of this protocol sends arrive at the hub. */
  garbage(world, command) {
    for (const consumer of world.consumersNamed(command.takeWord())) {
      world.rig.inject(consumer, Uint8Array.of(0xff, 1, 2, 3));
    }
  },
} satisfies Record<string, Verb>;
