import diagnostics from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { deflateRawSync, gzipSync } from 'node:zlib';
import { afterEach, describe, expect, it } from 'vitest';
import { readFeed } from '../../src/cli/feed.ts';
import type { DiffStreamError } from '../../src/core/errors.ts';
import { unpack } from '../../src/driver/pack.ts';
import { DataMsg, DiffCache, Frame } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import type { Hub, ServeOptions } from '../../src/server/index.ts';
import { serve } from '../../src/server/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { Cleanup, until } from '../network/wait.ts';
import { HELLO, newProducer } from '../protocol/session-rig.ts';
import { HubBench, ReplicaBench, someText } from './support/benches.ts';
import { must, underLaw, underLawAsync, VARIANTS } from './support/general-law.ts';
import { FIN, framesIn, Line, OP, turn, upgradeTo, Wire, wsFrame } from './support/wire.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** A hub on a server that listens nowhere: connections are made in memory. */
async function hubInMemory(options: ServeOptions = {}): Promise<{ hub: Hub; server: Server }> {
  const server = createServer();
  const hub = cleanup.add(await serve({ server, connectionsMax: 100, ...options }));
  hub.stream<Value>('secret').set('key of a secret', 'content of a secret');
  return { hub, server };
}

async function upgraded(server: Server, path: string): Promise<Line> {
  const line = new Line();
  server.emit('upgrade', upgradeTo(path), line, Buffer.alloc(0));
  await turn();
  return line;
}

