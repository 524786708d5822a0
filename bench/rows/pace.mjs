// Times of several pieces of work, taken by turns in one run.
import { median } from '../statistics.mjs';

/** Each piece warms up for so long, or so many rounds. */
const WARM_UP_MS = 3000;
const WARM_UP_ROUNDS = 20_000;

function warmUp(work) {
  const endMs = performance.now() + WARM_UP_MS;
  let round = 0;
  for (; round < WARM_UP_ROUNDS && performance.now() < endMs; round++) work(round)();
  return round;
}

/**
 * The median time of each piece, in microseconds. `works` maps names to functions of the round's
 * number, which rises, and which return what is to be timed: a function without arguments.
 */
export function timesOf(works, { rounds }) {
  const names = Object.keys(works);
  const warm = new Map(names.map((name) => [name, warmUp(works[name])]));
  const times = new Map(names.map((name) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (let i = 0; i < names.length; i++) {
      const name = names[(i + round) % names.length];
      const work = works[name](warm.get(name) + round);
      const beganMs = performance.now();
      work();
      times.get(name).push((performance.now() - beganMs) * 1000);
    }
  }
  return Object.fromEntries(names.map((name) => [name, median(times.get(name))]));
}
