import { deflateRawSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { unpack } from '../../src/driver/pack.ts';
import { encodeChunk } from '../../src/protocol/chunk.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { Cleanup } from '../network/wait.ts';
import type { Tamper } from '../protocol/session-rig.ts';
import { HELLO, EPOCH, newProducer, Rig, stateOf, STREAM } from '../protocol/session-rig.ts';
import { HubBench, ReplicaBench } from './support/benches.ts';
import { underLaw, underLawAsync, VARIANTS } from './support/general-law.ts';

const HEALING = { frameBytes: 1024 * 1024 };
const handled = { handled: VARIANTS };

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Enough rows that a snapshot is packed, in several chunks. */
function filled(seed: string): ReturnType<typeof newProducer> {
  const random = new SeededRandom(seed);
  const producer = newProducer();
  producer.batch((tx) => {
    for (let n = 0; n < 30; n++) {
      const text = Array.from({ length: 600 }, () => random.below(36).toString(36)).join('');
      tx.set(`row ${n}`, { key: `row ${n}`, n, text });
    }
  });
  return producer;
}

const PARTS = { partBytes: 1000 };

function rigOver(producer: ReturnType<typeof newProducer>): Rig {
  const rig = new Rig(PARTS, producer);
  rig.history.add(stateOf(producer));
  return rig;
}

/** The chunks of a snapshot, as they are sent. */
function chunksOf(producer: ReturnType<typeof newProducer>): Uint8Array[] {
  const rig = rigOver(producer);
  const consumer = rig.join();
  rig.turn();
  return consumer.received.filter(([type]) => type === MESSAGE.chunk);
}

/** A consumer to whom a snapshot comes as `tamper` lets it; equal in the end, never half. */
function joined(rig: Rig, tamper: Tamper): string {
  const consumer = rig.join();
  rig.tamper = (passing) =>
    consumer.subscriber.status === 'live' ? [passing.bytes] : tamper(passing);
  rig.pass(1000);
  rig.tamper = ({ bytes }) => [bytes];
  for (let i = 0; i < 20 && consumer.subscriber.status !== 'live'; i++) rig.pass(2000);
  if (stateOf(consumer.cache) !== stateOf(rig.producer)) return 'not equal in the end';
  return [...new Set(consumer.codes)].join(' ');
}

const isChunk = (bytes: Uint8Array): boolean => bytes[0] === MESSAGE.chunk;

describe('a snapshot in chunks', () => {
  const one = filled('one snapshot');
  const other = chunksOf(filled('another snapshot'));
  const count = chunksOf(one).length;

  it('BI-91 of which chunks are lost, doubled, swapped or mixed up is asked for again', () => {
    expect(count).toBeGreaterThan(5);
    const outcomes = underLaw(
      'BI-91',
      (random, n) => {
        const rig = rigOver(one);
        const place = random.below(count - 1);
        let at = 0;
        let kept: Uint8Array | undefined;
        const tamper: Tamper = ({ bytes }) => {
          if (!isChunk(bytes)) return [bytes];
          const i = at++;
          switch (n % 4) {
            case 0:
              return i === place ? [] : [bytes];
            case 1:
              return i === place ? [bytes, bytes] : [bytes];
            case 2:
              if (i === place) kept = bytes;
              return i === place ? [] : i === place + 1 && kept ? [bytes, kept] : [bytes];
            default:
              return [i === place ? (other[place] as Uint8Array) : bytes];
          }
        };
        return () => joined(rig, tamper);
      },
      HEALING,
    );
    const { malformed = 0, ...others } = outcomes;
    expect(others).toEqual({});
    expect(malformed).toBe(VARIANTS);
  });

  it('BI-92 whose announcement or content is not right is never installed', async () => {
    const outcomes = underLaw(
      'BI-92',
      (random, n) => {
        const rig = rigOver(one);
        let struck = false;
        const tamper: Tamper = ({ bytes }) => {
          if (struck || bytes[0] !== (n % 2 === 0 ? MESSAGE.snapshot : MESSAGE.chunk))
            return [bytes];
          struck = true;
          const message = decodeHubMessage(bytes);
          if (message.kind !== 'snapshot') {
            // A right check over wrong bytes: only what comes out shows it.
            const damaged = filledBytes(random, 1000);
            return [encodeChunk(MESSAGE.chunk, { offset: 0, bytes: damaged })];
          }
          const { manifest } = message;
          const packedBytes = manifest.packedBytes + 1 + random.below(900);
          return [encodeMessage({ kind: 'snapshot', manifest: { ...manifest, packedBytes } })];
        };
        return () => joined(rig, tamper);
      },
      HEALING,
    );
    const { malformed = 0, gap = 0 } = outcomes;
    expect(malformed + gap).toBe(VARIANTS);
    const lengths = await underLawAsync(
      'BI-92 lengths',
      (random) => async () => {
        const raw = filledBytes(random, 1 + random.below(5000));
        const wrong = raw.length + random.pick([-1, 1, 100, 2 ** 30]);
        return (await unpack(deflateRawSync(raw), Math.max(0, wrong))) === undefined;
      },
      HEALING,
    );
    expect(lengths).toEqual(handled);
  });

  it('BI-93 amid which a frame comes ends as the hub has it', () => {
    const outcomes = underLaw(
      'BI-93',
      (random) => {
        const rig = rigOver(one);
        const place = random.below(count);
        const body = one.frame(random.pick([0, one.version])).body();
        let at = 0;
        const tamper: Tamper = ({ bytes }) => {
          if (!isChunk(bytes)) return [bytes];
          const frames = Array.from({ length: 1 + random.below(3) }, () =>
            encodeMessage({ kind: random.pick(['frame', 'frame', 'part']), body }),
          );
          return at++ === place ? [bytes, ...frames] : [bytes];
        };
        return () => joined(rig, tamper) && 'told';
      },
      HEALING,
    );
    const { told = 0, '': silent = 0 } = outcomes;
    expect(told + silent).toBe(VARIANTS);
  });
});

const filledBytes = (random: SeededRandom, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.below(256));

describe('requests that are out of place', () => {
  it('BI-94 an acknowledgement of what was never sent ends the session', () => {
    const hub = new HubBench();
    const { version } = hub.rig.producer;
    const outcomes = underLaw('BI-94', (random) => {
      const far = random.pick([1, 1000, 2 ** 32, 2 ** 49]);
      const bytes = random.chance(0.5) ? 100_000 + random.below(9) * far : 1;
      const ahead = version + 1 + random.below(9) * far;
      const ack = { kind: 'ack', bytes, version: bytes === 1 ? ahead : 1 } as const;
      return () => hub.attack([encodeMessage(ack)], { greet: true });
    });
    expect(outcomes).toEqual({ '1002 unexpected-message': VARIANTS });
    hub.expectUnharmed();
  });

  it('BI-95 a storm of requests, from any version, is a flood; before it each is answered', () => {
    const hub = new HubBench();
    const outcomes = underLaw(
      'BI-95',
      (random, n) => {
        const flood = n % 2 === 0;
        const limit = hub.rig.session.messagesPerSecondMax;
        const storm = Array.from({ length: flood ? limit : 1 + random.below(20) }, () => {
          const version = 1 + random.below(random.pick([5, 5, 2 ** 32])) * (flood ? 1 : 0);
          const position = { epoch: EPOCH, version: Math.min(version, 5), digest: [1, 2, 3, 4] };
          return encodeMessage({
            kind: 'resume',
            nonce: [random.next(), random.next()],
            position: random.chance(0.5) ? position : undefined,
            trust: random.pick(['position', 'compare', 'nothing'] as const),
          });
        });
        return { act: () => hub.attack(storm, { greet: true }), bytes: 40_000 };
      },
      { frameBytes: 512 * 1024 },
    );
    expect(outcomes).toEqual({ '1008 limit-exceeded': 500, served: 500 });
    const ahead = { epoch: EPOCH, version: Number.MAX_SAFE_INTEGER, digest: [1, 2, 3, 4] };
    const last = { kind: 'resume', nonce: [1, 1], position: ahead, trust: 'position' } as const;
    expect(hub.attack([encodeMessage(last)], { greet: true })).toBe('4000 ahead');
    hub.expectUnharmed();
  });

  it('BI-96 a second hello ends a session; an unknown stream or session is answered', async () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-96', (random, n) => {
      const nonce = [random.next(), random.next()] as const;
      const hello = encodeMessage({ ...HELLO, nonce, token: random.pick(['', 'x']) });
      const late = encodeMessage({ kind: 'compare', nonce, level: 1, nodes: [random.below(128)] });
      if (n % 2 === 0) return () => hub.attack([hello], { greet: true });
      return () => {
        hub.rig.publisher.closed(random.next());
        expect(hub.rig.publisher.receive(random.next(), hello, 0)).toEqual([]);
        // Nothing is being compared: what asks for it is late, not wrong.
        return hub.attack([late], { greet: true });
      };
    });
    expect(outcomes).toEqual({ '1002 unexpected-message': 500, served: 500 });
    hub.expectUnharmed();
  });

  it('BI-97 whatever comes before a hello, or twice, ends the session', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-97', (random) => {
      const nonce = [random.next(), random.next()] as const;
      const items = new Uint32Array(2 * random.below(9));
      const message = random.pick<ConsumerMessage>([
        { kind: 'ack', bytes: random.below(9), version: random.below(9) },
        { kind: 'resume', nonce, position: undefined, trust: 'position' },
        { kind: 'compare', nonce, level: 1, nodes: [random.below(128)] },
        { kind: 'mend', nonce, claims: [{ node: { level: 1, index: 1 }, items }] },
      ]);
      const hello = encodeMessage({ ...HELLO, nonce });
      if (random.chance(0.3)) return () => hub.attack([hello, hello]);
      return () => hub.attack([encodeMessage(message), hello]);
    });
    expect(outcomes).toEqual({ '1002 unexpected-message': VARIANTS });
    hub.expectUnharmed();
  });
});