describe('at the door', () => {
  it('BI-103 a stream is reached by its very name only, and others tell nothing', async () => {
    const { hub, server } = await hubInMemory();
    const tricks = [
      '/',
      '//secret',
      '/./secret',
      '/x/../secret',
      '/secret/',
      '/secret/x',
      '/SECRET',
    ];
    const more = [
      '/secre*',
      '/*',
      '/secret%00',
      '/s%65cret',
      '/secret;x',
      '/secret\u0301',
      '/ecret',
    ];
    const outcomes = await underLawAsync(
      'BI-103',
      (random) => async () => {
        const slash = random.pick(['/', '%2f', '\\', '*']);
        const made = `/${random.pick(['', '.', '..', 'secret'])}${slash}`;
        const path = random.pick([...tricks, ...more, made, `${made}secret`]);
        const line = await upgraded(server, path);
        line.push(wsFrame(FIN | OP.binary, encodeMessage(HELLO)));
        await turn();
        await turn();
        const { answer } = line;
        line.destroy();
        const [first] = framesIn(answer);
        const message = decodeHubMessage(first?.payload ?? new Uint8Array());
        expect(answer.includes('of a secret')).toBe(false);
        return message.kind === 'refusal' ? message.code : message.kind;
      },
      { frameBytes: 512 * 1024 },
    );
    expect(outcomes).toEqual({ 'unknown-stream': VARIANTS });
    await until(() => hub.sessions().length === 0);
    const right = await upgraded(server, '/secret?from=anywhere');
    right.push(wsFrame(FIN | OP.binary, encodeMessage(HELLO)));
    await until(() => right.answer.includes('of a secret'));
    right.destroy();
  });

  it('BI-101 a token that is missing, wrong, expired or taken back gets nothing', async () => {
    const revoked = new Set<string>();
    const { hub, server } = await hubInMemory({
      authorize: async ({ token, stream }) => {
        if (token.startsWith('late')) await turn();
        if (revoked.has(token)) return false;
        if (token.endsWith('expired')) return { untilMs: Date.now() - token.length };
        if (token === `for ${stream}`) return { untilMs: Date.now() + 60_000 };
        if (token.endsWith('broken')) throw new Error('content of a secret');
        return token.endsWith('good');
      },
    });
    const outcomes = await underLawAsync(
      'BI-101',
      (random, n) => async () => {
        const isLate = random.chance(0.5) ? 'late ' : '';
        const wrong = [
          '',
          someText(random),
          'goo',
          'Good',
          'good ',
          'for another',
          `${isLate}expired`,
          `${isLate}broken`,
        ];
        const isRevoked = n % 4 === 0;
        const token = isRevoked ? `${isLate}${n} good` : random.pick(wrong);
        const line = await upgraded(server, random.pick(['/secret', '/none']));
        line.push(wsFrame(FIN | OP.binary, encodeMessage({ ...HELLO, token })));
        for (let i = 0; i < 6; i++) await turn();
        const before = line.answer.length;
        if (isRevoked) {
          revoked.add(token);
          await hub.reauthorize();
          hub.stream<Value>('secret').set(`later secret ${n}`, n);
          for (let i = 0; i < 6; i++) await turn();
        }
        const answer = isRevoked ? line.answer.subarray(before) : line.answer;
        line.destroy();
        const frames = framesIn(answer);
        must(!/secret/.test(answer.toString('latin1')), 'something of the stream came');
        const [first, second] = frames;
        if (first === undefined) return 'nothing';
        if (first.payload.length < 4) return `close ${first.payload.readUInt16BE(0)}`;
        const message = decodeHubMessage(first.payload);
        const what = message.kind === 'refusal' ? message.code : message.kind;
        return `${what} ${second?.payload.readUInt16BE(0)}`;
      },
      { frameBytes: 512 * 1024 },
    );
    const { 'unauthorized 1008': denied = 0, 'unreachable 1008': unknown = 0, ...rest } = outcomes;
    expect(rest).toEqual({ nothing: expect.any(Number) as number });
    // A revoked one that had asked for a stream that does not exist was gone by then.
    expect(rest['nothing'] ?? 0).toBeLessThan(VARIANTS / 6);
    expect([denied > VARIANTS / 2, unknown > VARIANTS / 20]).toEqual([true, true]);
    await until(() => hub.sessions().length === 0);
    const right = await upgraded(server, '/secret');
    const hello = encodeMessage({ ...HELLO, token: 'for secret' });
    right.push(wsFrame(FIN | OP.binary, hello));
    await until(() => right.answer.includes('of a secret'));
    right.destroy();
  });

  it('BI-105 headers too many, too large or too slow are answered by HTTP, in time', async () => {
    // In memory, by the server that the hub would make: the limits are those of the platform.
    const server = createServer((_request, response) => response.end());
    cleanup.add(await serve({ server }));
    const outcomes = await underLawAsync(
      'BI-105',
      (random, n) => async () => {
        const line = new Line();
        server.emit('connection', line);
        const name = `x${'y'.repeat(random.below(9))}`;
        const count = 2000 + random.below(4000);
        const headers =
          n % 2 === 0
            ? `${name}: 1\r\n`.repeat(count)
            : `${name}: ${'z'.repeat(16_384 + count)}\r\n`;
        line.push(`GET /secret HTTP/1.1\r\nHost: x\r\n${headers}\r\n`);
        for (let i = 0; i < 9 && line.written.length === 0; i++) await turn();
        const { status } = line;
        line.destroy();
        return status;
      },
      { frameBytes: 512 * 1024 },
    );
    // Two thousand short ones fit: those behind the two thousandth do not reach anybody.
    const { 'HTTP/1.1 200 OK': short = 0, ...others } = outcomes;
    expect(others).toEqual({ 'HTTP/1.1 431 Request Header Fields Too Large': VARIANTS - short });
    expect(short).toBeLessThan(300);
    // Slow ones on a real port, a few at once; the clock is the platform's own.
    let found: Server | undefined;
    const see = (message: unknown): void => void (found = (message as { server: Server }).server);
    diagnostics.subscribe('http.server.request.start', see);
    const hub = cleanup.add(await serve());
    await fetch(hub.url.replace('ws', 'http'));
    diagnostics.unsubscribe('http.server.request.start', see);
    expect(found?.headersTimeout).toBe(10_000);
    if (found !== undefined) found.headersTimeout = 200;
    const slow = Array.from({ length: 20 }, () => connectTcp(hub.port, '127.0.0.1'));
    const answers = await Promise.all(
      slow.map(async (socket, i) => {
        socket.on('error', () => {});
        let answer = '';
        socket.on('data', (piece) => (answer += piece.toString('latin1')));
        socket.write(`GET /secret HTTP/1.1\r\nHost: x\r\nX${i}: `);
        const drip = setInterval(() => socket.write('y'), 100);
        await once(socket, 'close');
        clearInterval(drip);
        return answer.slice(0, 12);
      }),
    );
    expect(new Set(answers)).toEqual(new Set(['HTTP/1.1 408']));
  });

  it('BI-109 connections beyond the limit are turned away, until others end', async () => {
    const { hub, server } = await hubInMemory({ connectionsMax: 10 });
    const outcomes = await underLawAsync(
      'BI-109',
      (random) => async () => {
        const lines: Line[] = [];
        const count = 11 + random.below(10);
        for (let i = 0; i < count; i++) {
          const line = new Line();
          server.emit(
            'upgrade',
            upgradeTo(random.pick(['/secret', '/none'])),
            line,
            Buffer.alloc(0),
          );
          lines.push(line);
        }
        await turn();
        const statuses = lines.map(({ status }) => status.slice(9, 12));
        for (const line of lines) line.destroy();
        for (let i = 0; i < 50 && hub.sessions().length > 0; i++) await turn();
        await turn();
        const taken = statuses.filter((status) => status === '101').length;
        return `${taken} ${[...new Set(statuses)].join()}`;
      },
      { frameBytes: 512 * 1024 },
    );
    expect(outcomes).toEqual({ '10 101,503': VARIANTS });
  });

  it('BI-109 T3 connections beyond the limit of one address keep nobody else out', async () => {
    const { hub, server } = await hubInMemory({ connectionsPerAddressMax: 4 });
    // Addresses of one network each: what a host may choose freely does not count.
    const addresses = (random: SeededRandom): (() => string)[] => [
      () => '192.0.2.7',
      () => random.pick(['198.51.100.9', '::ffff:198.51.100.9', '::FFFF:198.51.100.9']),
      () => `2001:db8::${random.below(65_536).toString(16)}`,
      () => `2001:db8:0:1:${random.below(65_536).toString(16)}::1`,
      () => '',
    ];
    const outcomes = await underLawAsync(
      'BI-109',
      (random) => async () => {
        const lines: Line[] = [];
        for (const address of addresses(random)) {
          for (let i = 5 + random.below(4); i > 0; i--) {
            const line = new Line();
            Object.defineProperty(line, 'remoteAddress', { value: address() });
            server.emit('upgrade', upgradeTo('/secret'), line, Buffer.alloc(0));
            lines.push(line);
          }
        }
        await turn();
        const statuses = lines.map(({ status }) => status.slice(9, 12));
        for (const line of lines) line.destroy();
        for (let i = 0; i < 50 && hub.sessions().length > 0; i++) await turn();
        await turn();
        const taken = statuses.filter((status) => status === '101').length;
        return `${taken} ${[...new Set(statuses)].join()}`;
      },
      { frameBytes: 512 * 1024 },
    );
    expect(outcomes).toEqual({ '20 101,429': VARIANTS });
  });
});

