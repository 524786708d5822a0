/**
 * Bytes that are no messages. All go through the hub's listener as it is, most of them in
 * memory: 1,000 connections of the kernel would take longer and show no more.
 */
import { describe, expect, it } from 'vitest';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { PublisherDriver } from '../../src/driver/drive-publisher.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { defaultSessionLimits } from '../../src/protocol/session-limits.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { HELLO, newProducer } from '../protocol/session-rig.ts';
import { HubBench } from './support/benches.ts';
import { must, underLaw, underLawAsync, VARIANTS } from './support/general-law.ts';
import type { WireOutcome } from './support/wire.ts';
import { FIN, OP, Wire, wsFrame } from './support/wire.ts';

const LIMIT = defaultSessionLimits.requestBytesMax;
/** What `ws` holds of a message's fragments counts too. */
const law = { frameBytes: LIMIT };

const filled = (random: SeededRandom, length: number): Buffer =>
  Buffer.from(Array.from({ length }, () => random.below(256)));

const shown = ({ code, messages, texts, why }: WireOutcome): string =>
  `${code} ${why?.code ?? 'orderly'} ${messages} ${texts}`;

describe('what is no binary message', () => {
  it('BI-16 text ends a session with its own code, is counted and told of', async () => {
    const wire = await Wire.open();
    const text = wsFrame(FIN | OP.text, Buffer.from('{"hello":1}'));
    expect(shown(await wire.send([text]))).toBe('0 orderly 0 1');
    // The rest at the driver, which decides what text means.
    const producer = newProducer();
    producer.set('a', { key: 'a', n: 1 });
    const publisher = new Publisher(producer, defaultSessionLimits);
    const told: string[] = [];
    const clock = { nowMs: () => 0, wallMs: () => 0, at: () => () => {}, endOfTurn: () => {} };
    let ids = 0;
    const driver = new PublisherDriver(publisher, clock, {
      nextId: () => ++ids,
      onError: (_session, error) => told.push((error as DiffStreamError).code),
    });
    const outcomes = underLaw('BI-16', (random) => () => {
      let closed = '';
      const sent: Uint8Array[] = [];
      const connection = {
        send: (bytes: Uint8Array) => void sent.push(bytes),
        close: (code: number) => void (closed += code),
      };
      const events = driver.accept(connection);
      if (random.chance(0.5)) events.received(encodeMessage(HELLO));
      const before = sent.length;
      events.receivedText();
      events.received(encodeMessage(HELLO));
      events.receivedText();
      return sent.length > before ? 'served after text' : closed;
    });
    expect(outcomes).toEqual({ 1003: VARIANTS });
    expect([told.length, new Set(told)]).toEqual([VARIANTS, new Set(['unexpected-message'])]);
    expect(publisher.counters.protocolErrors).toBe(VARIANTS);
    expect(publisher.describe()).toEqual([]);
  });

  it('BI-21 a message that announces more than is taken ends it before it has come', async () => {
    const wire = await Wire.open();
    const outcomes = await underLawAsync(
      'BI-21',
      (random, n) => async () => {
        const most = random.pick([LIMIT + 1, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]);
        const length = n % 2 === 0 ? most : LIMIT + 1 + random.below(2 ** 31);
        const rest = filled(random, random.below(60));
        return shown(await wire.send([wsFrame(FIN | OP.binary, rest, length)]));
      },
      law,
    );
    expect(outcomes).toEqual({ '1009 limit-exceeded 0 0': VARIANTS });
  });
});

/** Fragments of one message, each with so many bytes, none of them the last. */
function fragments(count: number, bytes: number): Buffer {
  const first = wsFrame(OP.binary, Buffer.alloc(bytes));
  const next = wsFrame(OP.more, Buffer.alloc(bytes));
  const all = Buffer.alloc(first.length + next.length * (count - 1));
  first.copy(all);
  for (let i = 1; i < count; i++) next.copy(all, first.length + next.length * (i - 1));
  return all;
}

