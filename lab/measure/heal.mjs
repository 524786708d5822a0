// One fault a trial, between a hub and a replica over real sockets: is it noticed, healed
// without help, and counted; and is everything the replica shows a state the producer had?
import { connect } from '../../dist/client/index.js';
import { serve } from '../../dist/server/index.js';
import { SeededRandom } from '../../dist/testing/index.js';
import { startCountingProxy } from './counting-proxy.mjs';
import { atMost, exactly, plain } from './figures.mjs';
import { FAULTS } from './heal-faults.mjs';
import { pause, until } from './waiting.mjs';

/** Quick times, so that waiting for what is missed takes no time to speak of. */
const SESSION = {
  heartbeatMs: 60,
  answerTimeoutMs: 400,
  helloTimeoutMs: 400,
  backoffMinMs: 10,
  backoffMaxMs: 40,
  ackDelayMs: 20,
};
const HEALED_MS_MAX = 8000;
const UPDATES = 30;
const STREAM = 'rows';

function textOf(map) {
  return JSON.stringify([...map].sort(([a], [b]) => a - b));
}

/** A hub with a few rows, a proxy, and a replica whose every visible state is checked. */
class Trial {
  wrongReads = 0;
  strikes = 0;
  struckMs = Number.NaN;
  healedMs = Number.NaN;
  errors = [];
  #states = new Map();

  async open(tamper) {
    this.hub = await serve({ session: SESSION });
    this.producer = this.hub.stream(STREAM);
    this.commit(() =>
      this.producer.batch((tx) => {
        for (let key = 0; key < 40; key++) tx.set(key, { key, n: 0, text: `row ${key}` });
      }),
    );
    this.proxy = await startCountingProxy(this.hub.port);
    this.proxy.tamper = tamper;
    this.replica = connect(this.proxy.url(`/${STREAM}`), { session: SESSION });
    this.replica.on('error', ({ code }) => this.errors.push(code));
    this.replica.subscribe(() => this.look());
  }

  struck = () => {
    this.strikes++;
    this.struckMs = performance.now();
  };

  commit(work) {
    work();
    this.#states.set(this.producer.version, textOf(this.producer));
  }

  /** P1: what is visible is the producer's state at the version that the replica names. */
  look() {
    const { version } = this.replica;
    if (version === 0) return;
    if (textOf(this.replica) !== this.#states.get(version)) this.wrongReads++;
  }

  isEqual() {
    const { replica, producer } = this;
    this.look();
    return (
      replica.status === 'live' &&
      replica.version === producer.version &&
      textOf(replica) === textOf(producer)
    );
  }

  /** Whether a counter of either side tells of it. */
  isCounted() {
    const { resumes, repairs, connections } = this.replica.stats;
    const metrics = this.hub.metrics();
    const hubCounts = (name) =>
      Number(new RegExp(`^diffstream_${name}_total\\{.*\\} (\\d+)$`, 'm').exec(metrics)?.[1] ?? 0);
    const recoveries = resumes + repairs + (connections - 1);
    return recoveries + hubCounts('resumes') + hubCounts('protocol_errors') > 0;
  }

  async close() {
    await this.replica.close();
    await this.proxy.close();
    await this.hub.close();
  }
}

async function settle(trial) {
  const began = performance.now();
  const heals = () => until(() => trial.isEqual(), 'it heals', HEALED_MS_MAX).catch(() => {});
  await heals();
  if (trial.strikes > 0) trial.healedMs = performance.now() - (trial.struckMs || began);
  // What acknowledgements bring to light comes later, and is healed as well.
  await pause(4 * SESSION.ackDelayMs);
  await heals();
  const isHealed = trial.isEqual();
  const result = {
    struck: trial.strikes > 0,
    healed: isHealed,
    noticed: trial.errors.length > 0 || trial.isCounted() || trial.proxy.connections.length > 1,
    counted: trial.isCounted(),
    errors: trial.errors,
    wrongReads: trial.wrongReads,
    healedMs: trial.healedMs,
  };
  await trial.close();
  return result;
}

/** A fault somewhere between the first hello and the last of some updates. */
async function anywhere(fault, way, random) {
  const trial = new Trial();
  // Up there are few messages that matter, down about as many as updates.
  const at = way === 'up' ? 0 : random.below(UPDATES);
  await trial.open(FAULTS[fault]({ at, way, onStrike: trial.struck }, random.fork('damage')));
  for (let i = 0; i < UPDATES || trial.strikes === 0; i++) {
    if (i > 10 * UPDATES) break;
    trial.commit(() => {
      const key = random.below(40);
      trial.producer.set(key, { key, n: i, text: `row ${key} at ${i}` });
    });
    await pause(2);
  }
  return settle(trial);
}

/** The last thing that happens is lost, and nothing follows that would tell. */
async function lostLast(work) {
  const trial = new Trial();
  let armed = false;
  const inner = FAULTS.dropped({ at: 0, way: 'down', onStrike: trial.struck });
  await trial.open((message) => (armed ? inner(message) : [message.raw]));
  await until(() => trial.isEqual(), 'the replica is live');
  armed = true;
  trial.commit(() => work(trial.producer));
  await until(() => trial.strikes > 0, 'the update passes');
  return settle(trial);
}

const KINDS = {
  ...Object.fromEntries(
    Object.keys(FAULTS).map((fault) => [fault, (random) => anywhere(fault, 'down', random)]),
  ),
  'first message up dropped': (random) => anywhere('dropped', 'up', random),
  'first message up duplicated': (random) => anywhere('duplicated', 'up', random),
  'first message up corrupted': (random) => anywhere('corrupted', 'up', random),
  'last update lost': () => lostLast((producer) => producer.set(1, { key: 1, n: -1 })),
  'delete lost': () => lostLast((producer) => producer.delete(1)),
};

async function run({ trials, seed }) {
  const random = new SeededRandom(seed);
  const figures = [];
  const told = new Map();
  let wrongReads = 0;
  for (const [kind, attempt] of Object.entries(KINDS)) {
    const all = await Promise.all(
      Array.from({ length: trials }, (_, i) => attempt(random.fork(`${kind} ${i}`))),
    );
    const struck = all.filter((result) => result.struck);
    wrongReads += all.reduce((sum, result) => sum + result.wrongReads, 0);
    for (const code of all.flatMap(({ errors }) => errors)) {
      told.set(code, (told.get(code) ?? 0) + 1);
    }
    for (const outcome of ['noticed', 'healed', 'counted']) {
      const count = struck.filter((result) => result[outcome]).length;
      figures.push(exactly(`${kind}: ${outcome}`, count, trials));
    }
    const slowest = Math.max(...struck.map(({ healedMs }) => healedMs));
    figures.push(plain(`${kind}: slowest, from fault to equal`, slowest, 'ms'));
  }
  figures.push(atMost('states shown that the producer never had', wrongReads, 0));
  return {
    figures,
    notes: [
      'noticed: an error event, a counter, or a new connection; counted: a counter of the',
      'replica (resumes, repairs, connections beyond the first) or of the hub (resumes,',
      'protocol errors)',
      `errors told: ${[...told].map(([code, count]) => `${code} ${count}`).join(', ')}`,
    ],
  };
}

export const command = {
  shows: 'one fault at a time on the wire: noticed, healed, counted, never shown',
  options: {
    trials: { value: 10, short: 3, what: 'trials of each kind of fault' },
    seed: { value: 1, what: 'seed of where faults strike' },
  },
  run,
};