describe('others in the place of the producer', () => {
  it('BI-99 what is of another stream never passes for this one', () => {
    const outcomes = underLaw(
      'BI-99',
      (random, n) => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        const other = newProducer({ name: `${STREAM}${random.pick(['2', '/', ' ', '\u0000'])}` });
        const rows = rig.producer.version + (n % 3);
        for (let i = 0; i < rows; i++) other.set(`row ${i}`, { key: `row ${i}`, n: random.next() });
        const { version } = other;
        const frame = encodeMessage({
          kind: 'frame',
          body: other.frame(rig.producer.version).body(),
        });
        const whole = encodeMessage({ kind: 'frame', body: other.frame(0).body() });
        const digest = other.digestWords();
        const head = encodeMessage({ kind: 'head', version, digest, check: other.headCheck() });
        const sent = random.pick(version > rig.producer.version ? [frame, whole, head] : [head]);
        return () => {
          const outcome = bench.throwAt(sent);
          expect(bad.cache.version).toBe(rig.producer.version);
          return outcome;
        };
      },
      HEALING,
    );
    const { gap = 0, 'digest-mismatch': mismatch = 0 } = outcomes;
    expect([gap + mismatch, gap > 0]).toEqual([VARIANTS, true]);
  });

  it('BI-100 of two producers of one stream exactly one survives', () => {
    const outcomes = underLaw(
      'BI-100',
      (random) => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        const term = EPOCH.term + random.below(2);
        const second = newProducer({ epoch: { term, incarnation: 'e'.repeat(16) } });
        for (let i = random.below(5); i >= 0; i--) second.set(`b${i}`, { key: `b${i}`, n: i });
        const both = [rig.producer, second];
        return () => {
          for (let i = 0; i < 4; i++) {
            rig.restart(random.pick(both));
            rig.put(`row ${i}`, random.next());
            rig.pass(1500);
          }
          rig.restart(second);
          rig.pass(2000);
          for (let i = 0; i < 20 && term > EPOCH.term && bad.subscriber.status !== 'live'; i++) {
            rig.pass(3000);
          }
          const followed = bad.cache.currentEpoch?.incarnation === second.epoch.incarnation;
          const equal = stateOf(bad.cache) === stateOf(second);
          if (term > EPOCH.term) return followed && equal ? 'the newer' : 'neither';
          return followed || bad.subscriber.status !== 'conflict' ? 'both' : 'the first';
        };
      },
      HEALING,
    );
    expect(Object.keys(outcomes).toSorted()).toEqual(['the first', 'the newer']);
  });
});
