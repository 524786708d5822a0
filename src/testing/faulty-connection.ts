import type { Socket } from 'node:net';

import { EventClock, TIMER_MS_MAX } from './event-clock.ts';
import { HALF_OPEN_MS_DEFAULT, STALL_MS_DEFAULT } from './faults.ts';
import type { FaultCounters, Faults, Way } from './faults.ts';
import { FaultyPipe } from './faulty-pipe.ts';
import type { SeededRandom } from './seeded-random.ts';

/** How long a scheduled cut waits for bytes to cut through, before it cuts an idle connection. */
const CUT_WAIT_MS = 20;

/** After its FIN each peer gets this long to close as well; what it still sends is lost. */
const FIN_GRACE_MS = 250;

export type CutKind = 'reset' | 'end';

export type FaultyConnectionOptions = {
  readonly client: Socket;
  readonly target: Socket;
  readonly random: SeededRandom;
  readonly counters: FaultCounters;
  readonly faults: Faults;
  readonly spareHandshake: boolean;
  /** Called once, when both sockets are closed. */
  readonly onClosed: () => void;
};

/**
 * Two sockets joined by two faulty pipes, and the faults that befall the connection as a whole.
 * With `spareHandshake` their schedule begins when the handshake has passed both ways.
 */
export class FaultyConnection {
  readonly #options: FaultyConnectionOptions;
  readonly #up: FaultyPipe;
  readonly #down: FaultyPipe;
  readonly #cutClock: EventClock;
  readonly #stallClock: EventClock;
  readonly #halfOpenClock: EventClock;
  readonly #cutRandom: SeededRandom;
  #faults: Faults;
  #handshakesLeft: number;
  #socketsLeft = 2;
  #cutTimer: NodeJS.Timeout | undefined;
  #endTimer: NodeJS.Timeout | undefined;
  #state: 'open' | 'silent' | 'over' = 'open';

