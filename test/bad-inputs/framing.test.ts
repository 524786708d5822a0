import { once } from 'node:events';
import { connect as connectTcp } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Frame } from '../../src/cache/frame.ts';
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { readIntegerKey, writeIntegerKey } from '../../src/core/key.ts';
import { DataMsg, DiffCache, Patch } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { decodeConsumerMessage } from '../../src/protocol/consumer-message-reader.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { ConsumerMessage, HubMessage } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { withSeal } from '../../src/protocol/seal.ts';
import { PROTOCOL_VERSION } from '../../src/protocol/version.ts';
import { serve } from '../../src/server/index.ts';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { errorOf } from '../cache/support/healing.ts';
import { Cleanup } from '../network/wait.ts';
import { HELLO, EPOCH } from '../protocol/session-rig.ts';
import { bytesOf, FRAME_BYTES, HubBench } from './support/benches.ts';
import { readValue, ReplicaBench, someText, someValue } from './support/benches.ts';
import { must, underLaw, underLawAsync, VARIANTS } from './support/general-law.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const limits = { frameBytesMax: FRAME_BYTES };
/** What machines do over many seconds of their time, healing included. */
const HEALING = { frameBytes: 512 * 1024 };

const nonceOf = (random: SeededRandom): [number, number] => [random.next(), random.next()];
const wordsOf = (random: SeededRandom): number[] => Array.from({ length: 4 }, () => random.next());

/** A message of a consumer, of any kind. */
function requestOf(random: SeededRandom): ConsumerMessage {
  const nonce = nonceOf(random);
  const position = random.chance(0.5)
    ? { epoch: EPOCH, version: 1 + random.below(9), digest: wordsOf(random) }
    : undefined;
  const trust = random.pick(['position', 'compare', 'nothing'] as const);
  const nodes = [random.below(50), 50 + random.below(50)];
  const items = Uint32Array.from(wordsOf(random));
  return random.pick<ConsumerMessage>([
    { ...HELLO, nonce, token: someText(random), position, trust },
    { kind: 'resume', nonce, position, trust },
    { kind: 'ack', bytes: random.next() * random.below(1e6), version: random.below(1e9) },
    { kind: 'compare', nonce, level: 1, nodes },
    { kind: 'mend', nonce, claims: [{ node: { level: 1, index: 7 }, items }] },
  ]);
}

/** A message of a hub that is read as soon as it comes. */
function replyOf(random: SeededRandom): HubMessage {
  const nonce = nonceOf(random);
  const head = { epoch: EPOCH, version: 1 + random.below(1e6), digest: wordsOf(random) };
  const numbers = { protocol: PROTOCOL_VERSION, heartbeatMs: 1000, windowBytes: random.next() };
  const manifest = { to: 9, check: random.next(), rawBytes: 900, packedBytes: random.below(900) };
  const sums = Uint32Array.from({ length: 128 }, () => random.next());
  const comparison = random.chance(0.5) ? { entries: random.below(99), sums } : undefined;
  return random.pick<HubMessage>([
    {
      kind: 'answer',
      ...numbers,
      nonce,
      from: random.below(9),
      sentBytes: random.below(9),
      head,
      comparison,
    },
    { kind: 'head', version: head.version, digest: head.digest, check: random.next() },
    { kind: 'refusal', code: 'ahead', reason: someText(random), retryAfterMs: random.below(1e6) },
    { kind: 'wait' },
    { kind: 'sums', nonce, level: random.below(4), sums },
    { kind: 'snapshot', manifest },
  ]);
}

/** A stand-alone message and a frame of a short life, and what reads them. */
function standAlone(random: SeededRandom): [Uint8Array, (bytes: Uint8Array) => unknown] {
  const producer = DiffCache.producer<Value>({ epoch: '5.0123456789abcdef' });
  const key = random.pick<string | number>([random.below(1e6), someText(random), -1]);
  producer.set(key, someValue(random));
  const message = random.chance(0.5) ? producer.set(key, someValue(random)) : producer.delete(key);
  if (random.chance(0.5)) return [message.encode(), (bytes) => DataMsg.decode(bytes, limits)];
  return [producer.frame(0).encode(), (bytes) => Frame.decode(bytes, limits)];
}

