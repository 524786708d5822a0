/** A hub that is spoken to message by message. */
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Hello } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { HELLO, newProducer } from './session-rig.ts';

type Pack = Extract<PublisherOutput, { kind: 'pack' }>;

export class HubBench {
  readonly producer = newProducer();
  readonly publisher: Publisher;

  constructor(session: Partial<SessionLimits>) {
    this.publisher = new Publisher(this.producer, resolveSessionLimits(session));
  }

  send(id: number, message: Parameters<typeof encodeMessage>[0]): readonly PublisherOutput[] {
    return this.publisher.receive(id, encodeMessage(message), 0);
  }

  join(id: number, hello: Partial<Hello> = {}): readonly PublisherOutput[] {
    this.publisher.open(id, 0);
    return this.send(id, { ...HELLO, ...hello });
  }

  /** What there is to be packed, when nothing is left to be made. */
  workAll(): Pack[] {
    const packs: Pack[] = [];
    for (let again = true; again;) {
      const outputs = this.publisher.work();
      packs.push(...outputs.filter((output) => output.kind === 'pack'));
      again = outputs.some(({ kind }) => kind === 'work');
    }
    return packs;
  }
}

/** One with so many rows, committed at once. */
export function hubOf(rows: number, session: Partial<SessionLimits> = {}): HubBench {
  const bench = new HubBench(session);
  bench.producer.batch((tx) => {
    for (let key = 0; key < rows; key++) tx.set(key, { key, n: 0, text: 'x'.repeat(100) });
  });
  return bench;
}
