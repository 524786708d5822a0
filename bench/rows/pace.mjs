// Times of several pieces of work, taken by turns in one run.
import { median } from '../statistics.mjs';

/** Each piece warms up for so long, or so many rounds. */
const WARM_UP_MS = 3000;
const WARM_UP_ROUNDS = 20_000;
/** Rounds of a turn, as records of the feeds come in blocks. */
const BLOCK = 8;

function warmUp(work) {
  const endMs = performance.now() + WARM_UP_MS;
  let round = 0;
  for (; round < WARM_UP_ROUNDS && performance.now() < endMs; round++) work(round)();
  return round;
}

/** A turn of one piece, from a round on: microseconds for each round. */
function turn(work, round) {
  let ms = 0;
  for (let i = 0; i < BLOCK; i++) {
    const timed = work(round + i);
    const beganMs = performance.now();
    timed();
    ms += performance.now() - beganMs;
  }
  return (ms * 1000) / BLOCK;
}

/**
 * The median time of each piece over so many turns, in microseconds. `works` maps names to
 * functions of the round's number, which rises, and which return what is to be timed: a
 * function without arguments.
 */
export function timesOf(works, { turns }) {
  const names = Object.keys(works);
  const warm = new Map(names.map((name) => [name, warmUp(works[name])]));
  const times = new Map(names.map((name) => [name, []]));
  for (let i = 0; i < turns; i++) {
    for (let place = 0; place < names.length; place++) {
      const name = names[(place + i) % names.length];
      times.get(name).push(turn(works[name], warm.get(name) + i * BLOCK));
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name))]));
}
