import { TIMER_MS_MAX } from './event-clock.ts';
import type { Socket } from 'node:net';

import { ByteFaults } from './byte-faults.ts';
import { faultsFor } from './faults.ts';
import type { FaultCounters, Faults, Way } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';

/**
 * The most bytes one pipe holds for delay and throttle before it stops reading; one piece read, and
 * what is duplicated in it, may come on top. So a delay of d ms passes at most 1000/d MiB/s.
 */
const HELD_BYTES_MAX = 1_048_576;

/** A throttled pipe writes what fits into this time in one go: small enough to look steady. */
const THROTTLE_SLICE_MS = 10;

export type FaultyPipeOptions = {
  readonly way: Way;
  readonly source: Socket;
  readonly sink: Socket;
  readonly random: SeededRandom;
  readonly counters: FaultCounters;
  readonly spareHandshake: boolean;
  /** Called once, when all bytes that are spared have passed. */
  readonly onHandshakeOver: () => void;
};

/** Bytes on their way, or (null) the end of the stream. */
type Held = { bytes: Buffer | null; readonly dueMs: number };

type Sever = { readonly fraction: number; readonly severed: () => void };

/**
 * One way of one connection: what is read from `source` is damaged, held back and written to `sink`
 * in order. It reads no further while the sink is full, while it stalls, or while it holds
 * `HELD_BYTES_MAX`: memory is bounded, and the sender feels the pressure of a real network.
 */
export class FaultyPipe {
  readonly #options: FaultyPipeOptions;
  readonly #byteFaults: ByteFaults;
  readonly #jitterRandom: SeededRandom;
  #faults: Faults = {};
  #held: Held[] = [];
  #heldBytes = 0;
  #stalledUntilMs = 0;
  #throttledUntilMs = 0;
  #sinkIsFull = false;
  #bytesPassed = 0;
  #handshakeReported = false;
  #sever: Sever | undefined;
  #timer: NodeJS.Timeout | undefined;
  #state: 'open' | 'silent' | 'stopped' = 'open';

  constructor(options: FaultyPipeOptions) {
    this.#options = options;
    const { random, counters, spareHandshake } = options;
    this.#byteFaults = new ByteFaults({ random, counters, spareHandshake });
    this.#jitterRandom = random.fork('jitter');
  }

  start(faults: Faults): void {
    this.retune(faults);
    this.#options.source.on('data', this.#onData);
    this.#options.source.on('end', this.#onEnd);
    this.#options.sink.on('drain', this.#onDrain);
    this.#pump();
  }

  retune(faults: Faults): void {
    this.#faults = faultsFor(faults, this.#options.way);
    this.#byteFaults.retune(this.#faults);
    // A slice written at a slow rate must not hold up a rate that is faster now, or none.
    this.#throttledUntilMs = 0;
    if (this.#timer !== undefined) this.#pump();
  }

  /** Nothing passes for `ms` from now; a longer stall that is under way stays as long as it is. */
  stall(ms: number): void {
    this.#stalledUntilMs = Math.max(this.#stalledUntilMs, performance.now() + ms);
    this.#pump();
  }

  /** A stall begun on schedule: only if stalls act on this way. */
  stallOnSchedule(ms: number): void {
    if (this.#faults.stallEveryMs !== undefined) this.stall(ms);
  }

  /** One bit of what comes next arrives flipped. */
  flipNext(): void {
    this.#byteFaults.flipNext();
  }

  /** Ends the stall, and lets everything held pass now. */
  release(): void {
    this.#stalledUntilMs = 0;
    this.#sever = undefined;
    this.#held = this.#held.map(({ bytes }) => ({ bytes, dueMs: 0 }));
    this.#pump();
  }

  /** Passes nothing any more and reads nothing, not even the end; what is held is lost. */
  silence(): void {
    if (!this.#isOpen()) return;
    this.#state = 'silent';
    this.#forget();
    this.#options.source.pause();
  }

  /**
   * Of the next piece only this fraction [0, 1) passes, and then `severed` is called. Undefined
   * takes that back.
   */
  severNext(sever: Sever | undefined): void {
    this.#sever = sever;
  }

  /** Lets go of both sockets and of the timer. For good. */
  stop(): void {
    this.#state = 'stopped';
    this.#forget();
    this.#options.source.off('data', this.#onData);
    this.#options.source.off('end', this.#onEnd);
    this.#options.sink.off('drain', this.#onDrain);
  }

  #isOpen(): boolean {
    return this.#state === 'open';
  }

  #forget(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#sever = undefined;
    this.#held = [];
    this.#heldBytes = 0;
  }

  readonly #onData = (piece: Buffer): void => {
    // A silent pipe that still gets a piece (read before the pause) loses it.
    if (!this.#isOpen()) return;
    const bytes = this.#byteFaults.apply(piece);
    if (bytes.length > 0) this.#hold(bytes);
    this.#pump();
  };

  readonly #onEnd = (): void => {
    if (!this.#isOpen()) return;
    this.#hold(null);
    this.#pump();
  };

  readonly #onDrain = (): void => {
    this.#sinkIsFull = false;
    this.#pump();
  };

