/** The parts that the machines of a session are made of, each by itself. */
import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/cache/change.ts';
import type { Epoch } from '../../src/cache/epoch.ts';
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { AckMeter } from '../../src/protocol/ack-meter.ts';
import { Chance } from '../../src/protocol/chance.ts';
import { encodeDenseBody } from '../../src/protocol/dense-body.ts';
import { DenseReader } from '../../src/protocol/dense-reader.ts';
import { Freshness } from '../../src/protocol/freshness.ts';
import { isCurrent } from '../../src/protocol/hub-answer.ts';
import type { Answer } from '../../src/protocol/message.ts';
import { Session, reactions as ofHub } from '../../src/protocol/session.ts';
import { SnapshotReceiver } from '../../src/protocol/snapshot-receiver.ts';
import { StatusWatch } from '../../src/protocol/status-watch.ts';
import {
  isAsking,
  isBetweenConnections,
  isData,
  isFetching,
  isReading,
  reactions,
} from '../../src/protocol/subscriber-state.ts';
import { OpenTransfers } from '../../src/protocol/open-transfers.ts';
import type { SubscriberState } from '../../src/protocol/subscriber-state.ts';
import { Timers } from '../../src/protocol/timers.ts';
import { inParts } from '../../src/protocol/transfer.ts';
import { Unpacking } from '../../src/protocol/unpacking.ts';
import { EPOCH, newProducer, STREAM } from './session-rig.ts';

const NEWER: Epoch = { ...EPOCH, term: 2000 };

/** A copy of a producer with so many versions. */
function copyOf(versions: number, epoch: Epoch = EPOCH): FrameConsumer {
  const producer = newProducer({ epoch });
  for (let n = 1; n <= versions; n++) producer.set('a', { key: 'a', n });
  const copy = new FrameConsumer({ name: STREAM });
  copy.apply(producer.frame(0));
  return copy;
}

const inOrder =
  (order: readonly string[]) =>
  (a: string, b: string): number =>
    order.indexOf(a) - order.indexOf(b);

describe('What becomes of a message', () => {
  const taken = (state: SubscriberState): Record<string, string> =>
    Object.fromEntries(
      Object.entries(reactions[state]).filter(([, reaction]) => reaction !== 'drop'),
    );
  const all = (what: string, ...kinds: string[]): Record<string, string> =>
    Object.fromEntries(kinds.map((kind) => [kind, what]));
  const data = ['frame', 'dense', 'part', 'head', 'snapshot', 'chunk'];

  it('S2 is decided for each state of a consumer', () => {
    for (const state of ['idle', 'waiting', 'closed'] as const) expect(taken(state)).toEqual({});
    expect(taken('dialing')).toEqual(all('take', 'refusal'));
    expect(taken('greeting')).toEqual(all('take', 'answer', 'wait', 'refusal'));
    const compared = ['answer', 'wait', 'refusal', 'part', 'sums', 'mended'];
    expect(taken('comparing')).toEqual(all('take', ...compared));
    for (const state of ['live', 'catching-up'] as const) {
      expect(taken(state)).toEqual(all('take', 'answer', 'refusal', ...data));
    }
    const installing = { ...all('take', 'answer', 'refusal'), ...all('keep', ...data) };
    expect(taken('installing')).toEqual(installing);
  });

  it('S1 is decided for each state of a session', () => {
    const later = ['resume', 'ack', 'compare', 'mend'];
    expect(ofHub.greeting).toEqual({ ...all('wrong', ...later), hello: 'take' });
    expect(ofHub.closed).toEqual(all('wrong', 'hello', ...later));
    for (const state of ['waiting', 'serving', 'comparing'] as const) {
      expect(ofHub[state]).toEqual({ ...all('take', ...later), hello: 'wrong' });
    }
  });

  it('S10 R7 and what a state means', () => {
    const states = Object.keys(reactions) as SubscriberState[];
    expect(states.filter(isAsking)).toEqual(['greeting', 'comparing'].sort(inOrder(states)));
    expect(states.filter(isReading)).toEqual(
      ['comparing', 'catching-up', 'live'].sort(inOrder(states)),
    );
    expect(states.filter(isBetweenConnections)).toEqual(
      ['waiting', 'dialing'].sort(inOrder(states)),
    );
    expect(states.filter(isFetching)).toEqual(
      ['greeting', 'comparing', 'catching-up'].sort(inOrder(states)),
    );
    const kinds = Object.keys(reactions.live) as (keyof typeof reactions.live)[];
    expect(kinds.filter(isData)).toEqual(['frame', 'dense', 'part', 'chunk']);
  });
});