describe('who is slow, silent or gone', () => {
  it('BI-106 no hello, or a reader that takes nothing, costs bounded time and memory', () => {
    const outcomes = underLaw('BI-106', (random, n) => {
      const limits = resolveSessionLimits({
        windowBytes: 2000 + random.below(9000),
        partBytes: 500 + random.below(900),
        helloTimeoutMs: 1000 + random.below(9000),
      });
      const producer = newProducer();
      const publisher = new Publisher(producer, limits);
      producer.set('a', { key: 'a', n: 1, text: 'x'.repeat(random.below(9000)) });
      return () => {
        publisher.open(1, 0);
        const nowMs = limits.helloTimeoutMs - 1;
        if (n % 2 === 0) {
          must(publisher.tick(nowMs).length === 0, 'too early');
          const [end] = publisher.tick(limits.helloTimeoutMs);
          return end?.kind === 'close' ? `${end.code} ${end.error?.code}` : 'kept';
        }
        publisher.receive(1, encodeMessage(HELLO), nowMs);
        for (let i = 0; i < 60; i++) {
          producer.set(`k${i % 9}`, { key: i, n: i, text: 'y'.repeat(400) });
          publisher.flush();
        }
        const [status] = publisher.describe();
        const most = limits.windowBytes + limits.partBytes + 200;
        expect(status?.bytesUnacknowledged).toBeLessThan(most);
        return 'bounded';
      };
    });
    expect(outcomes).toEqual({ '1008 timeout': 500, bounded: 500 });
  });

  it('BI-107 a peer that has vanished is given up by both sides, in their times', () => {
    const outcomes = underLaw(
      'BI-107',
      (random, n) => () => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        rig.pass(random.below(3000));
        const { idleTimeoutMs, heartbeatMs, missedHeadsMax } = rig.session;
        if (n % 2 === 0) {
          // The consumer is gone: nothing of it arrives any more.
          rig.tamper = ({ way, bytes, consumer }) =>
            way === 'up' && consumer === bad.id ? [] : [bytes];
          bad.subscriber.nextTimeoutMs = () => Number.POSITIVE_INFINITY;
          const { connection } = bad;
          const has = (): boolean => rig.publisher.describe().some(({ id }) => id === connection);
          rig.pass(idleTimeoutMs - 5000);
          must(has(), 'given up too early');
          rig.pass(7000);
          return has() ? 'kept' : rig.hubErrors.at(-1)?.code;
        }
        // The hub is gone, and nothing says so.
        rig.tamper = ({ consumer, bytes }) => (consumer === bad.id ? [] : [bytes]);
        rig.pass(heartbeatMs * (missedHeadsMax + 1));
        const told = `${bad.subscriber.status} ${bad.codes[0]}`;
        rig.tamper = ({ bytes }) => [bytes];
        bench.expectHealed();
        return told;
      },
      { frameBytes: 1024 * 1024 },
    );
    expect(outcomes).toEqual({ timeout: 500, 'stale timeout': 500 });
  });
});

