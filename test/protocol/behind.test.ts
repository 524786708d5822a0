/** Consumers that are behind, and those that keep up beside them. */
import { describe, expect, it } from 'vitest';
import { FANOUT } from '../../src/cache/digest-tree.ts';
import type { ConsumerMessage } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { PublisherOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionLimits } from '../../src/protocol/session-limits.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { HubAlone } from './dense-rig.ts';
import { EPOCH, HELLO, newProducer } from './session-rig.ts';

const ROW_TEXT = 'a text that makes a row of two hundred bytes '.repeat(4);

/** A hub that forgets early, and whose turns come when they are called. */
class Hub {
  readonly producer = newProducer({ limits: { journalEntriesMax: 10 } });
  readonly publisher: Publisher;
  /** The first bytes of what each session was sent since the last look. */
  private readonly sent = new Map<number, number[]>();
  private readonly sentBytes = new Map<number, number>();
  readonly closed: string[] = [];
  isAskedToWork = false;

  constructor(rows: number, session: Partial<SessionLimits> = {}) {
    this.producer.batch((tx) => {
      for (let key = 0; key < rows; key++) tx.set(key, { key, n: 0, text: ROW_TEXT });
    });
    this.publisher = new Publisher(this.producer, resolveSessionLimits(session));
  }

  /** One commit of a row. */
  change(key: number): void {
    this.producer.set(key, { key, n: this.producer.version, text: ROW_TEXT });
  }

  say(session: number, message: ConsumerMessage, nowMs = 0): void {
    this.obey(this.publisher.receive(session, encodeMessage(message), nowMs));
  }

  comeBack(session: number, version: number): void {
    this.publisher.open(session, 0);
    const isThere = version === this.producer.version;
    const digest = isThere ? this.producer.digestWords() : [0, 0, 0, session];
    const position = { epoch: EPOCH, version, digest };
    this.say(session, { ...HELLO, position });
  }

  read(session: number, nowMs = 0): void {
    this.say(session, { kind: 'ack', bytes: this.sentBytes.get(session) ?? 0, version: 1 }, nowMs);
  }

  flush(): void {
    this.obey(this.publisher.flush());
  }

  work(): void {
    this.isAskedToWork = false;
    this.obey(this.publisher.work());
  }

  tick(nowMs: number): void {
    this.obey(this.publisher.tick(nowMs));
  }

  seen(session: number): number[] {
    const kinds = this.sent.get(session) ?? [];
    this.sent.delete(session);
    return kinds;
  }

  private obey(outputs: readonly PublisherOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'work') this.isAskedToWork = true;
      if (output.kind === 'close') this.closed.push(output.reason);
      if (output.kind !== 'send') continue;
      const { session, bytes } = output;
      this.sent.set(session, [...(this.sent.get(session) ?? []), bytes[0] as number]);
      this.sentBytes.set(session, (this.sentBytes.get(session) ?? 0) + bytes.length);
    }
  }
}

describe('Consumers that come back at once', () => {
  const come = (count: number): Hub => {
    const hub = new Hub(20, { catchUpBytesPerTurn: 1 });
    for (let n = 0; n < count + 1; n++) hub.change(n % 20);
    hub.flush();
    for (let id = 1; id <= count; id++) hub.comeBack(id, id + 1);
    return hub;
  };

  it('R7 S11 are told to wait while turns have no time for them', () => {
    const hub = come(3);
    expect([1, 2, 3].map((id) => hub.seen(id))).toEqual([
      [MESSAGE.answer, MESSAGE.frame],
      [MESSAGE.answer],
      [MESSAGE.answer],
    ]);
    hub.tick(1000);
    expect([2, 3].map((id) => hub.seen(id))).toEqual([[MESSAGE.wait], [MESSAGE.wait]]);
    hub.work();
    hub.tick(2000);
    expect([2, 3].map((id) => hub.seen(id))).toEqual([
      [MESSAGE.frame, MESSAGE.head],
      [MESSAGE.wait],
    ]);
  });

  it('S11 P14 get theirs in the order in which they came, each looked at once', () => {
    const hub = come(8);
    for (let turn = 2; turn <= 8; turn++) {
      expect([turn, hub.isAskedToWork]).toEqual([turn, true]);
      hub.work();
      for (let id = 1; id <= 8; id++) {
        expect(hub.seen(id).includes(MESSAGE.frame)).toBe(id === turn || (id === 1 && turn === 2));
      }
    }
    expect(hub.isAskedToWork).toBe(false);
    expect(hub.publisher.counters.deferrals).toBe(7);
  });
});