describe('The bytes of a connection', () => {
  it('S10 are counted on from where the hub says, whatever was lost or came twice', () => {
    const meter = new AckMeter();
    expect(meter.unacknowledged).toBe(0);
    meter.add(30);
    meter.add(12);
    expect([meter.unacknowledged, meter.acknowledge(), meter.unacknowledged]).toEqual([42, 42, 0]);
    // 100 were sent before the last message, of 12 bytes.
    meter.goOnFrom(100);
    expect([meter.unacknowledged, meter.acknowledge()]).toEqual([70, 112]);
    // The hub has sent less than was taken for received.
    meter.add(5);
    meter.goOnFrom(20);
    expect([meter.unacknowledged, meter.acknowledge()]).toEqual([5, 25]);
  });
});

describe('The randomness of a machine', () => {
  it('S2 R6 is the same from the same seed, and all over its range', () => {
    const chance = new Chance([1, 2]);
    const drawn = [chance.nonce(), chance.nonce()];
    const same = new Chance([1, 2]);
    expect([same.nonce(), same.nonce()]).toEqual(drawn);
    expect(drawn[0]).not.toEqual(drawn[1]);
    expect(new Chance([1, 3]).nonce()).not.toEqual(drawn[0]);
    const many = Array.from({ length: 4000 }, () => chance.fraction());
    expect(Math.min(...many)).toBeLessThan(0.01);
    expect(Math.max(...many)).toBeGreaterThan(0.99);
    const mean = many.reduce((sum, one) => sum + one, 0) / many.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
    // Exactly so much of 2^32.
    const again = new Chance([1, 2]);
    expect(again.fraction() * 2 ** 32).toBe(drawn[0]?.[0]);
  });
});

describe('The timers of a machine', () => {
  it('R7 ring earliest first, once, where they are due', () => {
    const timers = new Timers<'a' | 'b' | 'c'>();
    expect([timers.next(), timers.takeDue(1e9)]).toEqual([Number.POSITIVE_INFINITY, []]);
    timers.set('a', 30);
    timers.set('b', 10);
    timers.set('c', 20);
    expect(timers.next()).toBe(10);
    expect(timers.takeDue(9)).toEqual([]);
    expect(timers.takeDue(29)).toEqual(['b', 'c']);
    expect(timers.takeDue(30)).toEqual(['a']);
    expect(timers.takeDue(30)).toEqual([]);
  });

  it('R7 are put off where they run, and set once where they do not', () => {
    const timers = new Timers<'a' | 'b'>();
    timers.postpone('a', 5);
    expect(timers.next()).toBe(Number.POSITIVE_INFINITY);
    timers.setOnce('a', 7);
    timers.setOnce('a', 3);
    expect(timers.next()).toBe(7);
    timers.postpone('a', 9);
    timers.set('b', 8);
    expect(timers.takeDue(9)).toEqual(['b', 'a']);
    timers.set('a', 1);
    timers.set('b', 2);
    timers.clear('a');
    expect(timers.next()).toBe(2);
    timers.clearAll();
    expect(timers.next()).toBe(Number.POSITIVE_INFINITY);
  });
});

describe('How new a copy is', () => {
  it('P12 is told in versions and ms, from when what it was told by was sent', () => {
    const freshness = new Freshness();
    const copy = copyOf(3);
    expect([freshness.lagVersions(copy), freshness.ageMs(7)]).toEqual([0, Number.NaN]);
    expect([0, 1].map((version) => freshness.isCurrent(version))).toEqual([true, true]);
    freshness.met(EPOCH, 5, 100);
    expect(freshness.lagVersions(copy)).toBe(2);
    expect([4, 5, 6].map((version) => freshness.isCurrent(version))).toEqual([false, true, true]);
    freshness.learned(4, 150);
    freshness.current();
    expect(freshness.ageMs(1000)).toBe(900);
    freshness.learned(5, 200);
    freshness.learned(7, 300);
    expect([freshness.lagVersions(copy), freshness.ageMs(1000)]).toEqual([4, 900]);
    freshness.current();
    expect(freshness.ageMs(1000)).toBe(700);
    freshness.met(EPOCH, 2, 400);
    expect(freshness.lagVersions(copy)).toBe(0);
    freshness.met(NEWER, 2, 400);
    expect(freshness.lagVersions(copy)).toBe(2);
  });

  it('P12 is told by answers to earlier requests too, if they tell of something newer', () => {
    const freshness = new Freshness();
    const copy = copyOf(3);
    freshness.heard(EPOCH, 5, 50);
    expect(freshness.lagVersions(copy)).toBe(0);
    freshness.met(EPOCH, 3, 100);
    freshness.heard(EPOCH, 3, 200);
    freshness.current();
    expect(freshness.ageMs(1000)).toBe(900);
    freshness.heard(NEWER, 9, 300);
    expect(freshness.isCurrent(3)).toBe(true);
    freshness.heard(EPOCH, 4, 400);
    expect([freshness.isCurrent(3), freshness.isCurrent(4)]).toEqual([false, true]);
    freshness.current();
    expect(freshness.ageMs(1000)).toBe(600);
  });

  it('P12 R7 is shown as one word, told where it changes', () => {
    const watch = new StatusWatch();
    const told = (state: SubscriberState, answered = false): unknown =>
      watch.enter(state, answered);
    expect([told('dialing'), told('greeting'), told('comparing', true)]).toEqual([
      undefined,
      undefined,
      'catching-up',
    ]);
    expect([told('waiting'), told('greeting', true), told('live', true)]).toEqual([
      'connecting',
      'catching-up',
      'live',
    ]);
    expect([told('live', true), told('catching-up', true), told('waiting')]).toEqual([
      undefined,
      'stale',
      undefined,
    ]);
    watch.conflict = true;
    expect([told('live', true), told('dialing'), told('closed')]).toEqual([
      'conflict',
      undefined,
      'closed',
    ]);
  });
});

