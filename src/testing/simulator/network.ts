import type { SeededRandom } from '../seeded-random.ts';
import type { EventQueue } from './event-queue.ts';
import type { FaultKind, FaultLog } from './fault-log.ts';
import { TYPE } from './onlooker.ts';
import type { Swarm } from './swarm.ts';

export type Direction = 'up' | 'down';

/** A message under way. */
export interface Passage {
  /** The same for a message and its repeats. */
  readonly id: number;
  readonly bytes: Uint8Array;
  readonly sentMs: number;
  /** Exactly as it was sent, on the line it was sent on. */
  readonly isGenuine: boolean;
}

/** What nodes ask of a network, whatever that does to what they send. */
export interface Carrier {
  send(line: Line, way: Direction, bytes: Uint8Array): void;
  /** The sender of a direction closes; whatever is under way still arrives. */
  end(line: Line, way: Direction, isTold: boolean): void;
  /** Both ends lose the connection; what is under way is lost. */
  cut(line: Line): void;
  /** What becomes of a dial: it comes to the hub, is refused at once, or never heard of again. */
  reach(replica: number): Reach;
}

export type Reach = 'reached' | 'refused' | 'lost';

/** One end of a line hears what arrives for it. */
interface Receiver {
  arrived(line: Line, passage: Passage): void;
  /** The other end is gone; not told where the line is half open. */
  ended(line: Line): void;
}

interface Way {
  /** Nothing overtakes: a message arrives with or after the one before. */
  lastMs: number;
  lastTie: number;
  lastBytes: Uint8Array | undefined;
}

/** A connection between a replica and a hub. */
export class Line {
  readonly id: number;
  /** The replica it belongs to; partitions are between it and the hub. */
  readonly replica: number;
  readonly random: SeededRandom;
  readonly ends: Record<Direction, Receiver>;
  readonly ways: Record<Direction, Way> = {
    up: { lastMs: 0, lastTie: 0, lastBytes: undefined },
    down: { lastMs: 0, lastTie: 0, lastBytes: undefined },
  };
  /** Whether the receiver of a direction still listens. */
  readonly isOpen: Record<Direction, boolean> = { up: true, down: true };
  /** Whether any fault has struck on it. */
  isTouched = false;
  readonly openedMs: number;

  constructor(
    id: number,
    replica: number,
    random: SeededRandom,
    ends: Record<Direction, Receiver>,
    openedMs: number,
  ) {
    this.openedMs = openedMs;
    this.id = id;
    this.replica = replica;
    this.random = random;
    this.ends = ends;
  }
}

/** Messages of earlier sessions that are kept, to turn up again later. */
const STALE_MAX = 64;

/** Carries messages, late, damaged, twice, or not at all, as the swarm has it. */
export class Network implements Carrier {
  private readonly queue: EventQueue;
  private readonly swarm: Swarm;
  private readonly faults: FaultLog;
  private readonly clock: () => number;
  private readonly kinds: readonly (readonly [FaultKind, number])[];
  private readonly faultShare: number;
  private readonly old: Record<Direction, Passage[]> = { up: [], down: [] };
  /** Until when nothing passes, by replica. */
  private readonly partitions: Record<Direction, Map<number, number>> = {
    up: new Map(),
    down: new Map(),
  };
  private sent = 0;

  constructor(queue: EventQueue, swarm: Swarm, faults: FaultLog, clock: () => number) {
    this.queue = queue;
    this.swarm = swarm;
    this.faults = faults;
    this.clock = clock;
    this.kinds = [
      ['loss', swarm.loss],
      ['duplicate', swarm.duplicates],
      ['reorder', swarm.reorders],
      ['delay', swarm.longDelays],
      ['jam', swarm.jams],
      ['flip', swarm.flips],
      ['scramble', swarm.scrambles],
      ['truncate', swarm.truncations],
      ['splice', swarm.splices],
      ['stale', swarm.stales],
    ];
    this.faultShare = this.kinds.reduce((sum, [, share]) => sum + share, 0);
  }

  send(line: Line, way: Direction, bytes: Uint8Array): void {
    const nowMs = this.clock();
    const passage = { id: ++this.sent, bytes, sentMs: nowMs, isGenuine: true };
    const previous = line.ways[way].lastBytes;
    line.ways[way].lastBytes = bytes;
    this.remember(line, way, passage);
    if ((this.partitions[way].get(line.replica) ?? 0) > nowMs) {
      line.isTouched = true;
      return;
    }
    if (!this.faults.isOver && line.random.chance(this.faultShare)) {
      const kind = this.drawKind(line.random);
      if (this.faults.strikes(kind)) return this.spoil(line, way, { passage, kind, previous });
    }
    this.deliver(line, way, passage);
  }

  end(line: Line, way: Direction, isTold: boolean): void {
    const back = way === 'up' ? 'down' : 'up';
    line.isOpen[back] = false;
    if (!isTold) return;
    const { atMs, tie } = this.nextArrival(line, way);
    this.queue.add(atMs, tie, () => {
      if (!line.isOpen[way]) return;
      line.isOpen[way] = false;
      line.ends[way].ended(line);
    });
  }

