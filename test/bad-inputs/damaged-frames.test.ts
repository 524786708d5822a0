import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/cache/frame.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { EPOCH, Rig } from '../protocol/session-rig.ts';
import { LIMITS } from './support/benches.ts';
import { ReplicaBench, someValue } from './support/benches.ts';
import { underLaw, VARIANTS } from './support/general-law.ts';

/** What machines do over many seconds of their time, healing included. */
const HEALING = { frameBytes: 512 * 1024 };

describe('frames that were damaged or come out of turn', () => {
  /** Damages frames to one consumer as told, and heals. */
  function damagedOnce(random: SeededRandom, damage: (body: Uint8Array) => Uint8Array): string {
    const { rig, bad } = new ReplicaBench();
    const version = rig.producer.version;
    const good = rig.producer.version;
    let left = 1;
    rig.tamper = ({ way, bytes, consumer }) => {
      const hit = way === 'down' && consumer === bad.id && bytes[0] === MESSAGE.frame;
      return hit && left-- > 0 ? [damage(bytes)] : [bytes];
    };
    rig.put(`row ${random.below(9)}`, random.next());
    rig.turn();
    rig.pass(1500);
    expect([bad.cache.version, bad.subscriber.status]).toEqual([version + 1, 'live']);
    expect(bad.events.some(({ from, to }) => from >= to || from > good)).toBe(false);
    return bad.subscriber.stats.resumes > 0 ? bad.codes.join() : 'not sent again';
  }

  it('BI-17 with a wrong check a frame is refused, and sent again', () => {
    const outcomes = underLaw(
      'BI-17',
      (random) => () =>
        damagedOnce(random, (bytes) => {
          const check = bytes.slice(-4).map((byte) => byte ^ random.below(256));
          check[3] = (check[3] as number) ^ (1 + random.below(255));
          const last = bytes.slice(-4);
          if (check.every((byte, i) => byte === last[i])) check[0] = (check[0] as number) ^ 1;
          return Uint8Array.from([...bytes.slice(0, -4), ...check]);
        }),
      HEALING,
    );
    expect(outcomes).toEqual({ 'digest-mismatch': VARIANTS });
  });

  it('BI-18 with a right check but other content a frame is refused, and sent again', () => {
    const outcomes = underLaw(
      'BI-18',
      (random) => () =>
        damagedOnce(random, (bytes) => {
          const frame = Frame.decodeBody(bytes.subarray(1), EPOCH, LIMITS);
          const value = { key: 'x', n: random.next(), other: someValue(random) };
          const key = `row ${random.below(99)}`;
          const span = { from: frame.from, to: frame.to };
          const forged = new Frame(EPOCH, span, [{ kind: 'put', key, value }], frame.check);
          return Uint8Array.from([MESSAGE.frame, ...forged.body()]);
        }),
      HEALING,
    );
    expect(outcomes).toEqual({ 'digest-mismatch': VARIANTS });
  });

  it('BI-19 a single flipped bit is detected, in every message of a session', () => {
    const recorded = recordSession();
    const flips = recorded.flatMap((bytes, at) =>
      Array.from({ length: bytes.length * 8 }, (_, bit) => [at, bit] as const),
    );
    expect(flips.length).toBeGreaterThan(VARIANTS);
    const outcomes = underLaw(
      'BI-19',
      (_random, n) => {
        const [at, bit] = flips[n % flips.length] as readonly [number, number];
        return () => {
          const rig = sessionRig();
          rig.tamper = ({ index, way, bytes }) => {
            if (way !== 'down' || index !== at) return [bytes];
            const i = bit >> 3;
            return [bytes.with(i, (bytes[i] as number) ^ (1 << (bit & 7)))];
          };
          playSession(rig);
          const [bad] = rig.consumers;
          rig.tamper = ({ bytes }) => [bytes];
          for (let i = 0; i < 9 && bad?.subscriber.status !== 'live'; i++) rig.pass(3000);
          if (bad?.subscriber.status !== 'live') return bad?.subscriber.status;
          if ((bad?.errors.length ?? 0) > 0) return 'told';
          // A head that seems to be of an earlier version is late, and passed over.
          return recorded[at]?.[0] === MESSAGE.head ? 'late' : 'silent';
        };
      },
      { variants: flips.length, ...HEALING },
    );
    expect(outcomes).toEqual({ told: flips.length - (outcomes['late'] ?? 0), late: 4 });
  });

  it('BI-20 two frames swapped are a gap and a repeat, and the copy ends equal', () => {
    const outcomes = underLaw(
      'BI-20',
      (random) => () => {
        const { rig, bad } = new ReplicaBench();
        const held: Uint8Array[] = [];
        const gap = 1 + random.below(4);
        rig.tamper = ({ way, bytes, consumer }) => {
          if (way === 'up' || consumer !== bad.id || bytes[0] !== MESSAGE.frame) return [bytes];
          held.push(bytes);
          return held.length <= gap ? [] : held.toReversed();
        };
        for (let i = 0; i <= gap; i++) {
          rig.put(`row ${random.below(9)}`, random.next());
          rig.turn();
        }
        rig.tamper = ({ bytes }) => [bytes];
        rig.pass(3000);
        expect(bad.subscriber.status).toBe('live');
        expect(bad.cache.version).toBe(rig.producer.version);
        return [...new Set(bad.codes)].join();
      },
      HEALING,
    );
    expect(outcomes).toEqual({ gap: VARIANTS });
  });
});

function sessionRig(): Rig {
  const rig = new Rig();
  for (let n = 0; n < 4; n++) rig.put(`row ${n}`, n);
  return rig;
}

/** Everything that a hub sends in a short life: answer, snapshot, frames and heads. */
function playSession(rig: Rig): void {
  rig.join();
  rig.turn();
  rig.put('row 1', 11, 'a text');
  rig.turn();
  rig.pass(1200);
  rig.commit((producer) => producer.delete('row 2'));
  rig.turn();
  rig.pass(1200);
}

function recordSession(): Uint8Array[] {
  const rig = sessionRig();
  const recorded: Uint8Array[] = [];
  rig.tamper = ({ way, bytes }) => {
    if (way === 'down') recorded.push(bytes);
    return [bytes];
  };
  playSession(rig);
  return recorded;
}
