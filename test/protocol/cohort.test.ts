import { describe, expect, it } from 'vitest';
import { ByteWriter } from '../../src/core/bytes.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { makeSmallCoder } from '../../src/dense/index.ts';
import { decodeDenseBody, encodeDenseBody } from '../../src/protocol/dense-body.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { CountingCoder, denseIn, DenseRig, HubAlone } from './dense-rig.ts';
import type { Consumer } from './session-rig.ts';
import { EPOCH, newProducer, stateOf } from './session-rig.ts';

const FRAME = MESSAGE.frame.toString(16);
const DENSE = MESSAGE.dense;

/** A hub with a few rows, and consumers that take dense frames and are live. */
function liveRig(consumers: number, session = {}): { rig: DenseRig; all: Consumer[] } {
  const rig = new DenseRig(session);
  for (let n = 0; n < 5; n++) rig.put(`row ${n}`, n, 'a text of some length');
  const all = Array.from({ length: consumers }, () => rig.joinDense());
  rig.turn();
  return { rig, all };
}

function expectEqual(rig: DenseRig): void {
  for (const { cache, subscriber } of rig.consumers) {
    expect(subscriber.status).toBe('live');
    expect(stateOf(cache)).toBe(stateOf(rig.producer));
  }
}

describe('the members of a group', () => {
  it('S16 get each frame as the same bytes, coded once', () => {
    const { rig, all } = liveRig(4);
    for (let n = 0; n < 20; n++) {
      rig.step();
      const [first, ...others] = all.map(({ received }) => received.at(-1));
      expect(denseIn(first)).toMatchObject({ group: 1, index: n, span: 1 });
      for (const other of others) expect(other).toBe(first);
    }
    expect(rig.hubCoder.encoded).toBe(20);
    expect(rig.publisher.counters.denseFrames).toBe(80);
    expectEqual(rig);
  });

  it('S16 S4 get what was committed in one turn in one frame', () => {
    const { rig, all } = liveRig(2);
    for (let n = 0; n < 7; n++) rig.put('row 1', 100 + n);
    rig.commit((producer) => producer.delete('row 2'));
    rig.turn();
    expect(denseIn(all[0]?.received.at(-1))).toMatchObject({ index: 0, span: 8 });
    expect(rig.hubCoder.encoded).toBe(1);
    expectEqual(rig);
  });

  it('S7 S16 get a frame larger than a part in parts', () => {
    const { rig, all } = liveRig(2, { partBytes: 64 });
    const random = new SeededRandom('parts');
    const text = Array.from({ length: 300 }, () => String.fromCharCode(33 + random.below(90)));
    rig.put('row 1', 1, text.join(''));
    rig.turn();
    const types = all[1]?.received.map(([type]) => type);
    expect(types?.at(-1)).toBe(DENSE);
    expect(types?.filter((type) => type === MESSAGE.part).length).toBeGreaterThan(2);
    rig.step();
    expectEqual(rig);
    expect(all.flatMap(({ codes }) => codes)).toEqual([]);
  });

  it('S17 leave when their window is shut, and join when the next group begins', () => {
    const { rig, all } = liveRig(2, { windowBytes: 200 });
    const [fast, slow] = all as [Consumer, Consumer];
    rig.step();
    rig.stalled.add(slow);
    for (let n = 0; n < 40; n++) {
      rig.step();
      rig.pass(20);
    }
    rig.stalled.delete(slow);
    for (let n = 0; n < 10; n++) rig.step();
    expect(rig.framesOf(fast)).not.toContain('1/51');
    expect(rig.framesOf(fast).slice(1)).toEqual(Array.from({ length: 51 }, (_, n) => `1/${n}`));
    // What it was sent before, then frames that need no memory.
    const frames = rig.framesOf(slow).slice(1);
    const left = frames.indexOf(FRAME);
    expect(frames.slice(0, left)).toEqual(Array.from({ length: left }, (_, n) => `1/${n}`));
    expect(frames.slice(left).every((place) => place === FRAME)).toBe(true);
    expectEqual(rig);
    rig.pass(7000);
    for (let n = 0; n < 3; n++) rig.step();
    for (const one of all) {
      expect(rig.framesOf(one).slice(-3)).toEqual(['2/0', '2/1', '2/2']);
    }
    expect(all.flatMap(({ codes }) => codes)).toEqual([]);
    expectEqual(rig);
  });

  it('S17 S11 who comes later gets compact frames until the next group begins', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    expect(hub.turns(3)).toEqual(['1/0', '1/1', '1/2']);
    hub.open(2);
    expect(hub.turn()).toEqual(['1/3', FRAME]);
    hub.publisher.closed(1);
    // Nobody follows the group any more.
    expect(hub.turns(2)).toEqual(['2/0', '2/1']);
  });
});