  /** Both sockets must be connected, created with `allowHalfOpen`, and have an error listener. */
  constructor(options: FaultyConnectionOptions) {
    const { client, target, random, faults, spareHandshake } = options;
    this.#options = options;
    this.#faults = faults;
    this.#handshakesLeft = spareHandshake ? 2 : 0;
    this.#cutRandom = random.fork('cut');
    this.#cutClock = new EventClock(random.fork('cut times'), () => this.#cutSoon());
    this.#stallClock = new EventClock(random.fork('stall'), () => this.#stallOnSchedule());
    this.#halfOpenClock = new EventClock(random.fork('half-open'), () => this.#fallSilent());
    this.#up = this.#newPipe('up');
    this.#down = this.#newPipe('down');
    client.once('close', (hadError) => this.#onSocketClosed(hadError));
    target.once('close', (hadError) => this.#onSocketClosed(hadError));
    this.#up.start(faults);
    this.#down.start(faults);
    this.#retuneClocks();
  }

  retune(faults: Faults): void {
    if (this.#state === 'over') return;
    this.#faults = faults;
    this.#up.retune(faults);
    this.#down.retune(faults);
    this.#retuneClocks();
    if (faults.cutEveryMs === undefined) this.#cancelCut();
  }

  /** Ends all faults: a stalled connection goes on, a silent one is reset. */
  heal(): void {
    this.retune({});
    if (this.#state === 'silent') this.#over('reset');
    this.#up.release();
    this.#down.release();
  }

  /** Nothing passes either way for `ms`. */
  stall(ms: number): void {
    if (this.#state !== 'open') return;
    this.#options.counters.stalls++;
    this.#up.stall(ms);
    this.#down.stall(ms);
  }

  /** One bit of what comes next down arrives flipped. */
  corrupt(): void {
    if (this.#state === 'open') this.#down.flipNext();
  }

  /** Cuts now. Without a kind, the connection's own randomness chooses one. */
  cut(kind: CutKind = this.#cutRandom.chance(0.5) ? 'reset' : 'end'): void {
    if (this.#state === 'over') return;
    this.#options.counters.cuts++;
    if (kind === 'reset') this.#options.counters.resets++;
    this.#over(kind);
  }

  #newPipe(way: Way): FaultyPipe {
    const { client, target, random, counters, spareHandshake } = this.#options;
    return new FaultyPipe({
      way,
      source: way === 'up' ? client : target,
      sink: way === 'up' ? target : client,
      random: random.fork(way),
      counters,
      spareHandshake,
      onHandshakeOver: () => {
        this.#handshakesLeft--;
        this.#retuneClocks();
      },
    });
  }

  #retuneClocks(): void {
    if (this.#handshakesLeft > 0) return;
    const faults = this.#state === 'open' ? this.#faults : {};
    this.#cutClock.retune(faults.cutEveryMs);
    this.#stallClock.retune(faults.stallEveryMs);
    this.#halfOpenClock.retune(faults.halfOpenEveryMs);
  }

  #stallOnSchedule(): void {
    const ms = this.#faults.stallMs ?? STALL_MS_DEFAULT;
    this.#options.counters.stalls++;
    this.#up.stallOnSchedule(ms);
    this.#down.stallOnSchedule(ms);
  }

  #fallSilent(): void {
    this.#state = 'silent';
    this.#options.counters.halfOpens++;
    this.#cancelCut();
    this.#retuneClocks();
    this.#up.silence();
    this.#down.silence();
    const ms = Math.min(TIMER_MS_MAX, this.#faults.halfOpenMs ?? HALF_OPEN_MS_DEFAULT);
    this.#endTimer = setTimeout(() => this.#over('reset'), ms);
  }

  /**
   * Cuts through the bytes that pass next one way: an idle moment would always cut between frames.
   * Which way is drawn, since in a dialogue the bytes that pass next are mostly a question.
   */
  #cutSoon(): void {
    if (this.#cutTimer !== undefined) return;
    const kind = this.#cutRandom.chance(0.5) ? 'reset' : 'end';
    const pipe = this.#cutRandom.chance(0.5) ? this.#up : this.#down;
    const sever = { fraction: this.#cutRandom.float(), severed: () => this.cut(kind) };
    pipe.severNext(sever);
    this.#cutTimer = setTimeout(sever.severed, CUT_WAIT_MS);
  }

  #cancelCut(): void {
    clearTimeout(this.#cutTimer);
    this.#cutTimer = undefined;
    this.#up.severNext(undefined);
    this.#down.severNext(undefined);
  }

  #over(kind: CutKind): void {
    if (this.#state === 'over') return;
    this.#state = 'over';
    this.#cancelCut();
    clearTimeout(this.#endTimer);
    this.#retuneClocks();
    this.#up.stop();
    this.#down.stop();
    const sockets = [this.#options.client, this.#options.target];
    if (kind === 'reset' || this.#socketsLeft < 2) {
      for (const socket of sockets) reset(socket);
      return;
    }
    for (const socket of sockets) {
      // Bytes left unread would turn the FIN of a destroyed socket into a RST: read on, then end.
      socket.resume();
      socket.end();
    }
    this.#endTimer = setTimeout(() => {
      for (const socket of sockets) socket.destroy();
    }, FIN_GRACE_MS);
  }

  #onSocketClosed(hadError: boolean): void {
    this.#socketsLeft--;
    // Peers of a silent connection learn nothing of each other, not even that one is gone.
    if (hadError && this.#state === 'open') this.#over('reset');
    if (this.#socketsLeft > 0) return;
    this.#over('reset');
    clearTimeout(this.#endTimer);
    this.#options.onClosed();
  }
}

/** By RST. A socket whose FIN is just leaving cannot do that yet: Node would never close it. */
function reset(socket: Socket): void {
  const { writableEnded, writableFinished, writableLength, destroyed } = socket;
  const isEnding = writableEnded && !writableFinished && writableLength === 0 && !destroyed;
  if (isEnding) socket.once('finish', () => socket.resetAndDestroy());
  else socket.resetAndDestroy();
}
