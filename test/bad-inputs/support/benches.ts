/** A hub and a copy, each to be thrown at by the thousand, with somebody who must not notice. */
import { ByteReader, ByteWriter } from '../../../src/core/bytes.ts';
import { ValueReader } from '../../../src/core/value-reader.ts';
import { ValueWriter } from '../../../src/core/value-writer.ts';
import type { Limits } from '../../../src/core/limits.ts';
import { resolveLimits } from '../../../src/core/limits.ts';
import type { Value } from '../../../src/core/value.ts';
import { encodeMessage } from '../../../src/protocol/message-codec.ts';
import type { SessionLimits } from '../../../src/protocol/session-limits.ts';
import type { SeededRandom } from '../../../src/testing/seeded-random.ts';
import type { Consumer } from '../../protocol/session-rig.ts';
import { HELLO, Rig, stateOf } from '../../protocol/session-rig.ts';

/** Small, so that the memory a variant may take is small too. */
export const FRAME_BYTES = 128 * 1024;
export const LIMITS: Limits = resolveLimits({ frameBytesMax: FRAME_BYTES, stringBytesMax: 8192 });

export type Write = (out: ByteWriter, values: ValueWriter) => void;

/** Bytes put together by hand. */
export function bytesOf(write: Write): Uint8Array {
  const out = new ByteWriter(64);
  write(out, new ValueWriter(out));
  return out.take();
}

/** A value from its bytes, as any message holds it, within the small limits. */
export function readValue(bytes: Uint8Array, limits: Limits = LIMITS): Value {
  const input = new ByteReader(bytes);
  const value = new ValueReader(input, limits).value(0);
  input.finish();
  return value;
}

/** A value of a few parts, each of another kind. */
export function someValue(random: SeededRandom, depth = 0): Value {
  switch (random.below(depth > 2 ? 5 : 8)) {
    case 0:
      return random.below(200) - 100;
    case 1:
      return (random.next() - 2 ** 31) / 1000;
    case 2:
      return random.pick([null, true, false]);
    case 3:
      return someText(random);
    case 4:
      return random.next() * random.below(2 ** 20);
    case 5:
      return Array.from({ length: random.below(20) }, () => someValue(random, depth + 1));
    default:
      return Object.fromEntries(
        Array.from({ length: 1 + random.below(5) }, (_, i) => [
          `${random.pick(['a', 'name', '\u00e9'])}${i}`,
          someValue(random, depth + 1),
        ]),
      );
  }
}

export function someText(random: SeededRandom, lengthMax = 30): string {
  const units = ['a', 'b', ' ', '\u00e9', '\u20ac', '\u{1f600}', '\u0000', '"'];
  return Array.from({ length: random.below(lengthMax) }, () => random.pick(units)).join('');
}

/** A hub with some rows; `good` is connected all the while. */
export class HubBench {
  readonly rig: Rig;
  readonly good: Consumer;
  private sessions = 1_000_000;

  constructor(session: Partial<SessionLimits> = {}) {
    this.rig = new Rig(session);
    for (let n = 0; n < 5; n++) this.rig.put(`row ${n}`, n);
    this.good = this.rig.join();
    this.rig.turn();
  }

  /**
   * What becomes of a session that sends this: the code it was closed with and its error's, or
   * `served`. Whoever is closed has been counted.
   */
  attack(
    messages: readonly Uint8Array[],
    options: { greet?: boolean; nowMs?: number } = {},
  ): string {
    const { publisher } = this.rig;
    const { nowMs = this.rig.nowMs } = options;
    const id = ++this.sessions;
    const counted = publisher.counters.protocolErrors + publisher.counters.refusals;
    publisher.open(id, nowMs);
    const first = options.greet === true ? [encodeMessage(HELLO)] : [];
    for (const bytes of [...first, ...messages]) {
      for (const output of publisher.receive(id, bytes, nowMs)) {
        if (output.kind !== 'close') continue;
        const now = publisher.counters.protocolErrors + publisher.counters.refusals;
        if (now !== counted + 1) throw new Error(`counted ${now - counted} times`);
        return `${output.code} ${output.error?.code ?? ''}`;
      }
    }
    publisher.closed(id);
    return 'served';
  }

  /** Throws where the other session has noticed anything, or is not served any more. */
  expectUnharmed(): void {
    const { rig, good } = this;
    rig.put('row 1', rig.producer.version + 1000);
    rig.turn();
    if (rig.publisher.describe().length !== 1) throw new Error('sessions were left behind');
    expectHealed(rig, good);
    if (good.errors.length > 0) throw new Error(`noticed: ${good.codes.join()}`);
  }
}

/** Two consumers of a hub, both live; what a variant throws at `bad` must not reach `good`. */
export class ReplicaBench {
  readonly rig: Rig;
  readonly bad: Consumer;
  readonly good: Consumer;

  constructor(session: Partial<SessionLimits> = {}) {
    this.rig = new Rig(session);
    for (let n = 0; n < 5; n++) this.rig.put(`row ${n}`, n);
    this.bad = this.rig.join();
    this.good = this.rig.join();
    this.rig.turn();
  }

  /**
   * What the copy told of these bytes: its first error, or `ignored`. The rig throws where it
   * ever shows what the producer never had; in the end both are equal to it again.
   */
  throwAt(...messages: readonly Uint8Array[]): string {
    const { rig, bad } = this;
    const version = bad.cache.version;
    for (const bytes of messages) if (bad.connection !== undefined) rig.injectDown(bad, bytes);
    const outcome = bad.errors[0]?.code ?? 'ignored';
    if (bad.cache.version < version) throw new Error('a version went back');
    this.expectHealed();
    return outcome;
  }

  expectHealed(passMs = 3000): void {
    const { rig, bad, good } = this;
    for (let i = 0; i < 30 && bad.subscriber.status !== 'live'; i++) rig.pass(passMs);
    expectHealed(rig, bad);
    expectHealed(rig, good);
    if (good.errors.length > 0) throw new Error(`noticed: ${good.codes.join()}`);
  }
}

function expectHealed(rig: Rig, consumer: Consumer): void {
  const { status } = consumer.subscriber;
  if (status !== 'live') throw new Error(`a consumer is ${status}, not live`);
  if (stateOf(consumer.cache) !== stateOf(rig.producer)) throw new Error('a copy differs');
}