describe('bombs', () => {
  it('BI-108 what inflates to more than it says is dropped on the way', async () => {
    const bombs = [1, 2, 4].map((mib) => deflateRawSync(Buffer.alloc(mib * 1024 * 1024)));
    const nested = deflateRawSync(deflateRawSync(Buffer.alloc(16 * 1024 * 1024)));
    const outcomes = await underLawAsync(
      'BI-108',
      (random, n) => async () => {
        // Large ones are dear: one in ten.
        const bomb = n % 10 === 0 ? random.pick(bombs) : random.pick([nested, small(random)]);
        const raw = await unpack(bomb, 1 + random.below(4000));
        return raw === undefined ? 'dropped' : `${raw.length} bytes`;
      },
      { frameBytes: 1024 * 1024 },
    );
    expect(outcomes).toEqual({ dropped: VARIANTS });
    const wire = await Wire.open();
    const compressed = await underLawAsync('BI-108 frames', (random) => async () => {
      const rsv = random.pick([0x40, 0x20, 0x10]);
      const { code, why } = await wire.send([wsFrame(FIN | rsv | OP.binary, small(random))]);
      return `${code} ${why?.code}`;
    });
    expect(compressed).toEqual({ '1002 malformed': VARIANTS });
    const told = underLaw(
      'BI-108 announced',
      (random) => {
        const bench = new ReplicaBench();
        const rawBytes = 256 * 1024 * 1024 + 1 + random.below(2 ** 32);
        const manifest = { to: 9, check: 1, rawBytes, packedBytes: 1 + random.below(100) };
        return () => bench.throwAt(encodeMessage({ kind: 'snapshot', manifest }));
      },
      { frameBytes: 512 * 1024 },
    );
    expect(told).toEqual({ 'limit-exceeded': VARIANTS });
  });

  const small = (random: SeededRandom): Buffer =>
    deflateRawSync(Buffer.alloc(8000 + random.below(100_000), random.below(256)));

  it('BI-108 a packed feed that is one endless line is told of, and not kept', async () => {
    const packed = gzipSync(Buffer.alloc(8 * 1024 * 1024, 0x20));
    expect(packed.length).toBeLessThan(9000);
    const outcomes = await underLawAsync('BI-108 feed', (random) => async () => {
      const pieces = Array.from({ length: 20 }, () => Buffer.alloc(4000 + random.below(999), 0x31));
      const codes: string[] = [];
      const onProblem = ({ error }: { error: DiffStreamError }): void =>
        void codes.push(error.code);
      const chunks = (async function* () {
        yield* pieces;
        await turn();
        yield Buffer.from('\n{"key":1}\n');
      })();
      const records = readFeed(chunks, { keyName: 'key', lineBytesMax: 5000, onProblem });
      let used = 0;
      for await (const record of records) used += record.key === 1 ? 1 : 0;
      return `${codes.join()} ${used}`;
    });
    expect(outcomes).toEqual({ 'bad-input 1': VARIANTS });
  });

  it('BI-110 keys made to collide cost no more than others; giant ones are refused', () => {
    const outcomes = underLaw(
      'BI-110',
      (random, n) => {
        if (n % 100 === 0) {
          // Names of places, which engines hash by their number: all in one row of a table.
          const step = 2 ** (10 + random.below(8));
          const entries = Array.from({ length: 300 }, (_, i): [string | number, Value] => {
            const place = i * step;
            return [random.chance(0.5) ? place : String(place), i];
          });
          const act = (): string => {
            const producer = DiffCache.producer<Value>();
            producer.replaceAll(entries);
            const consumer = DiffCache.consumer<Value>();
            consumer.apply(producer.frame(0).encode());
            return consumer.size === producer.size ? 'handled' : 'lost';
          };
          return { act, bytes: 300 * 8 };
        }
        const units = random.pick(['k', '\u20ac', '\u{1f600}']);
        const key = units.repeat(1025 + random.below(1024 * 1024));
        if (n % 2 === 0) return () => void DiffCache.producer<Value>().set(key, 1);
        const limits = { keyBytesMax: 4_000_000 };
        const text = key.slice(0, 1026 + 2 * random.below(999));
        const wide = DiffCache.producer<Value>({ limits });
        const bytes = wide.set(text, 1).encode();
        if (n % 4 === 1) return () => void DataMsg.decode(bytes);
        const frame = wide.frame(0).encode();
        return () => void Frame.decode(frame);
      },
      { frameBytes: 1024 * 1024 },
    );
    expect(outcomes).toEqual({ handled: 10, 'bad-key': 490, 'limit-exceeded': 500 });
  });
});