describe('a group', () => {
  it('S18 ends after 256 frames, and a coder that remembers nothing begins the next', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    const frames = hub.turns(514);
    const places = frames.map((_, n) => `${1 + Math.floor(n / 256)}/${n % 256}`);
    expect(frames).toEqual(places);
    expect(hub.counting.encoded).toBe(514);
    // The first group begins before there is a coder.
    expect(hub.counting.resets).toBe(2);
  });

  it('S18 ends after 256 KiB', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    hub.coder.length = 100_000;
    expect(hub.turns(7)).toEqual(['1/0', '1/1', '1/2', '2/0', '2/1', '2/2', '3/0']);
  });

  it('S18 ends after 5 s where somebody waits to join, and not otherwise', () => {
    const hub = new HubAlone('dense', { heartbeatMs: 500 });
    hub.open(1);
    hub.turn();
    hub.pass(60_000);
    expect(hub.turn()).toEqual(['1/1']);
    hub.open(2);
    expect(hub.turn()).toEqual(['1/2', FRAME]);
    hub.pass(600);
    expect(hub.turn()).toEqual(['2/0', '2/0']);
    hub.open(3);
    expect(hub.turn()).toEqual(['2/1', '2/1', FRAME]);
    hub.pass(5000);
    expect(hub.turn()).toEqual(['2/2', '2/2', FRAME]);
    hub.pass(600);
    expect(hub.turn()).toEqual(['3/0', '3/0', '3/0']);
  });

  it('S18 ends where a frame cannot be coded, and that one is compact', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    expect(hub.turns(2)).toEqual(['1/0', '1/1']);
    hub.coder.length = undefined;
    expect(hub.turn()).toEqual([FRAME]);
    hub.coder.length = 1;
    expect(hub.turns(2)).toEqual(['2/0', '2/1']);
  });

  it('S18 C10 tries a frame that takes too long once, however many would get it', () => {
    const hub = new HubAlone('dense');
    for (let id = 1; id <= 50; id++) hub.open(id);
    hub.turns(2);
    hub.coder.length = undefined;
    expect(new Set(hub.turn())).toEqual(new Set([FRAME]));
    expect(hub.counting.encoded).toBe(3);
    hub.coder.length = 1;
    expect(new Set(hub.turn())).toEqual(new Set(['2/0']));
  });

  it.each(['dense', 'auto'] as const)(
    'S18 C10 is tried ever more seldom where one frame after the other takes too long: %s',
    (codec) => {
      const hub = new HubAlone(codec);
      hub.open(1);
      hub.turns(2);
      hub.coder.length = undefined;
      const { encoded } = hub.counting;
      expect(new Set(hub.turns(100))).toEqual(new Set([FRAME]));
      // After 1, 2, 4, … 64 versions.
      expect(hub.counting.encoded - encoded).toBe(7);
      hub.turns(27);
      hub.coder.length = 1;
      hub.turns(40);
      hub.coder.length = undefined;
      const { encoded: before } = hub.counting;
      hub.turns(3);
      // It went well for long enough: as at first.
      expect(hub.counting.encoded - before).toBe(2);
    },
  );

  it('S18 costs nothing where nobody is left who would read it', () => {
    const hub = new HubAlone('dense');
    hub.open(1);
    hub.turns(3);
    hub.publisher.closed(1);
    hub.turns(20);
    hub.open(2, { dense: false });
    hub.turns(20);
    expect(hub.counting.encoded).toBe(3);
  });

  it('S18 has room for who joins at its first frame only', () => {
    const hub = new HubAlone('dense');
    for (const id of [1, 2, 3]) hub.open(id);
    expect(hub.turns(2)).toEqual(['1/0,1/0,1/0', '1/1,1/1,1/1']);
    hub.publisher.closed(2);
    hub.open(4);
    expect(hub.turn()).toEqual(['1/2', '1/2', FRAME]);
  });
});

