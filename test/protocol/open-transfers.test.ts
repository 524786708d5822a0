/** What consumers that read slowly, each at another version, make a hub keep. */
import { describe, expect, it } from 'vitest';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { EPOCH, HELLO, newProducer } from './session-rig.ts';

/** Of one frame here, a little less than its text. */
const FRAME = 4000;
const LIMITS = {
  windowBytes: 600,
  partBytes: 500,
  openTransferBytesMax: 3 * FRAME,
  catchUpBytesPerTurn: 1_000_000,
};

class Bench {
  readonly producer = newProducer();
  readonly publisher: Publisher;
  readonly closed: string[] = [];
  /** By session: what it was sent, in bytes, and the kinds of messages since it was last asked. */
  private readonly sentBytes = new Map<number, number>();
  private readonly kinds = new Map<number, number[]>();
  private readonly random = new SeededRandom('open transfers');
  private hasWork = false;

  constructor(limits: Partial<SessionLimits> = {}, entries = 20) {
    const session = resolveSessionLimits({ ...LIMITS, ...limits });
    this.publisher = new Publisher(this.producer, session);
    this.producer.batch((tx) => {
      for (let key = 0; key < entries; key++) tx.set(key, { key, n: 0, text: this.text() });
    });
  }

  /** Text that nothing can be left out of. */
  private text(): string {
    const letters = Array.from({ length: FRAME }, () => 33 + this.random.below(90));
    return String.fromCharCode(...letters);
  }

  /** A change of so much text; 0: of a number. */
  commit(key: number, isLarge = true): void {
    const { version } = this.producer;
    const before = this.producer.get(key) as { text: string };
    const text = isLarge ? this.text() : before.text;
    this.producer.set(key, { key, n: version, text });
    this.take(this.publisher.flush());
  }

  /** A consumer that was there before has come back, and reads only when told to. */
  join(session: number, version: number, nowMs = 0): void {
    this.publisher.open(session, nowMs);
    const isThere = version === this.producer.version;
    const digest = isThere ? this.producer.digestWords() : [0, 0, 0, session];
    this.say(session, { ...HELLO, position: { epoch: EPOCH, version, digest } }, nowMs);
  }

  /** A consumer has come that holds nothing. */
  joinAnew(session: number): void {
    this.publisher.open(session, 0);
    this.say(session, HELLO);
  }

  /** One has come with a copy of an unknown past, and lacks what stands below some nodes. */
  compare(session: number): void {
    this.publisher.open(session, 0);
    const position = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] as const };
    this.say(session, { ...HELLO, position, trust: 'compare' });
    const items = new Uint32Array(0);
    const claims = Array.from({ length: 32 }, (_, index) => ({ node: { level: 1, index }, items }));
    this.read(session);
    this.say(session, { kind: 'mend', nonce: HELLO.nonce, claims });
  }

  say(session: number, message: ConsumerMessage, nowMs = 0): void {
    this.take(this.publisher.receive(session, encodeMessage(message), nowMs));
  }

  /** It has read all that it was sent. */
  read(session: number, nowMs = 0): void {
    const bytes = this.sentBytes.get(session) as number;
    this.say(session, { kind: 'ack', bytes, version: 1 }, nowMs);
  }

  /** Reads on until nothing comes any more. */
  readAll(session: number): void {
    for (let before = -1; before !== this.sentBytes.get(session);) {
      before = this.sentBytes.get(session) as number;
      this.read(session);
    }
  }

  tick(nowMs: number): void {
    this.take(this.publisher.tick(nowMs));
  }

  /** The first bytes of what came since the last look. */
  seen(session: number): number[] {
    const kinds = this.kinds.get(session) ?? [];
    this.kinds.set(session, []);
    return kinds;
  }

  cursors(): number[] {
    return this.publisher.describe().map(({ cursor }) => cursor);
  }

  private take(outputs: readonly PublisherOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'send') {
        const { session, bytes } = output;
        this.sentBytes.set(session, (this.sentBytes.get(session) ?? 0) + bytes.length);
        this.kinds.set(session, [...(this.kinds.get(session) ?? []), bytes[0] as number]);
      } else if (output.kind === 'close') {
        this.closed.push(`${output.session} ${output.error?.code ?? ''}`);
      } else if (output.kind === 'work') this.hasWork = true;
    }
    if (!this.hasWork) return;
    this.hasWork = false;
    this.take(this.publisher.work());
  }
}