describe('a message in fragments', () => {
  const manyOf = (row: string, bytes: number) => async (wire: Wire) => {
    // Floods a little above what is taken, and a few of full length.
    const floods = await underLawAsync(
      `${row} floods`,
      (random, n) => {
        const all = fragments(1025 + random.below(n % 50 === 0 ? 20_000 : 100), bytes);
        return async () => shown(await wire.send([all]));
      },
      law,
    );
    // The others stop anywhere below: nothing has been told, and nothing is kept.
    const cut = await underLawAsync(
      row,
      (random) => {
        const all = fragments(1 + random.below(200), bytes);
        return async () => shown(await wire.send([all.subarray(0, -random.below(7) || undefined)]));
      },
      law,
    );
    return [floods, cut];
  };

  it('BI-22 of a byte each by the ten thousand ends the session', async () => {
    const [floods, cut] = await manyOf('BI-22', 1)(await Wire.open());
    expect(floods).toEqual({ '1008 limit-exceeded 0 0': VARIANTS });
    expect(cut).toEqual({ '0 orderly 0 0': VARIANTS });
  });

  it('BI-23 without a byte each by the ten thousand ends the session', async () => {
    const [floods, cut] = await manyOf('BI-23', 0)(await Wire.open());
    expect(floods).toEqual({ '1008 limit-exceeded 0 0': VARIANTS });
    expect(cut).toEqual({ '0 orderly 0 0': VARIANTS });
  });

  it('BI-24 that never ends is too large, or its session silent, in bounded time', async () => {
    const wire = await Wire.open();
    const large = await underLawAsync(
      'BI-24',
      (random) => {
        const all = fragments(9 + random.below(20), 65_000);
        return async () => shown(await wire.send([all]));
      },
      { ...law, variants: 20 },
    );
    expect(large).toEqual({ '1009 limit-exceeded 0 0': 20 });
    // A slow one is no message at all to the machine: who says nothing whole is silent.
    const { helloTimeoutMs, idleTimeoutMs } = defaultSessionLimits;
    const outcomes = underLaw('BI-24', (random) => {
      const bench = new HubBench();
      const { publisher } = bench.rig;
      const startMs = random.below(100_000);
      const greeted = random.chance(0.5);
      const allowedMs = greeted ? idleTimeoutMs : helloTimeoutMs;
      return () => {
        publisher.closed(bench.good.connection ?? 0);
        publisher.open(7, startMs);
        if (greeted) publisher.receive(7, encodeMessage(HELLO), startMs);
        for (let nowMs = startMs; nowMs <= startMs + allowedMs + 2000; nowMs += 500) {
          const end = publisher.tick(nowMs).find(({ kind }) => kind === 'close');
          if (end?.kind !== 'close') continue;
          expect(nowMs - startMs).toBeGreaterThanOrEqual(allowedMs);
          return `${end.code} ${end.error?.code}`;
        }
        return 'kept';
      };
    });
    expect(outcomes).toEqual({ '1008 timeout': VARIANTS });
  });
});

describe('control frames', () => {
  it('BI-25 a flood of pings or pongs ends the session; a few are answered', async () => {
    const wire = await Wire.open();
    const outcomes = await underLawAsync(
      'BI-25',
      (random, n) => {
        const op = random.pick([OP.ping, OP.pong]);
        const frame = wsFrame(FIN | op, filled(random, random.below(126)));
        const count = n % 2 === 0 ? 129 + random.below(900) : 1 + random.below(128);
        const all = Buffer.concat(Array.from({ length: count }, () => frame));
        return async () => {
          const outcome = await wire.send([all]);
          const unanswered = op === OP.ping && outcome.answered < 2 * count;
          must(outcome.code !== 0 || !unanswered, 'not answered');
          return shown(outcome);
        };
      },
      law,
    );
    expect(outcomes).toEqual({ '1008 limit-exceeded 0 0': 500, '0 orderly 0 0': 500 });
  });

  it('BI-26 a close frame of one byte, of no code or of no UTF-8 ends it as broken', async () => {
    const wire = await Wire.open();
    const outcomes = await underLawAsync(
      'BI-26',
      (random, n) => async () => {
        const code = [3, 232];
        const wrong = random.pick([[0x80], [0xc0, 0x80], [0xed, 0xa0, 0x80], [0xff], [0xe2, 0x82]]);
        const body = [
          [random.below(256)],
          [...code, ...Buffer.from('bye '), ...wrong],
          [random.pick([0, 1, 2]), random.below(256)],
        ][n % 3] as number[];
        return shown(await wire.send([wsFrame(FIN | OP.close, Buffer.from(body))]));
      },
      law,
    );
    expect(outcomes).toEqual({ '1002 malformed 0 0': 667, '1007 malformed 0 0': 333 });
  });
});
