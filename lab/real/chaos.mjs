// What goes wrong, and when: drawn from the seed, one stream of draws for each thing that can
// fail, so that the schedule of one does not depend on how fast another was.

/** What a stall on schedule holds back, in ms; see UNDER_WAY_MS in run.mjs. */
const STALL_MS = [100, 300, 800];
const HALF_OPEN_MS = 4000;

/** Half of the kinds are absent in a round: many at once hide what one would show. */
function maybe(random, make) {
  return random.chance(0.5) ? make() : undefined;
}

function between(random, least, most) {
  return least + random.below(most - least + 1);
}

/** What the network does to the connections of one replica. */
export function drawNetwork(random) {
  const faults = {
    delayMs: random.pick([0, 0, 1, 20, 80]),
    jitterMs: random.pick([0, 2, 20]),
    stallMs: random.pick(STALL_MS),
    halfOpenMs: HALF_OPEN_MS,
    cutEveryMs: maybe(random, () => between(random, 400, 6000)),
    stallEveryMs: maybe(random, () => between(random, 4000, 10_000)),
    corruptEveryBytes: maybe(random, () => between(random, 3000, 60_000)),
    dropEveryBytes: maybe(random, () => between(random, 5000, 100_000)),
    duplicateEveryBytes: maybe(random, () => between(random, 5000, 100_000)),
    halfOpenEveryMs: maybe(random, () => between(random, 4000, 15_000)),
    direction: random.pick(['up', 'down', 'both', 'both']),
  };
  return Object.fromEntries(Object.entries(faults).filter(([, value]) => value !== undefined));
}

/** One time of faults. `over` ends it early: each loop leaves its subject at work. */
export class Chaos {
  isOver = false;
  #counts;
  #wakers = new Set();
  #loops = [];

  constructor(counts) {
    this.#counts = counts;
  }

  /** Ends all waiting, and resolves when everything is at work again. */
  async over() {
    this.isOver = true;
    for (const wake of this.#wakers) wake();
    await Promise.all(this.#loops);
  }

  /** Strikes again and again, about so often, with one of the faults that are drawn. */
  add(random, meanMs, faults) {
    this.#loops.push(this.#loop(random, meanMs, faults));
  }

  sleep(ms) {
    if (this.isOver) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = () => {
        clearTimeout(timer);
        this.#wakers.delete(wake);
        resolve();
      };
      const timer = setTimeout(wake, ms);
      this.#wakers.add(wake);
    });
  }

  async #loop(random, meanMs, faults) {
    const names = Object.keys(faults);
    if (names.length === 0) return;
    for (;;) {
      const name = random.pick(names);
      await this.sleep(random.exponential(meanMs));
      if (this.isOver) return;
      this.#counts[name] = (this.#counts[name] ?? 0) + 1;
      await faults[name](random);
    }
  }
}

/** From 50 ms to 6.4 s: within what heartbeats forgive, and far beyond. */
function pauseMs(random) {
  return 50 * 2 ** random.below(8);
}

export function hubFaults(hub, chaos) {
  const restart = (kind) => async (random) => {
    await hub.kill();
    const saved = hub.savedState(kind);
    await chaos.sleep(random.pick([0, 100, 500, 1500]));
    await hub.start({ saved });
  };
  return {
    'hub killed, same data': restart('same'),
    'hub killed, older data': restart('older'),
    'hub killed, no data': restart('empty'),
    'hub killed, one of the past takes its place': async (random) => {
      await hub.kill();
      const saved = hub.savedState('same');
      await hub.start({ saved: hub.savedState('older'), isOld: true });
      await chaos.sleep(500 + pauseMs(random));
      await hub.kill();
      await hub.start({ saved });
    },
    'hub stopped': async (random) => {
      hub.pause();
      await chaos.sleep(pauseMs(random));
      hub.resume();
    },
  };
}

export function replicaFaults(replica, chaos) {
  const faults = {
    'replica killed': async (random) => {
      await replica.kill();
      await chaos.sleep(random.pick([0, 0, 300, 1500]));
      await replica.start();
    },
    'replica stopped': async (random) => {
      replica.pause();
      await chaos.sleep(pauseMs(random));
      replica.resume();
    },
  };
  if (replica.finish === undefined) return faults;
  faults['watch asked to end'] = async () => {
    await replica.finish();
    await replica.start();
  };
  return faults;
}

export function networkFaults({ proxy }, chaos) {
  return {
    'connections cut at once': () => proxy.cutAll(),
    'connections stalled at once': (random) => proxy.stall(random.pick(STALL_MS)),
    'replica cut off': async (random) => {
      proxy.refuse(true);
      proxy.cutAll();
      await chaos.sleep(pauseMs(random));
      proxy.refuse(false);
    },
    'other faults on the way': (random) => proxy.set(drawNetwork(random)),
  };
}