describe('A consumer from before the journal', () => {
  const rows = 2000;
  const back = (changed: number): Hub => {
    const hub = new Hub(rows);
    for (let key = 0; key < changed; key++) hub.change(key);
    hub.flush();
    hub.comeBack(1, 1);
    return hub;
  };

  it('R2 gets what is newer, up to a quarter of everything', () => {
    expect(
      back(rows / 5)
        .seen(1)
        .slice(0, 2),
    ).toEqual([MESSAGE.answer, MESSAGE.part]);
  });

  it('R2 P14 gets everything where that costs less, and waits for it as joiners do', () => {
    const hub = back(rows / 2);
    expect([hub.seen(1), hub.isAskedToWork]).toEqual([[MESSAGE.answer], true]);
    hub.tick(1000);
    expect(hub.seen(1)).toEqual([MESSAGE.wait]);
    while (hub.isAskedToWork) hub.work();
    hub.publisher.packed(1, [new Uint8Array(100)]);
    expect(hub.publisher.describe()[0]).toMatchObject({
      snapshots: 1,
      cursor: hub.producer.version,
    });
    // One from before it is known to be so far behind, too; one from later on is not.
    hub.comeBack(2, 1);
    expect(hub.seen(2)).toEqual([MESSAGE.answer, MESSAGE.snapshot, MESSAGE.chunk]);
    hub.comeBack(3, rows / 2 - 100);
    expect(hub.seen(3)).toContain(MESSAGE.frame);
  });

  it('S4 that keeps up gets what one commit was too much for the journal', () => {
    const hub = new Hub(rows);
    hub.flush();
    hub.comeBack(1, 1);
    hub.seen(1);
    hub.producer.batch((tx) => {
      for (let key = 0; key < rows; key++) tx.set(key, { key, n: 1, text: ROW_TEXT });
    });
    hub.flush();
    expect([...new Set(hub.seen(1))]).toEqual([MESSAGE.part]);
  });
});

describe('Who compares', () => {
  const position = { epoch: { ...EPOCH, term: 1 }, version: 1, digest: [0, 0, 0, 0] as const };
  const hello = { ...HELLO, position, trust: 'compare' } as const;
  const mend = (hub: Hub, id: number, nodes: number, nonce = HELLO.nonce, nowMs = 0): void => {
    const items = new Uint32Array(0);
    const claims = Array.from({ length: nodes }, (_, index) => ({
      node: { level: 1, index },
      items,
    }));
    hub.say(id, { kind: 'mend', nonce, claims }, nowMs);
  };

  it('R3 P14 gets everything where more than a quarter of it is lacking', () => {
    for (const [nodes, kind] of [
      [FANOUT / 8, MESSAGE.part],
      [FANOUT / 2, MESSAGE.answer],
    ] as const) {
      const hub = new Hub(2000);
      hub.publisher.open(1, 0);
      hub.say(1, hello);
      hub.seen(1);
      mend(hub, 1, nodes);
      expect(hub.seen(1)[0]).toBe(kind);
    }
  });

  it('S11 P14 waits for a turn with time, and is told so', () => {
    const hub = new Hub(2000, { catchUpBytesPerTurn: 1 });
    for (const id of [1, 2]) {
      hub.publisher.open(id, 0);
      hub.say(id, hello);
      hub.seen(id);
      mend(hub, id, 4);
    }
    expect([hub.seen(1).length > 0, hub.seen(2), hub.isAskedToWork]).toEqual([true, [], true]);
    hub.tick(1000);
    expect(hub.seen(2)).toEqual([MESSAGE.wait]);
    hub.work();
    expect(hub.seen(2).at(-1)).toBe(MESSAGE.mended);
    expect(hub.publisher.counters.mendings).toBe(2);
  });

  it('L3 R5 twice as often in a minute as its breaker allows has to go', () => {
    const hub = new Hub(2000, { repairsPerMinuteMax: 3 });
    hub.publisher.open(1, 0);
    hub.say(1, hello);
    const again = (n: number, nowMs: number): void => {
      hub.read(1, nowMs);
      mend(hub, 1, 1, [0, n - 1], nowMs);
      hub.read(1, nowMs);
      hub.say(1, { kind: 'resume', nonce: [0, n], position, trust: 'compare' }, nowMs);
    };
    hub.say(1, { kind: 'resume', nonce: [0, 0], position, trust: 'compare' });
    for (let n = 1; n <= 6; n++) again(n, 0);
    for (let n = 7; n <= 12; n++) again(n, 60_000);
    expect(hub.closed).toEqual([]);
    again(13, 60_000);
    expect(hub.closed).toEqual(['more repairs in a minute than 2 times repairsPerMinuteMax = 3']);
    expect(hub.publisher.counters.mendings).toBe(12);
  });
});

describe('Consumers that keep up', () => {
  it('S4 S16 get what is committed in a turn together, whoever speaks in between', () => {
    const hub = new HubAlone('dense');
    for (const id of [1, 2]) hub.open(id);
    hub.turn();
    hub.producer.set('row', { n: 0, text: 'committed before the end of the turn' });
    const ack = encodeMessage({ kind: 'ack', bytes: 1, version: 1 });
    expect(hub.publisher.receive(1, ack, 0)).toEqual([]);
    expect(hub.turn()).toEqual(['1/1', '1/1']);
  });
});
