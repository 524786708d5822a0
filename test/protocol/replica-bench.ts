/** A replica that is spoken to message by message. */
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import type { ProducerCache } from '../../src/cache/producer.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Answer, ConsumerMessage, HubMessage } from '../../src/protocol/message.ts';
import type { Nonce } from '../../src/protocol/nonce.ts';
import type { SubscriberOutput } from '../../src/protocol/output.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { headOf } from '../../src/protocol/head.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import type { Row } from './session-rig.ts';
import { newProducer, STREAM } from './session-rig.ts';

type Outputs = readonly SubscriberOutput<Row>[];

export class ReplicaBench {
  readonly cache = new FrameConsumer<Row>({ name: STREAM });
  readonly subscriber: Subscriber<Row>;
  producer: ProducerCache<Row>;
  /** All that was said, and what the last request asked for. */
  readonly outputs: SubscriberOutput<Row>[] = [];
  nonce: Nonce = [0, 0];
  nowMs = 0;

  constructor(session: Partial<SessionLimits> = {}, rows = 1) {
    this.subscriber = new Subscriber(this.cache, { seed: [5, 6], session });
    this.producer = newProducer();
    this.producer.batch((tx) => {
      for (let key = 0; key < rows; key++) tx.set(key, { key, n: 0 });
    });
    this.note(this.subscriber.start(this.nowMs));
  }

  /** Passes outputs on, and keeps the nonce of a request among them. */
  note(outputs: Outputs): Outputs {
    this.outputs.push(...outputs);
    for (const message of sentIn(outputs)) {
      if (message.kind === 'hello' || message.kind === 'resume') this.nonce = message.nonce;
    }
    return outputs;
  }

  connect(): Outputs {
    return this.note(this.subscriber.connected(this.nowMs));
  }

  hear(message: HubMessage): Outputs {
    return this.note(this.subscriber.receive(encodeMessage(message), this.nowMs));
  }

  /** As `hear`, where the hub answers the last request, with everything by default. */
  answer(more: Partial<Answer> = {}): Outputs {
    return this.hear(this.answerOf(more));
  }

  answerOf(more: Partial<Answer> = {}): Answer {
    return {
      ...{ kind: 'answer', protocol: 1, nonce: this.nonce, heartbeatMs: 1000, from: 0 },
      ...{ windowBytes: 262_144, sentBytes: 0, head: headOf(this.producer), comparison: undefined },
      ...more,
    };
  }

  /** The frame from a version. */
  frame(from = 0): Outputs {
    return this.hear({ kind: 'frame', body: this.producer.frame(from).body() });
  }

  headMessage(): HubMessage {
    const { version } = this.producer;
    const digest = this.producer.digestWords();
    return { kind: 'head', version, digest, check: this.producer.headCheck() };
  }

  head(): Outputs {
    return this.hear(this.headMessage());
  }

  /** Connected, answered, and with everything that there is. */
  live(): this {
    this.connect();
    this.answer();
    this.frame();
    return this;
  }

  tick(nowMs: number): Outputs {
    this.nowMs = nowMs;
    return this.note(this.subscriber.tick(nowMs));
  }

  cut(): Outputs {
    return this.note(this.subscriber.disconnected(this.nowMs, undefined));
  }

  put(n: number): void {
    this.producer.set(0, { key: 0, n });
  }
}

export function sentIn(outputs: Outputs): ConsumerMessage[] {
  return outputs.flatMap((output) =>
    output.kind === 'send' ? [decodeConsumerMessage(output.bytes)] : [],
  );
}

/** What was done, in words: `send resume`, `hang-up`, `status live`, `error gap`. */
export function saidIn(outputs: Outputs): string[] {
  return outputs.map((output) => {
    if (output.kind === 'send') return `send ${decodeConsumerMessage(output.bytes).kind}`;
    if (output.kind === 'status') return `status ${output.status}`;
    if (output.kind === 'error') return `error ${output.error.code}`;
    return output.kind;
  });
}
