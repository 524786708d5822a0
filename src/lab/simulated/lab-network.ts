import type { SeededRandom } from '../../testing/seeded-random.ts';
import type { EventQueue } from '../../testing/simulator/event-queue.ts';
import type { Carrier, Direction, Line, Reach } from '../../testing/simulator/network.ts';
import type { FaultKind } from '../fault-plan.ts';
import type { Network } from '../network.ts';
import { Bandwidth, drawDelayMs, lineBytes } from './line-delay.ts';
import { Pipe } from './pipe.ts';

/** Hears what passes and what strikes. */
export interface NetworkEars {
  sent(way: Direction, bytes: Uint8Array): void;
  /** A fault that strikes bytes is told of when they arrive. */
  struck(kind: FaultKind, replica: number): void;
}

type Ways = Readonly<Record<Direction, Pipe>>;
type ByteFault = 'flip' | 'gap' | 'repeat';

/** The link of one replica; its connections come and go. */
interface Link {
  readonly delays: Readonly<Record<Direction, SeededRandom>>;
  readonly bandwidth: Readonly<Record<Direction, Bandwidth>>;
  readonly strikes: Readonly<Record<Direction, ByteStrikes>>;
  readonly dials: SeededRandom;
  awayUntilMs: number;
  stalledUntilMs: number;
}

/** A network in virtual time: a link for each replica, with all that befalls it. */
export class LabNetwork implements Carrier {
  private network: Network;
  private readonly queue: EventQueue;
  private readonly nowMs: () => number;
  private readonly ears: NetworkEars;
  private readonly links: readonly Link[];
  private readonly pipes = new Map<Line, Ways>();
  private readonly silent = new WeakSet<Line>();
  private passages = 0;
  /** Faults strike only then. */
  private isRough = false;

  constructor(options: {
    readonly network: Network;
    readonly consumers: number;
    readonly random: SeededRandom;
    readonly queue: EventQueue;
    readonly nowMs: () => number;
    readonly ears: NetworkEars;
  }) {
    const { network, random } = options;
    this.network = network;
    this.queue = options.queue;
    this.nowMs = options.nowMs;
    this.ears = options.ears;
    this.links = Array.from({ length: options.consumers }, (_, i) =>
      newLink(network, random.fork(`link ${i + 1}`)),
    );
  }

  begin(): void {
    this.isRough = true;
  }

  /**
   * No more faults, late messages and bounds; what stalls goes on, the delay stays. Silent
   * connections are cut.
   */
  heal(): void {
    this.isRough = false;
    const { name, delayMs = 0, jitterMs = 0 } = this.network;
    this.network = { name, delayMs, jitterMs };
    for (const link of this.links) {
      link.awayUntilMs = 0;
      link.stalledUntilMs = 0;
      link.bandwidth.up.widen();
      link.bandwidth.down.widen();
    }
    for (const line of [...this.pipes.keys()]) if (this.silent.has(line)) this.cut(line);
  }

  send(line: Line, way: Direction, bytes: Uint8Array): void {
    const nowMs = this.nowMs();
    const link = this.link(line.replica);
    const onLine = lineBytes(bytes.length, way);
    this.ears.sent(way, bytes);
    if (this.silent.has(line)) return;
    const leftMs = link.bandwidth[way].send(onLine, Math.max(nowMs, link.stalledUntilMs));
    const dueMs = leftMs + drawDelayMs(this.network, link.delays[way]);
    const id = ++this.passages;
    const passage = { id, bytes, sentMs: nowMs, isGenuine: true };
    const strike = this.isRough ? link.strikes[way].next(onLine) : undefined;
    const pipe = this.pipesOf(line)[way];
    const arrive = (one = passage) => {
      if (line.isOpen[way] && !this.silent.has(line)) line.ends[way].arrived(line, one);
    };
    if (strike === undefined) return pipe.add(dueMs, arrive);
    line.isTouched = true;
    pipe.add(dueMs, () => {
      if (!line.isOpen[way]) return;
      this.ears.struck(strike, line.replica);
      if (strike === 'gap') return;
      if (strike === 'repeat') {
        arrive();
        return arrive();
      }
      const at = link.strikes[way].placeIn(onLine) - (onLine - bytes.length);
      // A WebSocket ends with a message whose header makes no sense.
      if (at < 0) return this.cut(line);
      arrive({ ...passage, id: -id, bytes: flipped(bytes, at, id), isGenuine: false });
    });
  }

  end(line: Line, way: Direction, isTold: boolean): void {
    const back = way === 'up' ? 'down' : 'up';
    line.isOpen[back] = false;
    // Nobody takes what still waits on its way here: a reset makes the sender drop it.
    this.link(line.replica).bandwidth[back].clear();
    if (!isTold || this.silent.has(line)) return;
    const link = this.link(line.replica);
    const dueMs = this.nowMs() + drawDelayMs(this.network, link.delays[way]);
    this.pipesOf(line)[way].add(dueMs, () => {
      if (!line.isOpen[way]) return;
      line.isOpen[way] = false;
      line.ends[way].ended(line);
    });
  }