  cut(line: Line): void {
    for (const way of ['up', 'down'] as const) {
      if (!line.isOpen[way]) continue;
      line.isOpen[way] = false;
      line.ends[way].ended(line);
    }
  }

  partition(replica: number, ways: readonly Direction[], untilMs: number): void {
    for (const way of ways) this.partitions[way].set(replica, untilMs);
  }

  reach(replica: number): Reach {
    const nowMs = this.clock();
    const isCut = (way: Direction): boolean => (this.partitions[way].get(replica) ?? 0) > nowMs;
    return isCut('up') || isCut('down') ? 'lost' : 'reached';
  }

  heal(): void {
    this.partitions.up.clear();
    this.partitions.down.clear();
  }

  private deliver(line: Line, way: Direction, passage: Passage): void {
    const { atMs, tie } = this.nextArrival(line, way);
    this.queue.add(atMs, tie, () => this.arrive(line, way, passage));
  }

  private arrive(line: Line, way: Direction, passage: Passage): void {
    if (line.isOpen[way]) line.ends[way].arrived(line, passage);
  }

  /** In order: not before what was sent before. */
  private nextArrival(line: Line, way: Direction): { atMs: number; tie: number } {
    const state = line.ways[way];
    const { latencyMs, jitterMs } = this.swarm;
    const jitter = jitterMs === 0 ? 0 : line.random.below(jitterMs + 1);
    const dueMs = this.clock() + (this.faults.isOver ? 1 : latencyMs + jitter);
    if (dueMs > state.lastMs) {
      state.lastMs = dueMs;
      state.lastTie = line.random.next();
    }
    return { atMs: state.lastMs, tie: state.lastTie };
  }

  private drawKind(random: SeededRandom): FaultKind {
    let left = random.float() * this.faultShare;
    for (const [kind, share] of this.kinds) {
      left -= share;
      if (left < 0) return kind;
    }
    return 'loss';
  }

  private later(line: Line, way: Direction, passage: Passage, delayMs: number): void {
    const run = (): void => this.arrive(line, way, passage);
    this.queue.add(this.clock() + delayMs, line.random.next(), run);
  }

  private spoil(
    line: Line,
    way: Direction,
    {
      passage,
      kind,
      previous,
    }: { passage: Passage; kind: FaultKind; previous?: Uint8Array | undefined },
  ): void {
    const { random } = line;
    const { bytes } = passage;
    line.isTouched = true;
    switch (kind) {
      case 'loss':
        return;
      case 'duplicate':
        this.deliver(line, way, passage);
        return this.later(line, way, passage, 1 + random.below(200));
      case 'reorder':
        return this.later(line, way, passage, random.below(2 * this.swarm.jitterMs + 10));
      case 'delay':
        return this.later(line, way, passage, 50 * 2 ** random.below(7));
      case 'jam':
        line.ways[way].lastMs = this.clock() + 20 * 2 ** random.below(7);
        return this.deliver(line, way, passage);
      case 'stale': {
        const stale = this.old[way];
        this.deliver(line, way, passage);
        if (stale.length === 0) return;
        return this.deliver(line, way, { ...random.pick(stale), isGenuine: false });
      }
      default:
        this.deliver(line, way, this.altered(passage, damaged(kind, bytes, previous, random)));
    }
  }

  private altered(passage: Passage, bytes: Uint8Array): Passage {
    return { id: ++this.sent, bytes, sentMs: passage.sentMs, isGenuine: false };
  }

  /** A refusal is left out: what tells it from one of another session is the connection. */
  private remember(line: Line, way: Direction, passage: Passage): void {
    if (this.swarm.stales === 0 || passage.bytes[0] === TYPE.refusal || !line.random.chance(0.05))
      return;
    const old = this.old[way];
    if (old.length < STALE_MAX) old.push(passage);
    else old[line.random.below(STALE_MAX)] = passage;
  }
}

function damaged(
  kind: FaultKind,
  bytes: Uint8Array,
  previous: Uint8Array | undefined,
  random: SeededRandom,
): Uint8Array {
  if (bytes.length === 0) return bytes;
  switch (kind) {
    case 'flip': {
      const flipped = bytes.slice();
      const at = random.below(bytes.length);
      flipped[at] = (bytes[at] as number) ^ (1 << random.below(8));
      return flipped;
    }
    case 'scramble': {
      const scrambled = bytes.slice();
      const from = random.below(bytes.length);
      const to = Math.min(bytes.length, from + 1 + random.below(16));
      for (let at = from; at < to; at++) scrambled[at] = random.below(256);
      return scrambled;
    }
    case 'truncate':
      return bytes.slice(0, random.below(bytes.length));
    default: {
      const other = previous ?? bytes;
      const head = other.subarray(0, random.below(other.length + 1));
      const tail = bytes.subarray(random.below(bytes.length));
      const spliced = new Uint8Array(head.length + tail.length);
      spliced.set(head);
      spliced.set(tail, head.length);
      return spliced;
    }
  }
}
