/** Both machines, and a line between them that damages, loses, repeats and swaps. */
// @ts-check
import { must } from '../check.mjs';
import { Hub } from '../hub.mjs';
import { Replica } from '../replica.mjs';
import { Script } from '../script.mjs';
import { resealing } from './messages.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */
/** @typedef {import('../hub.mjs').Arrival} Arrival */

const STEPS_MS = [1, 100, 999, 1000, 3001, 10_000, 31_000];
/** Times that both sides are let to come together again at the end. */
const ROUNDS_MAX = 300;

class Line {
  nowMs = 0;
  /** @type {number | undefined} */
  connection;
  #connections = 0;
  /** @type {Arrival[]} */
  down = [];
  /** @type {Uint8Array[]} */
  up = [];
  /** Messages of before. @type {Uint8Array[]} */
  past = [];
  /** Whether a message was made that no honest side sends, with its check right. */
  isForged = false;

  /** @param {Library} lib @param {number} size */
  constructor(lib, size) {
    this.reseal = resealing(lib);
    this.hub = new Hub(lib, size, (id, arrival) => {
      if (id === this.connection) this.down.push(arrival);
    });
    this.replica = new Replica(lib, (words) => this.hub.states.has(words));
    this.settle();
  }

  /** Carries out what the replica has said. */
  settle() {
    const { replica, hub } = this;
    if (this.connection !== undefined && !replica.isConnected) {
      hub.closed(this.connection);
      this.connection = undefined;
      this.down = [];
      this.up = [];
    }
    if (replica.isDialing) {
      this.connection = ++this.#connections;
      hub.open(this.connection, this.nowMs);
      replica.connect(this.nowMs);
    }
    this.up.push(...replica.sent.splice(0));
  }

  cut() {
    if (this.connection === undefined) return;
    this.hub.closed(this.connection);
    this.connection = undefined;
    this.down = [];
    this.up = [];
    this.replica.disconnect(this.nowMs);
    this.settle();
  }

  deliverUp() {
    const bytes = this.up.shift();
    if (bytes === undefined || this.connection === undefined) return false;
    this.past.push(bytes);
    this.hub.receive(this.connection, bytes, this.nowMs);
    return true;
  }

  deliverDown() {
    const arrival = this.down.shift();
    if (arrival === undefined) return false;
    if (arrival.kind === 'close') {
      this.cut();
      return true;
    }
    this.past.push(arrival.bytes);
    this.replica.receive(arrival.bytes, this.nowMs);
    this.settle();
    return true;
  }

  deliverAll() {
    for (let i = 0; i < 400; i++) {
      const moved = [this.deliverUp(), this.deliverDown()];
      this.replica.install(this.nowMs);
      this.settle();
      this.hub.turn();
      if (!moved.includes(true) && this.down.length === 0 && this.up.length === 0) return;
    }
  }

  /** @param {number} ms */
  pass(ms) {
    this.nowMs += ms;
    this.hub.tick(this.nowMs);
    this.replica.tick(this.nowMs);
    this.settle();
  }

  get isEqual() {
    const { hub, replica } = this;
    const version = hub.producer.version;
    const own = hub.producer.digestWords().join();
    const { state } = replica.subscriber;
    const isSame = replica.cache.version === version && replica.cache.digestWords().join() === own;
    return state === 'live' && isSame;
  }
}

/** One step of a script. @param {Line} line @param {Script} script */
function step(line, script) {
  const { hub } = line;
  switch (script.below(18)) {
    case 0:
    case 1:
      return hub.change(script.byte());
    case 2:
      return hub.turn();
    case 3:
      return line.deliverAll();
    case 4:
      return void line.deliverUp();
    case 5:
      return void line.deliverDown();
    case 6:
      return line.pass(script.pick(STEPS_MS));
    case 7:
      return line.cut();
    case 8:
      return void (script.below(2) === 0 ? line.up : line.down).shift();
    case 9:
      return exchange(line, script, false);
    case 10:
      return exchange(line, script, true);
    case 11: {
      const [first, second, ...rest] = line.down;
      if (first !== undefined && second !== undefined) line.down = [second, first, ...rest];
      return;
    }
    case 12:
      return repeat(line, script);
    case 13:
      return restart(line, script);
    case 14:
      return line.replica.install(line.nowMs);
    case 15:
      return hub.fill(1 + script.below(42), script.below(2) === 1);
    case 16:
      return void hub.goOn();
    default:
      hub.turn();
      return line.deliverAll();
  }
}

/** Damages what comes next. @param {Line} line @param {Script} script @param {boolean} forges */
function exchange(line, script, forges) {
  const isUp = script.below(3) === 0;
  const [next] = isUp ? line.up : line.down;
  const bytes = next instanceof Uint8Array ? next : next?.kind === 'message' ? next.bytes : next;
  if (!(bytes instanceof Uint8Array)) return;
  const damaged = script.damaged(bytes);
  const arriving = forges ? line.reseal(damaged) : damaged;
  line.isForged ||= forges;
  if (isUp) line.up[0] = arriving;
  else line.down[0] = { kind: 'message', bytes: arriving };
}

/** A message of before comes again. @param {Line} line @param {Script} script */
function repeat(line, script) {
  const bytes = line.past.at(-1 - script.byte());
  if (bytes === undefined || line.connection === undefined) return;
  if (((bytes[0] ?? 0) & 0x40) === 0) line.up.unshift(bytes);
  else line.down.unshift({ kind: 'message', bytes });
}

/** @param {Line} line @param {Script} script */
function restart(line, script) {
  const { hub } = line;
  const before = [...hub.producer];
  const choice = script.byte();
  line.cut();
  hub.start(hub.term + (choice % 8 === 6 ? -1 : choice % 8 === 7 ? 0 : 1));
  if (choice >= 128) hub.commit((producer) => producer.replaceAll(before));
}

/** When the faults stop, both sides must come together. @param {Line} line */
function mustHeal(line) {
  const { hub, replica } = line;
  // A hub that the replica has seen replaced is refused for ever, as it should be.
  line.cut();
  hub.start(hub.termMax + 1);
  hub.change(1);
  for (let i = 0; i < ROUNDS_MAX; i++) {
    hub.turn();
    line.deliverAll();
    if (line.isEqual) return;
    const isClosed = replica.subscriber.state === 'closed';
    // So many messages beyond the limits in a row were not believed to be damage.
    if (isClosed && replica.errors.includes('limit-exceeded')) return;
    must(!isClosed, 'P6: a replica has given up');
    line.pass(1000);
  }
  must(false, 'P6: the sides do not come together');
}

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function lineTarget(lib, random) {
  const scripts = Array.from({ length: 60 }, (_, i) =>
    Uint8Array.from({ length: 12 + random.below(50) }, (_unused, at) =>
      at === 0 ? i : random.below(3) === 0 ? random.pick([3, 17, 0, 2]) : random.below(256),
    ),
  );
  return {
    name: 'line',
    isMachine: true,
    lengthMax: 160,
    tokens: [],
    seeds: scripts,
    run: (bytes) => {
      const script = new Script(bytes);
      const line = new Line(lib, script.byte());
      while (!script.isOver) step(line, script);
      if (!line.isForged) mustHeal(line);
      return line.isEqual;
    },
  };
}
