import type { ProducerCache } from '../../../src/cache/producer.ts';
import type {
  Publisher,
  PublisherOutput,
  SessionLimits,
  SubscriberOutput,
} from '../../../src/protocol/index.ts';
import { inParts } from '../../../src/protocol/transfer.ts';
import type { Consumer, Passing, Row } from '../../protocol/session-rig.ts';
import { Rig, stateOf } from '../../protocol/session-rig.ts';
import type { Command } from './command.ts';
import { wholeNumber } from './command.ts';
import { EventLog } from './event-log.ts';
import { FaultyLine, faultsOf } from './faults.ts';
import { isRoutine, MessageTeller } from './message-text.ts';
import { consumerText, hubText } from './output-text.ts';
import { storedAgain } from './stored.ts';
import { watched } from './watched.ts';

/** What a scenario plays in: the rig, with a line that can fail and a log of what happens. */
export class World {
  readonly log = new EventLog();
  /** All producers of the scenario; numbers in the text begin at 1. */
  readonly producers: ProducerCache<Row>[] = [];
  private readonly line = new FaultyLine();
  private readonly leaving = new MessageTeller();
  private readonly arriving = new MessageTeller();
  private started: Rig | undefined;

  get rig(): Rig {
    if (this.started === undefined) throw new Error('there is no hub yet');
    return this.started;
  }

  start(session: Partial<SessionLimits>, producer: ProducerCache<Row>): void {
    if (this.started !== undefined) throw new Error('there is a hub: see restart-hub');
    const rig = new Rig(session, producer);
    this.started = rig;
    this.log.nowMs = () => rig.nowMs;
    rig.tamper = (passing) => this.carry(passing);
    this.producers.push(producer);
    this.watchHub();
  }

  restart(producer: ProducerCache<Row>): void {
    this.rig.restart(producer);
    if (!this.producers.includes(producer)) this.producers.push(producer);
    this.watchHub();
  }

  join(): void {
    const consumer = this.rig.join();
    this.log.event(`${consumer.id}    dials`);
    const subscriber = watched(consumer.subscriber, {
      called: (name, args) => {
        if (name === 'receive') this.arrived('down', consumer.id, args[0] as Uint8Array);
        return args;
      },
      answered: (outputs) => {
        for (const output of outputs as SubscriberOutput<Row>[]) {
          this.tell(consumer.id, consumerText(output));
        }
      },
    });
    Object.assign(consumer, { subscriber });
  }

  /** `1` is consumer 1; without a word it is all of them. */
  consumersNamed(word: string | undefined): Consumer[] {
    const { consumers } = this.rig;
    if (word === undefined) return [...consumers];
    const found = consumers.find(({ id }) => id === wholeNumber(word));
    if (found === undefined) throw new Error(`there is no consumer ${word}`);
    return [found];
  }

  /** Does something while the line has the faults that the command asks for. */
  withFaults(command: Command, work: () => void): void {
    this.line.set(faultsOf(command));
    work();
    this.line.set([]);
  }

  /** What was held arrives, also at who has reconnected since. */
  deliverHeld(): void {
    for (const { way, consumer, bytes } of this.line.takeHeld()) {
      const [to] = this.consumersNamed(String(consumer));
      if (to === undefined) continue;
      if (way === 'down') this.rig.injectDown(to, bytes);
      else this.rig.inject(to, bytes);
    }
  }

  isEqual(consumer: Consumer): boolean {
    const { producer } = this.rig;
    const head = producer.head();
    const held = consumer.cache.head();
    return (
      held?.epoch === head.epoch &&
      held.version === head.version &&
      held.digest === head.digest &&
      stateOf(consumer.cache) === stateOf(producer)
    );
  }

  private watchHub(): void {
    this.rig.publisher = watched<Publisher>(this.rig.publisher, {
      called: (name, args) => {
        const [first, bytes] = args;
        if (name === 'receive') this.arrived('up', this.ownerOf(first), bytes as Uint8Array);
        if (name !== 'packed') return args;
        const stored = storedAgain(Buffer.concat(bytes as Uint8Array[]));
        return [first, inParts(stored, this.rig.session.partBytes)];
      },
      answered: (outputs) => {
        for (const output of outputs as PublisherOutput[]) {
          // Reports are lists too.
          const text = output.kind === undefined ? undefined : hubText(output);
          if (text === undefined) continue;
          const to = 'session' in output ? `to ${this.ownerOf(output.session)}: ` : '';
          this.log.event(`hub  ${to}${text}`);
        }
      },
    });
  }

  private ownerOf(session: unknown): number {
    return this.rig.consumers.find(({ connection }) => connection === session)?.id ?? 0;
  }

  private tell(consumer: number, text: string | undefined): void {
    if (text !== undefined) this.log.event(`${consumer}    ${text}`);
  }

  private arrived(way: Passing['way'], consumer: number, bytes: Uint8Array): void {
    this.log.message(this.arriving.tell({ way, consumer, bytes }), isRoutine(bytes, way));
  }

  /** Told here is only what does not arrive at once and as it is. */
  private carry(passing: Passing): Uint8Array[] {
    const text = this.leaving.tell(passing);
    const [arriving, fate] = this.line.pass(passing);
    if (fate !== '') {
      this.log.message(`${text}, ${fate}`, false);
    } else if ([...this.rig.stalled].some(({ id }) => id === passing.consumer)) {
      this.log.message(`${text}, waits`, isRoutine(passing.bytes, passing.way));
    }
    return [...arriving];
  }
}
