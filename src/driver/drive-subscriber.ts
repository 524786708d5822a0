import { DiffStreamError } from '../core/errors.ts';
import { CLOSE } from '../protocol/close-code.ts';
import type { ChangeEvent, Status, SubscriberOutput } from '../protocol/output.ts';
import type { Progress } from '../protocol/snapshot-receiver.ts';
import type { Subscriber } from '../protocol/subscriber.ts';
import type { Connection, ConnectionEvents, Dial } from '../transport/connection.ts';
import { Alarm } from './alarm.ts';
import type { Clock } from './clock.ts';
import { OutputQueue } from './output-queue.ts';
import { unpack } from './pack.ts';

/** What the owner of a subscriber hears. */
export interface SubscriberEvents<T> {
  changes(event: ChangeEvent<T>): void;
  progress(progress: Progress): void;
  status(status: Status): void;
  error(error: DiffStreamError): void;
}

/** What has to be done before each connection; rejects with a DiffStreamError. */
type Preparation = (signal: AbortSignal) => Promise<void>;

/**
 * Runs a subscriber: dials, feeds it, and carries out what it says.
 *
 * Modelled in models/resume.pml.
 */
export class SubscriberDriver<T> {
  private readonly subscriber: Subscriber<T>;
  private readonly clock: Clock;
  private readonly dial: () => Connection;
  private readonly prepare: Preparation | undefined;
  /** Ends a preparation that is of no use any longer. */
  private preparing: AbortController | undefined;
  private readonly events: SubscriberEvents<T>;
  private readonly alarm: Alarm;
  private connection: Connection | undefined;
  /** Raised with each connection: what an earlier one still delivers is dropped. */
  private generation = 0;
  private readonly queue = new OutputQueue<SubscriberOutput<T>>((output) => {
    this.carryOut(output);
  });

  constructor(
    subscriber: Subscriber<T>,
    options: {
      url: string;
      dial: Dial;
      clock: Clock;
      events: SubscriberEvents<T>;
      prepare?: Preparation | undefined;
    },
  ) {
    this.subscriber = subscriber;
    this.clock = options.clock;
    this.events = options.events;
    this.prepare = options.prepare;
    this.dial = () => options.dial(options.url, this.listen(++this.generation));
    this.alarm = new Alarm(this.clock, () => this.run(subscriber.tick(this.clock.nowMs())));
  }

  start(): void {
    this.run(this.subscriber.start(this.clock.nowMs()));
  }

  /** After its return nothing is told but the status `closed`. */
  close(): void {
    // Where it has ended already, or a listener closes it again, that may still have to be told.
    this.queue.keep((next) => next.kind === 'status' && next.status === 'closed');
    this.hangUp(CLOSE.normal, 'done');
    this.run(this.subscriber.close());
    this.alarm.stop();
  }

  private listen(generation: number): ConnectionEvents {
    const guard = (work: () => readonly SubscriberOutput<T>[]): void => {
      if (generation === this.generation) this.run(work());
    };
    const { subscriber, clock } = this;
    return {
      opened: () => guard(() => subscriber.connected(clock.nowMs())),
      received: (bytes) => guard(() => subscriber.receive(bytes, clock.nowMs())),
      receivedText: () =>
        guard(() => {
          const what = 'messages have to be binary';
          this.hangUp(CLOSE.wrongType, what);
          const why = new DiffStreamError('unexpected-message', `a text message: ${what}`);
          return subscriber.disconnected(clock.nowMs(), why);
        }),
      closed: (why) =>
        guard(() => {
          this.connection = undefined;
          return subscriber.disconnected(clock.nowMs(), why);
        }),
    };
  }

  private async unpack(output: Extract<SubscriberOutput<T>, { kind: 'unpack' }>): Promise<void> {
    const raw = await unpack(output.packed, output.rawBytes);
    this.run(this.subscriber.unpacked(output.snapshot, raw, this.clock.nowMs()));
  }

  /** Whoever hangs up or closes meanwhile does not want the connection any longer. */
  private async dialAfter(prepare: Preparation): Promise<void> {
    const generation = ++this.generation;
    this.preparing = new AbortController();
    const { signal } = this.preparing;
    const why = await prepare(signal).catch((error: DiffStreamError) => error);
    if (generation !== this.generation) return;
    if (why === undefined) this.connection = this.dial();
    else this.run(this.subscriber.disconnected(this.clock.nowMs(), why));
  }

  private hangUp(code: number, reason: string): void {
    this.generation++;
    this.preparing?.abort();
    this.connection?.close(code, reason);
    this.connection = undefined;
  }

  private run(outputs: readonly SubscriberOutput<T>[]): void {
    try {
      this.queue.run(outputs);
    } finally {
      this.alarm.set(this.subscriber.nextTimeoutMs());
    }
  }

  private carryOut(output: SubscriberOutput<T>): void {
    switch (output.kind) {
      case 'dial':
        if (this.prepare === undefined) this.connection = this.dial();
        else void this.dialAfter(this.prepare);
        break;
      case 'send':
        this.connection?.send(output.bytes);
        break;
      case 'hang-up':
        this.hangUp(output.code, output.reason);
        break;
      case 'changes':
        this.events.changes(output.event);
        break;
      case 'progress':
        this.events.progress(output.progress);
        break;
      case 'unpack':
        void this.unpack(output);
        break;
      case 'go-on':
        this.run(this.subscriber.goOn(this.clock.nowMs()));
        break;
      case 'status':
        this.events.status(output.status);
        break;
      case 'error':
        this.events.error(output.error);
    }
  }
}