/** Any valid bytes there are, and what reads them. */
function anyBytes(random: SeededRandom): [Uint8Array, (bytes: Uint8Array) => unknown] {
  switch (random.below(3)) {
    case 0:
      return [encodeMessage(requestOf(random)), decodeConsumerMessage];
    case 1:
      return [encodeMessage(replyOf(random)), decodeHubMessage];
    default:
      return standAlone(random);
  }
}

const filled = (random: SeededRandom, length: number): Uint8Array =>
  Uint8Array.from({ length }, () => random.below(256));

/** A varint of so many bytes, the last of which is `last`. */
const varintOf = (random: SeededRandom, length: number, last: number): number[] => [
  ...Array.from({ length: length - 1 }, () => 0x80 | random.below(128)),
  last,
];

/** Places where a varint stands in a message to the hub, after so many right bytes. */
function withVarint(random: SeededRandom, varint: readonly number[]): Uint8Array {
  const nonce = filled(random, 8);
  return withSeal(
    Uint8Array.from(
      random.pick<number[]>([
        [MESSAGE.ack, ...varint, 0],
        [MESSAGE.ack, 0, ...varint],
        [MESSAGE.resume, ...nonce, 1, ...varint, ...filled(random, 8), 1, ...filled(random, 16)],
        [MESSAGE.compare, ...nonce, ...varint, 0],
        [MESSAGE.compare, ...nonce, 1, ...varint],
        [MESSAGE.mend, ...nonce, ...varint],
      ]),
    ),
  );
}

describe('bytes that are too few or too many', () => {
  it('BI-1 an empty message ends a session, costs a copy a resume, and decodes to nothing', () => {
    const hub = new HubBench();
    const replica = new ReplicaBench();
    const none = new Uint8Array(0);
    const outcomes = underLaw(
      'BI-1',
      (random, n) => {
        if (n % 3 === 0) return () => hub.attack([none], { greet: random.chance(0.5) });
        if (n % 50 === 1) return () => replica.throwAt(none);
        const decoders = [
          (bytes: Uint8Array) => Frame.decode(bytes),
          (bytes: Uint8Array) => DataMsg.decode(bytes),
          (bytes: Uint8Array) => Patch.decode(bytes),
          readValue,
        ];
        return () => void random.pick<(bytes: Uint8Array) => unknown>(decoders)(none);
      },
      HEALING,
    );
    expect(outcomes).toEqual({ '1002 malformed': 334, malformed: 666 });
    hub.expectUnharmed();
    expect(replica.bad.subscriber.stats.resumes).toBe(replica.bad.errors.length);
  });

  it('BI-2 a message of one byte is no message, but for an empty part', () => {
    const hub = new HubBench();
    const outcomes = underLaw(
      'BI-2',
      (random, n) => {
        const bytes = Uint8Array.of(n % 256);
        if (n < 512) return () => hub.attack([bytes], { greet: n >= 256 });
        if (n < 768) return () => void DataMsg.decode(bytes);
        if (n < 1024) return () => void Frame.decode(bytes);
        // Bodies that come bare are read later: here all but a part fail.
        const replica = new ReplicaBench();
        return () => replica.throwAt(Uint8Array.of(0x41 + random.below(10)));
      },
      { variants: 1100, ...HEALING },
    );
    expect(outcomes['1002 malformed']).toBe(512);
    const { '1002 malformed': hubs, malformed, ignored = 0, ...others } = outcomes;
    expect([hubs, others]).toEqual([512, {}]);
    expect((malformed ?? 0) + ignored).toBe(588);
    hub.expectUnharmed();
  });

  it('BI-3 cut at any byte a message is malformed, for every kind of message', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-3', (random, n) => {
      if (n % 4 === 0) {
        const bytes = encodeMessage(requestOf(random));
        const cut = bytes.subarray(0, random.below(bytes.length));
        return () => hub.attack([cut], { greet: cut[0] !== MESSAGE.hello });
      }
      const [bytes, decode] = anyBytes(random);
      // All the places of some, and one of each.
      const places = n < 80 ? bytes.length : 0;
      for (let length = 0; length < places; length++) {
        expect(errorOf(() => decode(bytes.subarray(0, length))).code).toBe('malformed');
      }
      const cut = bytes.subarray(0, random.below(bytes.length));
      return () => void decode(cut);
    });
    expect(outcomes).toEqual({ '1002 malformed': 250, malformed: 750 });
    hub.expectUnharmed();
  });

  it('BI-4 bytes behind its end make a message malformed, also under a right seal', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-4', (random) => {
      const more = filled(random, 1 + random.below(20));
      if (random.chance(0.5)) {
        const bytes = encodeMessage(requestOf(random));
        const content = Uint8Array.from([...bytes.subarray(0, -4), ...more]);
        return () => hub.attack([withSeal(content)], { greet: content[0] !== MESSAGE.hello });
      }
      const [bytes, decode] = anyBytes(random);
      return () => void decode(Uint8Array.from([...bytes, ...more]));
    });
    const { '1002 malformed': hubs = 0, malformed = 0 } = outcomes;
    expect(hubs + malformed).toBe(VARIANTS);
    hub.expectUnharmed();
  });
});