describe('dense frames', () => {
  it('S19 come to none whose hello does not say so, nor where the codec is compact', () => {
    const hub = new HubAlone('dense');
    hub.open(1, { dense: false });
    hub.open(2);
    expect(hub.turns(3)).toEqual([`${FRAME},1/0`, `${FRAME},1/1`, `${FRAME},1/2`]);
    const compact = new HubAlone('compact');
    compact.open(1);
    expect(new Set(compact.turns(50))).toEqual(new Set([FRAME]));
    expect(compact.counting.encoded).toBe(0);
  });

  it('S19 are none of what stands for everything: a snapshot is compact', () => {
    const { rig, all } = liveRig(1);
    expect(rig.framesOf(all[0] as Consumer)).toEqual([FRAME]);
    expect(rig.hubCoder.encoded).toBe(0);
  });

  it('S19 do not come by `auto` where they save too little, and are tried now and then', () => {
    const hub = new HubAlone('auto');
    hub.open(1);
    hub.coder.length = 1000;
    expect(new Set(hub.turns(2000))).toEqual(new Set([FRAME]));
    expect(hub.counting.encoded).toBe(32);
    hub.turns(200);
    expect(hub.counting.encoded).toBe(64);
  });

  it('S19 are tried by `auto` as often for many consumers as for one', () => {
    const hub = new HubAlone('auto');
    for (const id of [1, 2, 3, 4]) hub.open(id);
    hub.coder.length = 1000;
    hub.turns(2000);
    expect(hub.counting.encoded).toBe(32);
    hub.turns(200);
    expect(hub.counting.encoded).toBe(64);
  });

  it('S19 end a trial by `auto` also where few of them are 256 KiB', () => {
    const hub = new HubAlone('auto');
    hub.open(1);
    hub.coder.length = 20_000;
    expect(new Set(hub.turns(200))).toEqual(new Set([FRAME]));
    expect(hub.counting.encoded).toBeLessThan(32);
  });

  it('S19 come by `auto` after a trial, and go when they save a fifth no more', () => {
    const hub = new HubAlone('auto');
    hub.open(1);
    expect(new Set(hub.turns(32))).toEqual(new Set([FRAME]));
    expect(hub.turns(2).map((place) => place.split('/')[1])).toEqual(['0', '1']);
    hub.coder.length = 1000;
    const frames = hub.turns(400);
    // At the end of a group, not amid it.
    const last = frames.findLastIndex((place) => place !== FRAME);
    expect(frames[last]).toMatch(/\/255$/);
    expect(frames.slice(last + 1).every((place) => place === FRAME)).toBe(true);
    expect(frames.slice(0, last).includes(FRAME)).toBe(false);
  });

  it('S19 come by `auto` for rows that are alike, and not for noise', () => {
    const random = new SeededRandom('auto');
    const noise = (): string =>
      Array.from({ length: 500 }, () => String.fromCharCode(random.below(128))).join('');
    for (const [isNoise, least] of [
      [false, 20],
      [true, 0],
    ] as const) {
      const rig = new DenseRig({}, 'auto');
      rig.put('row 0', 0);
      rig.joinDense();
      rig.turn();
      for (let n = 1; n < 60; n++) {
        const text = isNoise ? noise() : `an order of ${n} pieces for a customer in Berlin`;
        rig.put(`row ${n}`, n, text);
        rig.turn();
      }
      const { denseFrames } = rig.publisher.counters;
      expect([isNoise, denseFrames >= least && denseFrames <= least * 2]).toEqual([isNoise, true]);
      expectEqual(rig);
    }
  });
});