/** So many consumers, each in the middle of a frame of its own. */
function slow(count: number, limits: Partial<SessionLimits> = {}): Bench {
  const bench = new Bench(limits);
  for (let session = 1; session <= count; session++) {
    bench.commit(session % 20);
    bench.join(session, session, session);
  }
  return bench;
}

describe('P14 S24 frames that slow consumers are in the middle of', () => {
  it('are never more than openTransferBytesMax and one, however many consumers are slow', () => {
    const bench = slow(40);
    const { publisher } = bench;
    expect(publisher.openTransferBytes).toBeGreaterThan(3 * FRAME);
    expect(publisher.openTransferBytes).toBeLessThan(5 * FRAME);
    const without = slow(40, { openTransferBytesMax: 1_000_000_000 });
    expect(without.publisher.openTransferBytes).toBeGreaterThan(39 * FRAME);
    expect(publisher.counters).toMatchObject({ tooSlow: 0 });
    expect(bench.closed).toEqual([]);
  });

  it('hold up no frame that leaves in one message', () => {
    const bench = slow(8);
    const { version } = bench.producer;
    bench.join(50, version);
    bench.join(51, version);
    bench.commit(19, false);
    bench.commit(19, false);
    expect(bench.cursors().slice(-2)).toEqual([version + 2, version + 2]);
    expect(bench.seen(50)).toContain(MESSAGE.frame);
  });

  it('make others wait, who are told so, until somebody is through with one', () => {
    const bench = slow(5);
    expect(bench.cursors()).toEqual([1, 2, 3, 4, 5]);
    bench.seen(4);
    bench.tick(1001);
    expect(bench.seen(4)).toEqual([MESSAGE.wait]);
    expect(bench.seen(1)).not.toContain(MESSAGE.wait);
    bench.readAll(1);
    expect(bench.seen(4)).toContain(MESSAGE.part);
    expect(bench.seen(5)).not.toContain(MESSAGE.part);
    for (const session of [2, 3]) bench.readAll(session);
    expect(bench.seen(5)).toContain(MESSAGE.part);
    for (const session of [3, 4, 5, 1, 2]) bench.readAll(session);
    expect(bench.cursors()).toEqual(Array.from({ length: 5 }, () => bench.producer.version));
    expect(bench.publisher.openTransferBytes).toBe(0);
    expect(bench.closed).toEqual([]);
  });

  it('cost who waits nothing but a word in each heartbeat: no frame is made for it', () => {
    const bench = slow(6);
    const { counters } = bench.publisher;
    for (const session of [4, 5, 6]) expect(bench.seen(session)).toEqual([MESSAGE.answer]);
    // What is committed goes to nobody, and nobody's frame is made.
    const before = { ...counters };
    for (let turn = 0; turn < 20; turn++) bench.commit(turn, false);
    expect(counters).toEqual(before);
    bench.tick(1001);
    for (const session of [4, 5, 6]) expect(bench.seen(session)).toEqual([MESSAGE.wait]);
    expect(counters.messagesSent).toBe(before.messagesSent + 3);
  });

  it('are those of others when a consumer goes: who waits gets its own', () => {
    const bench = slow(5);
    bench.seen(4);
    bench.publisher.closed(2);
    bench.tick(500);
    expect(bench.seen(4)).toContain(MESSAGE.part);
  });

  it('end after answerTimeoutMs where others wait, the oldest first, as many as it takes', () => {
    const bench = slow(6, { answerTimeoutMs: 5000, idleTimeoutMs: 60_000 });
    bench.tick(4500);
    expect(bench.closed).toEqual([]);
    bench.tick(5501);
    expect(bench.closed).toEqual(['1 limit-exceeded']);
    expect(bench.seen(4)).toContain(MESSAGE.part);
    expect(bench.publisher.counters.tooSlow).toBe(1);
    bench.tick(6502);
    // What the fourth has got since is three times as long.
    expect(bench.closed).toEqual(['1', '2', '3'].map((one) => `${one} limit-exceeded`));
    expect(bench.publisher.openTransferBytes).toBeGreaterThan(3 * FRAME);
    bench.tick(7503);
    expect(bench.closed.length).toBe(3);
  });

  it('may take as long as they like where nobody waits', () => {
    const bench = slow(3, { answerTimeoutMs: 5000, idleTimeoutMs: 1_000_000 });
    for (let nowMs = 1000; nowMs < 60_000; nowMs += 1000) bench.tick(nowMs);
    expect(bench.closed).toEqual([]);
  });

  it('count once for all that share them', () => {
    const bench = new Bench();
    const { version } = bench.producer;
    for (let session = 1; session <= 30; session++) bench.join(session, version);
    for (let session = 1; session <= 30; session++) bench.seen(session);
    bench.commit(3);
    expect(bench.publisher.openTransferBytes).toBeLessThan(2 * FRAME);
    const begun = Array.from({ length: 30 }, (_, i) => bench.seen(i + 1).includes(MESSAGE.part));
    expect(begun).toEqual(Array.from({ length: 30 }, () => true));
  });

  it('are left by who asks anew', () => {
    const bench = slow(5);
    const position = { epoch: EPOCH, version: 1, digest: [0, 0, 0, 1] as const };
    bench.say(1, { kind: 'resume', nonce: [7, 7], position, trust: 'position' });
    expect(bench.publisher.openTransferBytes).toBeLessThan((3 + 6) * FRAME);
    for (const session of [1, 2, 3, 4, 5, 1, 2, 3, 4, 5]) bench.readAll(session);
    expect(bench.publisher.openTransferBytes).toBe(0);
    expect(bench.cursors()).toEqual(Array.from({ length: 5 }, () => bench.producer.version));
  });

  it('are repairs too, which wait as frames do', () => {
    const bench = slow(3);
    bench.seen(9);
    bench.compare(9);
    expect(bench.seen(9)).toEqual([MESSAGE.answer]);
    expect(bench.publisher.counters).toMatchObject({ comparisons: 1, mendings: 0, putOff: 1 });
    bench.tick(1001);
    expect(bench.seen(9)).toEqual([MESSAGE.wait]);
    bench.readAll(1);
    expect(bench.seen(9)).toContain(MESSAGE.part);
    expect(bench.publisher.counters).toMatchObject({ mendings: 1 });
    bench.readAll(9);
    expect(bench.seen(9)).toContain(MESSAGE.mended);
  });

  it('are no snapshot that is kept for joiners anyway, only one that has been replaced', () => {
    const bench = new Bench({}, 2);
    for (let session = 1; session <= 5; session++) bench.joinAnew(session);
    expect(bench.publisher.openTransferBytes).toBe(0);
    expect(bench.seen(5)).toEqual([MESSAGE.answer, MESSAGE.part, MESSAGE.part]);
    // So many versions later there is another one.
    for (let n = 0; n < 65; n++) bench.commit(1, false);
    bench.joinAnew(6);
    expect(bench.publisher.openTransferBytes).toBeGreaterThan(2 * FRAME);
    expect(bench.publisher.openTransferBytes).toBeLessThan(3 * FRAME);
  });

  it('stay with many that share one while fewer wait', () => {
    const limits = { openTransferBytesMax: FRAME, answerTimeoutMs: 5000, idleTimeoutMs: 1_000_000 };
    const bench = new Bench(limits);
    const { version } = bench.producer;
    for (let session = 1; session <= 3; session++) bench.join(session, version);
    bench.commit(3);
    for (let session = 1; session <= 3; session++)
      expect(bench.seen(session)).toContain(MESSAGE.part);
    bench.commit(4);
    for (let session = 4; session <= 5; session++) bench.join(session, version);
    for (const nowMs of [1000, 7000, 8001]) bench.tick(nowMs);
    expect(bench.closed).toEqual([]);
    // A third one waits: as many as have to go.
    bench.join(6, version);
    bench.tick(9002);
    expect(bench.closed.length).toBe(3);
    expect([4, 5, 6].map((session) => bench.seen(session).includes(MESSAGE.part))).toContain(true);
  });
});