describe('numbers and lengths', () => {
  it('BI-5 a number that never ends is malformed wherever it stands', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-5', (random, n) => {
      const endless = Array<number>(8 + random.below(3000)).fill(0x80);
      if (n % 2 === 0) return () => hub.attack([withVarint(random, endless)], { greet: true });
      const start = random.pick([[0x83], [0x84], [0x86], [0x87], [0x88], [0x88, 1], [0xff]]);
      return () => void readValue(Uint8Array.from([...start, ...endless]));
    });
    expect(outcomes).toEqual({ '1002 malformed': 500, malformed: 500 });
    hub.expectUnharmed();
  });

  it('BI-6 a number beyond 2^53 - 1 or 2^64 is malformed wherever it stands', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-6', (random, n) => {
      // Eight bytes hold 56 bits, of which the upper three must be 0.
      const length = 8 + random.below(4);
      const large = varintOf(random, length, length === 8 ? 16 + random.below(112) : 1);
      if (n % 2 === 0) return () => hub.attack([withVarint(random, large)], { greet: true });
      return () => void new ByteReader(Uint8Array.from(large)).varint();
    });
    expect(outcomes).toEqual({ '1002 malformed': 500, malformed: 500 });
    hub.expectUnharmed();
  });

  it('BI-7 a number in a longer form than it needs is malformed wherever it stands', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-7', (random, n) => {
      const long = [...varintOf(random, 1 + random.below(6), 0x80), 0];
      if (n % 2 === 0) return () => hub.attack([withVarint(random, long)], { greet: true });
      return () => void new ByteReader(Uint8Array.from(long)).varint();
    });
    expect(outcomes).toEqual({ '1002 malformed': 500, malformed: 500 });
    hub.expectUnharmed();
  });

  it('BI-8 numbers above 2^32 are not cut to 32 bits: no such length or count is taken', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-8', (random, n) => {
      const number = 2 ** 32 * (1 + random.below(2 ** 20)) + random.below(4);
      const out = new ByteWriter(16);
      out.varint(number);
      const varint = [...out.take()];
      must(new ByteReader(Uint8Array.from(varint)).varint() === number, 'cut');
      const ack = withSeal(Uint8Array.from([MESSAGE.ack, ...varint, 0]));
      if (n % 2 === 0) return () => hub.attack([ack], { greet: true });
      const start = random.pick([[0x86], [0x87], [0x88], [0x88, 1], [0xff]]);
      return () => void readValue(Uint8Array.from([...start, ...varint, 0, 0, 0]));
    });
    const {
      '1002 unexpected-message': acks,
      malformed = 0,
      'limit-exceeded': large = 0,
    } = outcomes;
    expect([acks, malformed + large]).toEqual([500, 500]);
    hub.expectUnharmed();
  });

  it('BI-9 negative numbers at the far end are exact, or malformed', () => {
    const outcomes = underLaw('BI-9', (random) => () => {
      const near = Number.MAX_SAFE_INTEGER - random.below(random.pick([2, 100, 2 ** 31]));
      const edge = random.pick([near, 2 ** 51 - 2 + random.below(4), 2 ** 52 + random.below(9)]);
      const bytes = bytesOf((out) => out.varint(edge));
      const head = bytesOf((out) => out.varint(random.below(3)));
      const whole = random.chance(0.5) ? bytes : Uint8Array.from([...head, ...bytes]);
      const key = readIntegerKey(new ByteReader(whole));
      expect(Number.isSafeInteger(key)).toBe(true);
      const back = bytesOf((out) => writeIntegerKey(out, key));
      expect(back).toEqual(whole.subarray(0, back.length));
    });
    expect(outcomes['handled']).toBeGreaterThan(200);
    expect(outcomes['malformed']).toBeGreaterThan(200);
    const least = bytesOf((_out, values) => values.value(-Number.MAX_SAFE_INTEGER));
    expect(readValue(least)).toBe(-Number.MAX_SAFE_INTEGER);
  });

  const lengthStarts: readonly (readonly [string, readonly number[]])[] = [
    ['a string', [0x86]],
    ['an array', [0x87]],
    ['a shape', [0x88]],
    ['a text edit', [0x04]],
    ['a frame', [0x20, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]],
    ['a key', [0x11]],
  ];
  const readers: Record<string, (bytes: Uint8Array) => unknown> = {
    'a text edit': (bytes) => Patch.decode(bytes, limits),
    'a frame': (bytes) => Frame.decode(bytes, limits),
    'a key': (bytes) => DataMsg.decode(bytes, limits),
  };

  /** Lengths of all kinds that promise more than there is. */
  function lying(row: string, lengthOf: (random: SeededRandom) => number, rest: number): object {
    const hub = new HubBench();
    const outcomes = underLaw(row, (random, n) => {
      const length = bytesOf((out) => out.varint(lengthOf(random)));
      const tail = filled(random, rest);
      if (n % 4 === 0) {
        const bytes = [...length, ...tail];
        const nonce = filled(random, 8);
        const content = random.pick([
          [MESSAGE.compare, ...nonce, 1, ...bytes],
          [MESSAGE.mend, ...nonce, ...bytes],
          [MESSAGE.mend, ...nonce, 1, 1, 0, ...bytes],
        ]);
        return () => hub.attack([withSeal(Uint8Array.from(content))], { greet: true });
      }
      const [what, start] = random.pick(lengthStarts);
      const bytes = Uint8Array.from([...start, ...length, ...tail]);
      return () => void (readers[what] ?? readValue)(bytes);
    });
    hub.expectUnharmed();
    return outcomes;
  }

  it('BI-10 a length of 2^32 - 1 before three bytes is refused before memory is taken', () => {
    const outcomes = lying('BI-10', (random) => 2 ** 32 - 1 - random.below(9), 3);
    expect(outcomes).toEqual({
      '1002 malformed': 250,
      'limit-exceeded': expect.any(Number),
      malformed: expect.any(Number),
    });
  });

  it('BI-11 a length of one more than what is left is malformed', () => {
    const outcomes = underLaw('BI-11', (random) => {
      const left = random.below(60);
      const tail = Uint8Array.from({ length: left }, () => 0x40);
      const text = [0x41 + left, ...tail];
      const array = left < 15 ? [0xb1 + left, ...tail] : [0x87, left - 15, ...tail];
      const shape = [0x88, left + 1, ...tail];
      const key = [0x11, left + 1, ...tail];
      const bytes = random.pick([text, array, shape, key]);
      if (bytes === key) return () => void DataMsg.decode(Uint8Array.from(bytes), limits);
      return () => void readValue(Uint8Array.from(bytes));
    });
    expect(outcomes).toEqual({ malformed: VARIANTS });
  });

  it('BI-12 a count of a thousand million takes no memory: nothing has no bytes', () => {
    const outcomes = lying('BI-12', (random) => 1e9 + random.below(1e6), 40);
    const { '1002 malformed': hubs, ...decoders } = outcomes as Record<string, number>;
    expect(hubs).toBe(250);
    expect(Object.keys(decoders).toSorted()).toEqual(['limit-exceeded', 'malformed']);
  });
});

