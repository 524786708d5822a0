import { DiffStreamError } from '../core/errors.ts';
import { CLOSE } from '../protocol/close-code.ts';
import type { PublisherOutput } from '../protocol/output.ts';
import type { Publisher } from '../protocol/publisher.ts';
import type { Connection, ConnectionEvents } from '../transport/connection.ts';
import { Alarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { OutputQueue } from './output-queue.ts';
import { Packer } from './pack.ts';

/** Told of what a consumer did wrong; the session has ended by then. */
export type SessionErrorListener = (session: number, error: Error) => void;

/** Who listens to a connection that was taken, and the number of its session. */
export interface Accepted extends ConnectionEvents {
  readonly session: number;
}

/** Runs a publisher: connections and commits in, bytes out. */
export class PublisherDriver {
  private readonly publisher: Publisher;
  private readonly clock: Clock;
  private readonly alarm: Alarm;
  /** Snapshots that are being deflated. */
  private readonly packers = new Map<number, Packer>();
  private readonly connections = new Map<number, Connection>();
  private readonly onError: SessionErrorListener;
  private readonly nextId: () => number;
  private flushing = false;
  private readonly queue = new OutputQueue<PublisherOutput>((output, next) => {
    this.carryOut(output, next);
  });

  constructor(
    publisher: Publisher,
    clock: Clock,
    hooks: { nextId: () => number; onError: SessionErrorListener },
  ) {
    this.publisher = publisher;
    this.clock = clock;
    this.nextId = hooks.nextId;
    this.onError = hooks.onError;
    this.alarm = new Alarm(clock, () => this.run(publisher.tick(clock.nowMs())));
  }

  get size(): number {
    return this.connections.size;
  }

  /**
   * Takes a new connection; returns who listens to it. `sentBytes`: what was sent there already,
   * and may be acknowledged.
   */
  accept(connection: Connection, sentBytes = 0): Accepted {
    const id = this.nextId();
    this.connections.set(id, connection);
    this.publisher.open(id, this.clock.nowMs(), sentBytes);
    this.run([]);
    return {
      session: id,
      opened: () => {},
      received: (bytes) => this.run(this.publisher.receive(id, bytes, this.clock.nowMs())),
      receivedText: () => {
        if (!this.connections.has(id)) return;
        const what = 'messages have to be binary';
        this.drop(id, CLOSE.wrongType, what);
        this.blame(id, new DiffStreamError('unexpected-message', `a text message: ${what}`));
      },
      closed: (why) => {
        const isOpen = this.connections.has(id);
        this.forget(id);
        // One that was sent away has been told of.
        if (isOpen && why !== undefined) this.blame(id, why);
      },
    };
  }

  /** Something was committed: whatever else happens in this turn leaves in the same frame. */
  committed(): void {
    if (this.flushing) return;
    this.flushing = true;
    this.clock.endOfTurn(() => {
      this.flushing = false;
      this.run(this.publisher.flush());
    });
  }

  /** Sends what is still unsent, then says goodbye to everyone. */
  close(): void {
    this.run(this.publisher.flush());
    this.run(this.publisher.shutdown());
    this.alarm.stop();
  }

  private run(outputs: readonly PublisherOutput[]): void {
    try {
      this.queue.run(outputs);
    } finally {
      this.alarm.set(this.publisher.nextTimeoutMs());
    }
  }

  private carryOut(output: PublisherOutput, next: PublisherOutput | undefined): void {
    if (output.kind === 'work') {
      this.workSoon();
      return;
    }
    if (output.kind === 'pack') {
      void this.pack(output);
      return;
    }
    const connection = this.connections.get(output.session);
    if (output.kind === 'send') {
      connection?.send(output.bytes, next?.kind === 'send' && next.session === output.session);
      return;
    }
    this.connections.delete(output.session);
    connection?.close(output.code, output.reason);
    if (output.error !== undefined) this.onError(output.session, output.error);
  }

  /** Not before what has been made so far of snapshots is deflated, or most of it. */
  private workSoon(): void {
    const busy = [...this.packers.values()].find(({ isBehind }) => isBehind);
    if (busy !== undefined) void busy.caughtUp().then(() => this.workSoon());
    else this.clock.endOfTurn(() => this.run(this.publisher.work()));
  }

  private async pack(output: Extract<PublisherOutput, { kind: 'pack' }>): Promise<void> {
    const { snapshot, bytes, last, partBytes } = output;
    let packer = this.packers.get(snapshot);
    if (packer === undefined) this.packers.set(snapshot, (packer = new Packer(partBytes)));
    packer.write(bytes);
    if (!last) return;
    const parts = await packer.finish();
    this.packers.delete(snapshot);
    this.run(this.publisher.packed(snapshot, parts));
  }

  private drop(id: number, code: number, reason: string): void {
    const connection = this.connections.get(id);
    this.forget(id);
    connection?.close(code, reason);
  }

  /** Counts what the transport has found wrong, and tells of it. */
  private blame(id: number, error: DiffStreamError): void {
    this.publisher.counters.protocolErrors++;
    this.onError(id, error);
  }

  private forget(id: number): void {
    this.connections.delete(id);
    this.publisher.closed(id);
  }
}
