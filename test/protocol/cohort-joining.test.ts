/** Who may join a group of dense frames, and for whom one ends. */
import { describe, expect, it } from 'vitest';
import { defaultLimits } from '../../src/core/limits.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { CountingCoder, EmptyCoder, HubAlone, placeIn } from './dense-rig.ts';
import { HELLO, newProducer } from './session-rig.ts';

const FRAME = MESSAGE.frame.toString(16);

describe('A group of dense frames', () => {
  it('S18 S19 does not end for who takes no dense frames, or has said nothing yet', () => {
    const hub = new HubAlone('dense', { heartbeatMs: 500, helloTimeoutMs: 1e9 });
    hub.open(1);
    hub.turn();
    hub.open(2, { dense: false });
    hub.publisher.open(3, hub.nowMs);
    for (let n = 1; n <= 3; n++) {
      hub.pass(6000);
      expect(hub.turn()).toEqual([`1/${n}`, FRAME]);
    }
    hub.open(4);
    expect(hub.turn()).toEqual(['1/4', FRAME, FRAME]);
    hub.pass(600);
    expect(hub.turn()).toEqual(['2/0', FRAME, '2/0']);
  });

  it('S18 C10 keeps no coder for nobody, nor by `auto` where it saves too little', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    hub.open(2);
    hub.turns(2);
    hub.publisher.closed(1);
    expect([hub.turn(), hub.made]).toEqual([['1/2'], 1]);
    hub.publisher.closed(2);
    hub.open(3);
    expect([hub.turns(2), hub.made]).toEqual([['2/0', '2/1'], 2]);
    const auto = new HubAlone('auto');
    auto.open(1);
    auto.coder.length = 1000;
    auto.turns(100);
    expect([auto.counting.encoded, auto.made]).toEqual([32, 1]);
    auto.turns(2100);
    expect([auto.counting.encoded, auto.made]).toEqual([64, 2]);
  });

  it('S19 is joined by who has been there for so long, and not before', () => {
    const producer = newProducer();
    producer.set('row', { key: 'row', n: 0 });
    const limits = resolveSessionLimits({ heartbeatMs: 1000, idleTimeoutMs: 1e9 });
    const publisher = new Publisher(producer, limits, {
      ...{ codec: 'dense', makeCoder: () => new EmptyCoder(), limits: defaultLimits },
      settleMs: 3000,
    });
    publisher.open(1, 500);
    publisher.receive(1, encodeMessage({ ...HELLO, dense: true }), 500);
    const turn = (n: number): string[] => {
      producer.set('row', { key: 'row', n });
      return publisher
        .flush()
        .flatMap((output) => (output.kind === 'send' ? [placeIn(output.bytes)] : []));
    };
    expect(turn(1)).toEqual([FRAME]);
    // The hub hears the time by its heartbeats, the first of which is due at 1,500.
    const places = [1500, 2500, 3499, 3500].map((nowMs, i) => {
      publisher.tick(nowMs);
      return turn(2 + i);
    });
    expect(places).toEqual([[FRAME], [FRAME], [FRAME], ['1/0']]);
  });
});

describe('The length of a group', () => {
  /** Of a dense frame, beside what is coded: group, index, span and check. */
  const OVERHEAD = 7;

  it('S18 ends it at just 256 KiB', () => {
    const places = (bytes: number): string[] => {
      const hub = new HubAlone('dense');
      hub.open(1);
      hub.coder.length = bytes - OVERHEAD;
      return hub.turns(3);
    };
    expect(places(128 * 1024)).toEqual(['1/0', '1/1', '2/0']);
    expect(places(128 * 1024 - 1)).toEqual(['1/0', '1/1', '1/2']);
  });

  it('S19 ends a trial at just 256 KiB, and nothing is coded for 2,048 versions', () => {
    const coded = (bytes: number, turns: number): number => {
      const hub = new HubAlone('auto');
      hub.open(1);
      hub.coder.length = bytes - OVERHEAD;
      hub.turns(turns);
      return hub.counting.encoded;
    };
    expect([4, 5, 60].map((turns) => coded(64 * 1024, turns))).toEqual([4, 4, 4]);
    expect([4, 5, 60].map((turns) => coded(64 * 1024 - 1, turns))).toEqual([4, 5, 5]);
    expect([2047, 2048, 2052, 2053].map((more) => coded(64 * 1024, 4 + more))).toEqual([
      4, 5, 8, 8,
    ]);
  });

  it('S19 decides after a trial of 32 frames, by every fourth, on a fifth saved', () => {
    /** Places of the frames behind a trial in which each fourth is so much of the compact one. */
    const after = (share: number, trial = 32): string[] => {
      const hub = new HubAlone('auto');
      hub.open(1);
      const text = 'a text that is another each time, of some length'.repeat(20);
      const body = (n: number): string => `${n} ${text.slice(n % 7)} ${n}`;
      const compact: number[] = [];
      for (let n = 0; n < trial; n++) {
        hub.coder.length = share < 0 ? 1 : Math.floor(share * (compact.at(-1) ?? 1000)) - OVERHEAD;
        hub.turn(body(n));
        compact.push((hub.sent.get(1)?.[0]?.length ?? 1) - 1);
      }
      return hub.turns(2, 'done');
    };
    // The trial was the first group; nobody followed the one that began with its end.
    expect(after(-1)).toEqual(['3/0', '3/1']);
    expect(after(-1, 31)).toEqual([FRAME, '3/0']);
    expect(after(0.5)).toEqual(['3/0', '3/1']);
    expect(after(1.2)).toEqual([FRAME, FRAME]);
  });

  it.each([100, 1000, 6000])('S19 decides at a commit each %i ms as well', (everyMs) => {
    const hub = new HubAlone('auto', { heartbeatMs: 500 });
    hub.open(1);
    const places: string[] = [];
    for (let n = 0; n < 40; n++) {
      hub.pass(everyMs);
      places.push(...hub.turn(`a text of its own, the ${n}th, and something behind it`));
    }
    expect(places.filter((place) => place === FRAME)).toHaveLength(32);
    expect(places.slice(32)).not.toContain(FRAME);
  });

  it('S17 P10 is not for who has fallen behind what the journal tells', () => {
    const producer = newProducer({ limits: { journalEntriesMax: 1, tombstonesMax: 1 } });
    for (let key = 0; key < 9; key++) producer.set(key, { key, n: 0 });
    const coder = new CountingCoder(new EmptyCoder());
    const publisher = new Publisher(producer, resolveSessionLimits({}), {
      ...{ codec: 'dense', makeCoder: () => coder, limits: defaultLimits },
    });
    publisher.open(1, 0);
    publisher.receive(1, encodeMessage({ ...HELLO, dense: true }), 0);
    producer.set(0, { key: 0, n: 1 });
    const places = (): string[] =>
      publisher
        .flush()
        .flatMap((output) => (output.kind === 'send' ? [placeIn(output.bytes)] : []));
    expect([places(), coder.encoded]).toEqual([['1/0'], 1]);
    for (let key = 0; key < 6; key++) producer.delete(key);
    expect(producer.floor).toBeGreaterThan(10);
    expect([places(), coder.encoded]).toEqual([[FRAME], 1]);
    producer.set(8, { key: 8, n: 1 });
    expect([places(), coder.encoded]).toEqual([['2/0'], 2]);
  });
});