describe('messages that are none', () => {
  it('BI-13 an unknown type of message, change, command or value is malformed', () => {
    const hub = new HubBench();
    const known = new Set<number>(Object.values(MESSAGE));
    const outcomes = underLaw('BI-13', (random, n) => {
      let type = random.below(256);
      while (known.has(type)) type = random.below(256);
      const content = Uint8Array.from([type, ...filled(random, random.below(60))]);
      if (n % 4 === 0) return () => hub.attack([withSeal(content)], { greet: random.chance(0.5) });
      if (n % 4 === 1) return () => void decodeHubMessage(withSeal(content));
      const unknown = random.pick([0x8a + random.below(6), 0x90, 0xa0]);
      if (n % 4 === 2) return () => void readValue(Uint8Array.of(unknown, ...content));
      const mark = random.pick([random.below(16), 0x1a + random.below(6), 0x21 + random.below(99)]);
      return () => void DataMsg.decode(Uint8Array.of(mark, ...content));
    });
    expect(outcomes).toEqual({ '1002 malformed': 250, malformed: 750 });
    hub.expectUnharmed();
  });

  it('BI-14 another protocol is told which is spoken; unknown flags are malformed', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-14', (random, n) => {
      if (n % 2 === 0) {
        const protocol = PROTOCOL_VERSION + 1 + random.below(random.pick([2, 300, 2 ** 32]));
        return () => hub.attack([encodeMessage({ ...HELLO, protocol })]);
      }
      const flags = 12 + random.below(244);
      const content = Uint8Array.from([MESSAGE.resume, ...filled(random, 8), flags]);
      return () => hub.attack([withSeal(content)], { greet: true });
    });
    expect(outcomes).toEqual({ '4000 unsupported-protocol': 500, '1002 malformed': 500 });
    hub.rig.publisher.open(7, 0);
    const [told] = hub.rig.publisher.receive(7, encodeMessage({ ...HELLO, protocol: 9 }), 0);
    const refusal = decodeHubMessage((told as { bytes: Uint8Array }).bytes);
    expect(refusal).toMatchObject({ reason: expect.stringContaining(`${PROTOCOL_VERSION}`) });
    hub.expectUnharmed();
  });

  it('BI-15 other protocols and magic bytes end at the door, on the port too', async () => {
    const hub = new HubBench();
    const hello = encodeMessage(HELLO);
    const outcomes = underLaw('BI-15', (random) => {
      const content = hello.slice(0, -4);
      content[1 + random.below(2)] = random.below(256);
      if (content[1] === 0x44 && content[2] === 0x53) content[1] = 0x45;
      return () => hub.attack([withSeal(content)]);
    });
    expect(outcomes).toEqual({ '1002 malformed': VARIANTS });
    hub.expectUnharmed();
    // Real connections are dear: some of each sort, the rest above.
    const real = cleanup.add(await serve());
    real.stream('rows').set('a', 1);
    const starts = ['GET / HTTP/1.1\r\nHost: x\r\n\r\n', '\u0016\u0003\u0001\u0002\u0000\u0001'];
    const others = ['SSH-2.0-x\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '*1\r\n$4\r\nPING\r\n'];
    const answers = await underLawAsync(
      'BI-15 on the port',
      (random) => async () => {
        const socket = connectTcp(real.port, '127.0.0.1');
        socket.on('error', () => {});
        socket.end(`${random.pick([...starts, ...others])}\r\n\r\n`, 'latin1');
        let answer = '';
        socket.on('data', (piece) => (answer += piece.toString('latin1')));
        await once(socket, 'close');
        return answer.slice(0, 12);
      },
      { variants: 60 },
    );
    expect(Object.keys(answers).toSorted()).toEqual(['HTTP/1.1 400', 'HTTP/1.1 426']);
    expect(real.sessions()).toEqual([]);
  });
});