describe('a reader of dense frames', () => {
  /** A consumer that lost or got otherwise its dense frame `at`; the rig after ten more. */
  function troubled(
    at: number,
    tamper: (bytes: Uint8Array) => readonly Uint8Array[],
  ): { rig: DenseRig; consumer: Consumer } {
    const { rig, all } = liveRig(2);
    const [consumer] = all as [Consumer];
    let seen = 0;
    rig.tamper = ({ way, bytes, consumer: id }) => {
      const hit = way === 'down' && id === consumer.id && bytes[0] === DENSE && seen++ === at;
      return hit ? tamper(bytes) : [bytes];
    };
    for (let n = 0; n < 10; n++) rig.step();
    expectEqual(rig);
    return { rig, consumer };
  }

  it('S20 R4 resumes once after damage, gets compact frames, and joins the next group', () => {
    const damages: Record<string, (bytes: Uint8Array) => Uint8Array> = {
      check: (bytes) => bytes.map((byte, i) => (i === bytes.length - 1 ? byte ^ 1 : byte)),
      coded: (bytes) => bytes.with(5, (bytes[5] as number) ^ 0x40),
      span: (bytes) => bytes.with(3, 2),
      cut: (bytes) => bytes.slice(0, 5),
      group: (bytes) => bytes.with(1, 77),
    };
    for (const [name, damage] of Object.entries(damages)) {
      const { rig, consumer } = troubled(4, (bytes) => [damage(bytes)]);
      const frames = rig.framesOf(consumer).slice(6);
      expect([name, consumer.subscriber.stats.resumes, consumer.codes.length]).toEqual([
        name,
        1,
        1,
      ]);
      expect(new Set(frames)).toEqual(new Set([FRAME]));
      rig.pass(7000);
      for (let n = 0; n < 2; n++) rig.step();
      expect(rig.framesOf(consumer).slice(-2)).toEqual(['2/0', '2/1']);
      expect(consumer.subscriber.stats.resumes).toBe(1);
      expectEqual(rig);
    }
  });

  it('S20 P7 finds that one is missing by the next, and resumes once', () => {
    for (const at of [0, 4]) {
      const { consumer } = troubled(at, () => []);
      expect(consumer.codes).toEqual(['gap']);
      expect(consumer.subscriber.stats.resumes).toBe(1);
    }
  });

  it('S20 P5 does nothing at a repeat', () => {
    for (const at of [0, 4]) {
      const { rig, consumer } = troubled(at, (bytes) => [bytes, bytes]);
      expect(consumer.codes).toEqual([]);
      expect(consumer.subscriber.stats.resumes).toBe(0);
      expect(rig.framesOf(consumer).at(-1)).toBe('1/9');
      const events = consumer.events.length;
      const [, , ...dense] = consumer.received.filter(([type]) => type === DENSE);
      for (const bytes of dense.slice(0, 3)) rig.injectDown(consumer, bytes);
      expect([consumer.events.length, consumer.codes.length]).toEqual([events, 0]);
    }
  });

  it('S20 forgets when it comes back, also to a hub whose groups count from one again', () => {
    const { rig, all } = liveRig(1);
    const [consumer] = all as [Consumer];
    for (let n = 0; n < 5; n++) rig.step();
    rig.cut(consumer);
    rig.pass(3000);
    expect(consumer.subscriber.status).toBe('live');
    for (let n = 0; n < 3; n++) rig.step();
    expect(rig.framesOf(consumer).slice(-3)).toEqual(['2/0', '2/1', '2/2']);
    const next = newProducer({ epoch: { ...EPOCH, term: EPOCH.term + 1 } });
    for (const [key, row] of rig.producer) next.set(key, row);
    rig.restartDense(next as never);
    rig.pass(5000);
    expect(consumer.subscriber.status).toBe('live');
    const before = rig.framesOf(consumer).length;
    for (let n = 0; n < 8; n++) rig.step();
    expect(rig.framesOf(consumer).slice(before)).toEqual(
      Array.from({ length: 8 }, (_, n) => `1/${n}`),
    );
    expectEqual(rig);
    expect(consumer.codes.filter((code) => code !== 'unreachable')).toEqual([]);
  });

  it('S20 makes its coder when the first dense frame comes, and no other', () => {
    const rig = new DenseRig();
    rig.put('row 0', 0);
    const made: CountingCoder[] = [];
    rig.joinDense((limits) => {
      made.push(new CountingCoder(makeSmallCoder(limits)));
      return made.at(-1) as CountingCoder;
    });
    rig.turn();
    rig.pass(3000);
    expect(made).toEqual([]);
    for (let n = 0; n < 300; n++) rig.step();
    expect(made.map(({ decoded, resets }) => [decoded, resets])).toEqual([[300, 2]]);
    expectEqual(rig);
  });

  it('S20 C4 takes none that nobody asked for, or that leans on nothing', () => {
    const { rig } = liveRig(0);
    const plain = rig.join();
    const eager = rig.joinDense();
    rig.turn();
    const coded = makeSmallCoder(defaultLimits).encode([{ kind: 'delete', key: 'row 1' }]);
    for (const consumer of [plain, eager]) {
      const body = encodeDenseBody({
        ...{ group: 1, index: 0, span: 2 ** 53 - 1, check: 7 },
        coded: coded as Uint8Array,
      });
      rig.injectDown(consumer, encodeMessage({ kind: 'dense', body }));
      expect(consumer.codes).toEqual(['malformed']);
      rig.pass(3000);
    }
    expectEqual(rig);
  });
});

describe('the body of a dense frame', () => {
  const parts = { group: 300, index: 7, span: 2 ** 40, check: 0xfedc_ba98 };

  it('C2 C5 comes out as it went in, and is refused where it is cut off', () => {
    const coded = Uint8Array.of(1, 2, 3);
    const body = encodeDenseBody({ ...parts, coded });
    expect(decodeDenseBody(body)).toEqual({ ...parts, coded });
    expect(decodeDenseBody(encodeDenseBody({ ...parts, coded: body }))).toMatchObject(parts);
    const shortest = encodeDenseBody({ ...parts, coded: new Uint8Array(0) });
    expect(decodeDenseBody(shortest).coded).toEqual(new Uint8Array(0));
    for (let length = 0; length < shortest.length; length++) {
      const error = errorOf(() => decodeDenseBody(shortest.slice(0, length)));
      expect(error.code).toBe('malformed');
    }
  });

  it('C1 has its numbers in their shortest form, and safe', () => {
    for (const hex of ['8000', 'ffffffffffffffffff01', '80808080808080808080']) {
      const out = new ByteWriter(40);
      out.bytes(Uint8Array.from(Buffer.from(hex, 'hex')));
      out.bytes(new Uint8Array(20));
      expect(errorOf(() => decodeDenseBody(out.take())).code).toBe('malformed');
    }
  });
});