/** What a terminal or a log would take for a command, a new line, or another order. */
const COMMANDS = /[\p{Cc}\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/u;

describe('what is told of', () => {
  it('BI-111 names and keys from outside forge no line of a log', () => {
    const hub = new HubBench();
    const evil = ['\n', '\r\n', '\u001b[31m', '\u009b31m', '\u0085', '\u2028', '\u202e', '\u0000'];
    const outcomes = underLaw('BI-111', (random, n) => {
      const key = `${someText(random, 9)}${random.pick(evil)}FATAL all is lost${random.pick(evil)}`;
      const told: (() => unknown)[] = [
        () => DiffCache.producer<Value>().delete(key),
        () => DiffCache.producer<Value>().set(`${key}\ud800`, 1),
        () => DiffCache.producer().set('k', { [key]: Number.NaN }),
        () => DiffCache.producer().set('k', [{ [key]: { [key]: 1n } }]),
        () => DiffCache.producer<Value>({ strict: true, keyName: key }).update({ a: 1 }),
        () => DiffCache.consumer<Value>().update(updateOf(key)),
        () => DiffCache.consumer<Value>({ limits: { valueBytesMax: 1 } }).update(newOf(key)),
      ];
      return () => {
        const { message, code } = errorOf(told[n % told.length] as () => unknown);
        return COMMANDS.test(message) ? `${code}: ${JSON.stringify(message)}` : 'handled';
      };
    });
    expect(outcomes).toEqual({ handled: VARIANTS });
    hub.expectUnharmed();
  });

  function newOf(key: string): Uint8Array {
    return DiffCache.producer<Value>().set(key, 'a value').encode();
  }

  function updateOf(key: string): Uint8Array {
    const producer = DiffCache.producer<Value>();
    producer.set(key, 1);
    return producer.set(key, 2).encode();
  }
});