describe('An answer', () => {
  const digest = copyOf(3).digestWords();
  const answer = (from: number, version: number, more: Partial<Answer> = {}): Answer => ({
    ...{ kind: 'answer', protocol: 1, nonce: [1, 2], heartbeatMs: 1, windowBytes: 1, sentBytes: 0 },
    ...{ from, head: { epoch: NEWER, version, digest }, comparison: undefined, ...more },
  });
  const other = [1, 2, 3, 4];

  it('S2 R1 says that the copy is the present state, that more follows, or what cannot be', () => {
    const said = (from: number, version: number, words = digest): unknown => {
      const copy = copyOf(3);
      const head = { epoch: NEWER, version, digest: words };
      try {
        const outcome = isCurrent(answer(from, version, { head }), copy);
        return [outcome, copy.currentEpoch?.term, copy.version];
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    expect(said(3, 3)).toEqual([true, NEWER.term, 3]);
    expect(said(9, 9)).toEqual([true, NEWER.term, 9]);
    expect(said(0, 3)).toEqual([false, EPOCH.term, 3]);
    expect(said(3, 5)).toEqual([false, EPOCH.term, 3]);
    expect(said(3, 5, other)).toEqual([false, EPOCH.term, 3]);
    expect(said(3, 3, other)).toBe('gap');
    expect(said(9, 9, other)).toBe('gap');
    for (const from of [2, 4]) expect(said(from, 5)).toBe('gap');
  });

  it('R3 says nothing yet where it begins a comparison', () => {
    const comparison = { entries: 1, sums: new Uint32Array(128) };
    expect(isCurrent(answer(3, 3, { comparison }), copyOf(3))).toBe(false);
    expect(isCurrent(answer(7, 3, { comparison }), copyOf(3))).toBe(false);
  });
});

describe('A snapshot on its way', () => {
  const chunk = (offset: number, length: number) => ({ offset, bytes: new Uint8Array(length) });
  const manifest = { to: 5, check: 9, rawBytes: 100, packedBytes: 10 };
  const made = (): SnapshotReceiver => new SnapshotReceiver(defaultLimits);

  it('S7 tells how much of it is there, and nothing of it before and after', () => {
    const receiver = made();
    const none = { receivedBytes: 0, totalBytes: 0 };
    expect(receiver.progress).toEqual(none);
    receiver.begin(manifest);
    expect(receiver.progress).toEqual({ receivedBytes: 0, totalBytes: 10 });
    receiver.add(chunk(0, 4));
    expect(receiver.progress).toEqual({ receivedBytes: 4, totalBytes: 10 });
    receiver.clear();
    expect([receiver.progress, receiver.partial]).toEqual([none, undefined]);
  });

  it('R5 R6 goes on where it has never been, and that alone is an advance', () => {
    const receiver = made();
    const advances = (...lengths: number[]): boolean[] => {
      let at = 0;
      return lengths.map((length) => {
        receiver.add(chunk(at, length));
        at += length;
        return receiver.isMore;
      });
    };
    expect(receiver.isMore).toBe(false);
    receiver.begin(manifest);
    expect(advances(4, 1)).toEqual([true, true]);
    receiver.begin(manifest);
    expect(advances(4, 1, 1)).toEqual([false, false, true]);
    receiver.clear();
    receiver.begin({ ...manifest });
    expect(advances(6, 1)).toEqual([false, true]);
    // Another one, by either of its names.
    receiver.begin({ ...manifest, check: 8 });
    expect(advances(1)).toEqual([true]);
    receiver.begin({ ...manifest, to: 6, check: 8 });
    expect(advances(1)).toEqual([true]);
  });

  it('R1 has at least one part, and none that is empty but that', () => {
    const lengths = (bytes: number): number[] =>
      inParts(new Uint8Array(bytes), 4).map(({ length }) => length);
    expect([0, 1, 4, 5, 8].map(lengths)).toEqual([[0], [1], [4], [4, 1], [4, 4]]);
  });

  it('S7 P9 is of the epoch that it came in, and known until it is inflated', () => {
    const unpacking = new Unpacking();
    expect([unpacking.end(0), unpacking.end(1)]).toEqual([undefined, undefined]);
    const [first, second] = [unpacking.begin(EPOCH), unpacking.begin(NEWER)];
    expect([first, second].map((id) => unpacking.isLast(id))).toEqual([false, true]);
    expect([first, second, first].map((id) => unpacking.end(id))).toEqual([
      EPOCH,
      NEWER,
      undefined,
    ]);
  });
});

describe('A reader of dense frames', () => {
  /** Its groups and indexes, and how often its coder was reset. */
  function reader(cache = copyOf(3)) {
    const asked = { resets: 0, decoded: 0, made: 0 };
    const coder = {
      reset: (): void => void asked.resets++,
      decode: (): Change[] => {
        asked.decoded++;
        return [];
      },
    };
    const one = new DenseReader(() => {
      asked.made++;
      return coder;
    }, defaultLimits);
    const read = (group: number, index: number, span = 1): unknown => {
      const coded = new Uint8Array(0);
      const body = encodeDenseBody({ group, index, span, coded, check: 7 });
      try {
        const frame = one.read(body, EPOCH, cache);
        return frame === undefined ? 'repeat' : [frame.from, frame.to, frame.check];
      } catch (error) {
        return (error as { code: string }).code;
      }
    };
    return { one, asked, read };
  }
  const right = [3, 4, 7];

  it('S16 S20 takes the frames of a group in order, and a repeat for what it is', () => {
    const { read, asked } = reader();
    expect([read(1, 0), read(1, 1), read(1, 2)]).toEqual([right, right, right]);
    expect([read(1, 0), read(1, 2)]).toEqual(['repeat', 'repeat']);
    expect([read(1, 4), read(2, 1)]).toEqual(['gap', 'gap']);
    expect([read(1, 3), read(3, 0), read(2, 0), read(3, 1)]).toEqual([
      right,
      right,
      'repeat',
      right,
    ]);
    expect(asked).toEqual({ resets: 2, decoded: 6, made: 1 });
  });

  it('S17 S20 begins with the first frame of a group, whatever it was told before', () => {
    const { one, read } = reader();
    expect([read(0, 0), read(0, 1), read(1, 1)]).toEqual(['gap', 'gap', 'gap']);
    expect([read(4, 0), read(4, 1)]).toEqual([right, right]);
    one.forget();
    expect([read(4, 2), read(0, 2), read(0, 1), read(0, 0), read(5, 1)]).toEqual(
      Array(5).fill('gap'),
    );
    // Also where another hub counts from the beginning again.
    expect([read(1, 0), read(1, 1), read(1, 1)]).toEqual([right, right, 'repeat']);
  });

  it('C4 S20 takes none upon nothing, or beyond the last version there is', () => {
    const { read } = reader(new FrameConsumer({ name: STREAM }));
    expect(read(1, 0)).toBe('malformed');
    const { read: readOn } = reader();
    expect(readOn(1, 0, Number.MAX_SAFE_INTEGER - 2)).toBe('malformed');
    expect(readOn(1, 0, Number.MAX_SAFE_INTEGER - 3)).toEqual([3, Number.MAX_SAFE_INTEGER, 7]);
  });
});

describe('A session', () => {
  it('S6 R3 begins at nothing, and in a comparison stands nowhere', () => {
    const session = new Session(4, 20, new OpenTransfers(1));
    expect(session).toMatchObject({
      ...{ id: 4, state: 'greeting', heardMs: 20, openedMs: 20, secondMs: 20, messages: 0 },
      ...{ cursor: 0, transferred: 0, group: 0, knownHead: 0, leastVersion: 0, isDense: false },
      ...{ sentBytes: 0, ackedBytes: 0, heldVersion: 0, bytesInFlight: 0 },
      ...{ frames: 0, snapshots: 0, resumes: 0, lastRung: '', lastRungMs: 0 },
      frameBytesMax: Number.POSITIVE_INFINITY,
    });
    Object.assign(session, { cursor: 9, transferred: 3, group: 2, transfer: {}, mend: {} });
    session.restart(undefined, 12);
    const anew = { transferred: 0, group: 0, transfer: undefined, mend: undefined };
    expect(session).toMatchObject({ ...anew, state: 'comparing', cursor: 0, knownHead: 12 });
    session.restart(11, 13);
    expect(session).toMatchObject({ ...anew, state: 'serving', cursor: 11, knownHead: 13 });
    session.restart(0, 13);
    expect(session).toMatchObject({ state: 'serving', cursor: 0 });
  });
});