  cut(line: Line): void {
    line.isTouched = true;
    const link = this.link(line.replica);
    const pipes = this.pipes.get(line);
    for (const way of ['up', 'down'] as const) {
      pipes?.[way].clear();
      link.bandwidth[way].clear();
      if (!line.isOpen[way]) continue;
      line.isOpen[way] = false;
      line.ends[way].ended(line);
    }
    this.pipes.delete(line);
  }

  reach(replica: number): Reach {
    return this.link(replica).awayUntilMs > this.nowMs() ? 'refused' : 'reached';
  }

  /** Out of reach until then; what there is of a connection is cut. */
  takeAway(replica: number, line: Line | undefined, untilMs: number): void {
    const link = this.link(replica);
    link.awayUntilMs = Math.max(link.awayUntilMs, untilMs);
    if (line !== undefined) this.cut(line);
  }

  /** Nothing passes until then, either way; nothing is lost. */
  stall(replica: number, line: Line | undefined, untilMs: number): void {
    const link = this.link(replica);
    link.stalledUntilMs = Math.max(link.stalledUntilMs, untilMs);
    if (line === undefined) return;
    line.isTouched = true;
    const { up, down } = this.pipesOf(line);
    up.hold(untilMs);
    down.hold(untilMs);
  }

  /** Nothing passes any more, and neither end is told. */
  silence(line: Line): void {
    line.isTouched = true;
    this.silent.add(line);
  }

  /** From dialling to a connection, in ms: two round trips, for TCP and for the handshake. */
  dialMs(replica: number): number {
    const { dials, stalledUntilMs } = this.link(replica);
    const waitMs = Math.max(0, stalledUntilMs - this.nowMs());
    let ms = waitMs;
    for (let trip = 0; trip < 4; trip++) ms += drawDelayMs(this.network, dials);
    return ms;
  }

  private link(replica: number): Link {
    return this.links[replica - 1] as Link;
  }

  private pipesOf(line: Line): Ways {
    let pipes = this.pipes.get(line);
    if (pipes === undefined) {
      const newPipe = (): Pipe => new Pipe(this.queue, this.nowMs);
      pipes = { up: newPipe(), down: newPipe() };
      this.pipes.set(line, pipes);
      this.letGo();
    }
    return pipes;
  }

  /** Of connections that both ends have left nothing is kept. */
  private letGo(): void {
    for (const line of this.pipes.keys()) {
      if (!line.isOpen.up && !line.isOpen.down) this.pipes.delete(line);
    }
  }
}

function newLink(network: Network, random: SeededRandom): Link {
  const both = <T>(make: (way: Direction) => T): Readonly<Record<Direction, T>> => ({
    up: make('up'),
    down: make('down'),
  });
  return {
    delays: both((way) => random.fork(`delay ${way}`)),
    bandwidth: both(() => new Bandwidth(network)),
    strikes: both((way) => new ByteStrikes(network, random.fork(`bytes ${way}`))),
    dials: random.fork('dials'),
    awayUntilMs: 0,
    stalledUntilMs: 0,
  };
}

/** Where in the bytes of one way something strikes. */
class ByteStrikes {
  private readonly random: SeededRandom;
  private readonly gaps: { readonly kind: ByteFault; readonly mean: number; left: number }[];

  constructor(network: Network, random: SeededRandom) {
    this.random = random;
    const { corruptEveryBytes, dropEveryBytes, duplicateEveryBytes } = network;
    const means: readonly (readonly [ByteFault, number | undefined])[] = [
      ['flip', corruptEveryBytes],
      ['gap', dropEveryBytes],
      ['repeat', duplicateEveryBytes],
    ];
    this.gaps = means.flatMap(([kind, mean]) =>
      mean === undefined ? [] : [{ kind, mean, left: random.exponential(mean) }],
    );
  }

  /** What strikes within these bytes; of several the last one. */
  next(bytes: number): ByteFault | undefined {
    let strike: ByteFault | undefined;
    for (const gap of this.gaps) {
      gap.left -= bytes;
      if (gap.left > 0) continue;
      gap.left = this.random.exponential(gap.mean);
      strike = gap.kind;
    }
    return strike;
  }

  placeIn(bytes: number): number {
    return this.random.below(bytes);
  }
}

function flipped(bytes: Uint8Array, at: number, id: number): Uint8Array {
  const other = bytes.slice();
  other[at] = (bytes[at] as number) ^ (1 << (id % 8));
  return other;
}