  #hold(bytes: Buffer | null): void {
    const { delayMs = 0, jitterMs = 0 } = this.#faults;
    const extraMs = jitterMs === 0 ? 0 : this.#jitterRandom.float() * jitterMs;
    // Jitter cannot overtake: only the first piece held is asked whether it is due, and as in TCP a
    // late one makes those behind it late.
    this.#held.push({ bytes, dueMs: performance.now() + delayMs + extraMs });
    this.#heldBytes += bytes?.length ?? 0;
  }

  readonly #pump = (): void => {
    if (!this.#isOpen()) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const waitMs = this.#passWhatIsDue();
    // What passed may have severed the connection, and stopped this pipe.
    if (!this.#isOpen()) return;
    if (waitMs > 0) this.#timer = setTimeout(this.#pump, Math.min(TIMER_MS_MAX, Math.ceil(waitMs)));
    const stalled = this.#stalledUntilMs > performance.now();
    const full = this.#sinkIsFull || this.#heldBytes >= HELD_BYTES_MAX;
    if (stalled || full) this.#options.source.pause();
    else this.#options.source.resume();
  };

  /** The time to wait before the next try, in ms; 0 if something else will call. */
  #passWhatIsDue(): number {
    for (;;) {
      const nowMs = performance.now();
      if (this.#stalledUntilMs > nowMs) return this.#stalledUntilMs - nowMs;
      const head = this.#held[0];
      if (head === undefined || this.#sinkIsFull) return 0;
      const waitMs = Math.max(head.dueMs, this.#throttledUntilMs) - nowMs;
      if (waitMs > 0) return waitMs;
      this.#pass(head, nowMs);
    }
  }

  #pass(head: Held, nowMs: number): void {
    const { sink } = this.#options;
    if (head.bytes === null) {
      this.#held.shift();
      sink.end();
      return;
    }
    const sever = this.#sever;
    if (sever !== undefined) {
      const rest = head.bytes.subarray(0, Math.floor(head.bytes.length * sever.fraction));
      this.#write(rest);
      sever.severed();
      return;
    }
    const slice = this.#slice(head.bytes, nowMs);
    if (slice.length === head.bytes.length) this.#held.shift();
    else head.bytes = head.bytes.subarray(slice.length);
    this.#heldBytes -= slice.length;
    this.#write(slice);
  }

  #slice(bytes: Buffer, nowMs: number): Buffer {
    const { bytesPerSecond } = this.#faults;
    if (bytesPerSecond === undefined) return bytes;
    const most = Math.max(1, Math.floor((bytesPerSecond * THROTTLE_SLICE_MS) / 1000));
    const slice = bytes.subarray(0, most);
    // Counted from when the pipe was free, not from now: a late timer must not lower the rate. But
    // an idle pipe saves nothing up beyond one slice.
    const freeMs = Math.max(this.#throttledUntilMs, nowMs - THROTTLE_SLICE_MS);
    this.#throttledUntilMs = freeMs + (slice.length * 1000) / bytesPerSecond;
    return slice;
  }

  #write(bytes: Buffer): void {
    const { sink, way, counters } = this.#options;
    if (sink.destroyed || bytes.length === 0) return;
    this.#sinkIsFull = !sink.write(bytes);
    if (way === 'up') counters.bytesUp += bytes.length;
    else counters.bytesDown += bytes.length;
    this.#bytesPassed += bytes.length;
    if (this.#handshakeReported || this.#bytesPassed < this.#byteFaults.handshakeLength) return;
    this.#handshakeReported = true;
    this.#options.onHandshakeOver();
  }
}
