/** Dense frames that are not what the coder made, or not where it made them for. */
import { describe, expect, it } from 'vitest';
import { ConsumerCache } from '../../src/cache/consumer.ts';
import type { Frame } from '../../src/cache/frame.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import type { Change } from '../../src/cache/change.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Edit, Op } from '../../src/core/op.ts';
import type { Value } from '../../src/core/value.ts';
import { SMALL_SIZE } from '../../src/dense/dense-model.ts';
import { DenseFrameCoder } from '../../src/dense/frame-coder.ts';
import { encodeDenseBody } from '../../src/protocol/dense-body.ts';
import { DenseReader } from '../../src/protocol/dense-reader.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { DenseRig } from '../protocol/dense-rig.ts';
import { EPOCH, STREAM, stateOf } from '../protocol/session-rig.ts';
import { LIMITS, someText, someValue } from './support/benches.ts';
import { expectPrototypes, underLaw, VARIANTS } from './support/general-law.ts';

const FRAMES = 5;
/** Predictions end a frame after about a second of work, at either end, on a machine at rest. */
const FRAME_MS = 8000;
/** A collection, a copy of it and a reader are made for each variant. */
const MADE = { frameBytes: 512 * 1024 };
/** What refuses a frame before or after it is decoded. */
const REFUSALS = ['malformed', 'limit-exceeded', 'digest-mismatch', 'patch-conflict', 'gap'];

/** A group of dense frames, and what a copy is after each. */
class Recording {
  readonly bodies: Uint8Array[] = [];
  readonly coded: Uint8Array[] = [];
  readonly states: string[] = [];
  private readonly start: Frame;
  private readonly coder = new DenseFrameCoder(LIMITS, SMALL_SIZE);

  constructor(seed: string) {
    const random = new SeededRandom(seed);
    const producer = new ProducerCache({ epoch: EPOCH, name: STREAM });
    const row = (n: number): Value => ({ id: n, name: `row ${n}`, some: someValue(random, 3) });
    producer.replaceAll(Array.from({ length: 5 }, (_, n): [string, Value] => [`${n}`, row(n)]));
    this.start = producer.frame(0);
    this.states.push(stateOf(producer));
    const writer = new DenseFrameCoder(LIMITS, SMALL_SIZE);
    for (let index = 0; index < FRAMES; index++) {
      const from = producer.version;
      producer.set(`${random.below(5)}`, row(index));
      producer.set('text', `${someText(random, 6)} and so on, ${index}, `.repeat(6));
      producer.set(
        'list',
        Array.from({ length: 3 + index }, (_, i) => (i * index) % 7),
      );
      const key = `${random.below(5)}`;
      if (producer.has(key) && random.chance(0.5)) producer.delete(key);
      const { changes, to, check } = producer.frame(from);
      const coded = writer.encode(changes) as Uint8Array;
      this.coded.push(coded);
      this.bodies.push(encodeDenseBody({ group: 1, index, span: to - from, coded, check }));
      this.states.push(stateOf(producer));
    }
  }

  /** What becomes of a body in place of the one at `index`. */
  outcome(index: number, body: Uint8Array): string {
    // The same coder again and again: what failed before must not show after a reset.
    const reader = new DenseReader(() => this.coder, LIMITS);
    const copy = new ConsumerCache({ name: STREAM, limits: LIMITS });
    copy.apply(this.start);
    for (const good of this.bodies.slice(0, index)) {
      copy.apply(reader.read(good, EPOCH, copy) as Frame);
    }
    const before = stateOf(copy);
    if (before !== this.states[index]) throw new Error('a right frame does not apply');
    const frame = take(() => reader.read(body, EPOCH, copy));
    if (frame === undefined || typeof frame === 'string') return frame ?? 'repeat';
    const refused = take(() => void copy.apply(frame));
    const after = stateOf(copy);
    if (refused !== undefined && after !== before) throw new Error('half of a frame is shown');
    if (refused === undefined && after !== this.states[index + 1]) throw new Error('not noticed');
    return refused ?? 'same';
  }
}

/** What comes of it, or the code of its refusal. */
function take<T>(work: () => T): T | string {
  try {
    return work();
  } catch (error) {
    const { code } = error as { code?: unknown };
    if (typeof code !== 'string' || !REFUSALS.includes(code)) throw error;
    return code;
  }
}

const recordings = ['a', 'b'].map((seed) => new Recording(seed));
const pick = (random: SeededRandom): [Recording, number] => [
  random.pick(recordings),
  random.below(FRAMES),
];

const refusedOf = (outcomes: Record<string, number>): number =>
  REFUSALS.reduce((sum, code) => sum + (outcomes[code] ?? 0), 0);

describe('a dense frame that is damaged', () => {
  it('BI-3 C2 is refused where it is cut off, wherever', () => {
    const cuts = recordings.flatMap((recording) =>
      recording.bodies.flatMap((body, at) =>
        Array.from({ length: body.length }, (_, length) => [recording, at, length] as const),
      ),
    );
    const outcomes = underLaw(
      'BI-3 dense',
      (_random, n) => {
        const [recording, at, length] = cuts[n % cuts.length] as (typeof cuts)[number];
        return () => recording.outcome(at, (recording.bodies[at] as Uint8Array).slice(0, length));
      },
      { variants: Math.max(VARIANTS, cuts.length), ...MADE },
    );
    expect(refusedOf(outcomes)).toBe(Math.max(VARIANTS, cuts.length));
  });

  it('BI-19 C4 is refused, or found out, at every single bit', () => {
    const [recording] = recordings as [Recording];
    const flips = recording.bodies.flatMap((body, at) =>
      Array.from({ length: body.length * 8 }, (_, bit) => [at, bit] as const),
    );
    expect(flips.length).toBeGreaterThan(VARIANTS);
    const outcomes = underLaw(
      'BI-19 dense',
      (_random, n) => {
        const [at, bit] = flips[n] as readonly [number, number];
        const body = recording.bodies[at] as Uint8Array;
        const i = bit >> 3;
        const damaged = body.with(i, (body[i] as number) ^ (1 << (bit & 7)));
        return () => recording.outcome(at, damaged);
      },
      { variants: flips.length, ...MADE },
    );
    // A smaller index is a repeat, of which the next frame or head tells; another number of the
    // group does not change what its first frame says.
    const { repeat = 0, same = 0 } = outcomes;
    expect(refusedOf(outcomes)).toBe(flips.length - repeat - same);
    expect(repeat).toBeLessThan(2 * FRAMES);
    expect(same).toBeLessThan(16);
  });

  it('BI-4 C2 is refused with bytes behind its end', () => {
    const outcomes = underLaw(
      'BI-4 dense',
      (random) => {
        const [recording, at] = pick(random);
        const more = Array.from({ length: 1 + random.below(9) }, () => random.below(256));
        const body = Uint8Array.from([...(recording.bodies[at] as Uint8Array), ...more]);
        return () => recording.outcome(at, body);
      },
      MADE,
    );
    expect(refusedOf(outcomes)).toBe(VARIANTS);
  });

  it('BI-20 C4 is refused where it is put together of two', () => {
    const outcomes = underLaw(
      'BI-20 dense',
      (random) => {
        const [[a, at], [b, other]] = [pick(random), pick(random)];
        const [head, tail] = [a.bodies[at] as Uint8Array, b.bodies[other] as Uint8Array];
        const cut = 3 + random.below(head.length - 3);
        const rest = tail.slice(3 + random.below(tail.length - 3));
        const body = Uint8Array.from([...head.slice(0, cut), ...rest]);
        const isWhole = body.every((byte, i) => byte === head[i]) && body.length === head.length;
        return () => (isWhole ? 'same' : a.outcome(at, body));
      },
      MADE,
    );
    expect(refusedOf(outcomes)).toBe(VARIANTS - (outcomes['same'] ?? 0));
  });
});

describe('what is no dense frame', () => {
  it('C4 C6 C9 is refused by the coder, whatever it has in mind', () => {
    const coder = new DenseFrameCoder(LIMITS, SMALL_SIZE);
    const base: Value = { a: ['x'.repeat(300), 1, null], b: { c: 1.5 }, list: [1, 2, 3, 4] };
    const outcomes = underLaw('C4 dense', (random) => {
      const [{ coded }, at] = pick(random);
      const length = random.below(random.pick([4, 40, 400]));
      const noise = random.pick([2, 17, 256]);
      const bytes = Uint8Array.from(
        { length },
        () => random.below(noise) * random.pick([1, 1, 85]),
      );
      return () => {
        coder.reset();
        for (const good of coded.slice(0, at)) decodeAll(coder, good, base);
        return decodeAll(coder, bytes, base);
      };
    });
    const { malformed = 0, 'limit-exceeded': exceeded = 0, decoded = 0 } = outcomes;
    expect(malformed + exceeded + decoded).toBe(VARIANTS);
    expect(malformed).toBeGreaterThan(VARIANTS / 2);
  });

  /** Any base will do: what does not fit one is refused when it is applied, not here. */
  function decodeAll(coder: DenseFrameCoder, bytes: Uint8Array, base: Value): string {
    const outcome = take(() => coder.decode(bytes, () => base));
    return typeof outcome === 'string' ? outcome : 'decoded';
  }

  it('BI-44 BI-45 L4 is refused by the limit that it exceeds', () => {
    const deep = (levels: number): Value => {
      let value: Value = 1;
      for (let level = 0; level < levels; level++) value = level % 2 === 0 ? [value] : { a: value };
      return value;
    };
    const put = (value: Value, key: string | number = 'k'): Change => ({ kind: 'put', key, value });
    const limits = { ...LIMITS, depthMax: 6, nodesMax: 300, stringBytesMax: 64, changesMax: 9 };
    const bad: [string, Change[]][] = [
      ['depthMax', [put(deep(7))]],
      ['nodesMax', [put(Array.from({ length: 301 }, () => null))]],
      ['nodesMax', [put(Object.fromEntries(Array.from({ length: 301 }, (_, i) => [`${i}`, i])))]],
      ['stringBytesMax', [put('x'.repeat(65))]],
      ['stringBytesMax', [put({ ['\u00e9'.repeat(33)]: 1 })]],
      ['changesMax', Array.from({ length: 10 }, (_, n) => put(n, n))],
    ];
    for (const [name, changes] of bad) {
      const bytes = new DenseFrameCoder(LIMITS, SMALL_SIZE).encode(changes) as Uint8Array;
      const reader = new DenseFrameCoder(limits, SMALL_SIZE);
      const read = (): unknown => reader.decode(bytes, () => undefined);
      expect(read).toThrow(expect.objectContaining({ code: 'limit-exceeded' }) as Error);
      reader.reset();
      expect(read).toThrow(name);
    }
    const key = [put(1, 'k'.repeat(LIMITS.keyBytesMax + 1))];
    const bytes = new DenseFrameCoder(LIMITS, SMALL_SIZE).encode(key) as Uint8Array;
    expect(take(() => new DenseFrameCoder(LIMITS).decode(bytes, () => 1))).toBe('malformed');
    expectPrototypes();
  });

  it('BI-46 C10 is given up after so many predictions, however few its bytes are', () => {
    const writer = new DenseFrameCoder(LIMITS, SMALL_SIZE);
    const long: Change = { kind: 'put', key: 'k', value: 'x'.repeat(520_000) };
    expect(writer.encode([long])).toBeUndefined();
    writer.reset();
    // A writer that does not count.
    const { mixer } = (writer as unknown as { model: { mixer: Mixer } }).model;
    const attach = mixer.attach.bind(mixer);
    mixer.attach = (port) => attach(port, Number.POSITIVE_INFINITY);
    const bytes = writer.encode([long]) as Uint8Array;
    expect(bytes.length).toBeLessThan(4096);
    const limits = { ...LIMITS, stringBytesMax: 2 ** 30 };
    const reader = new DenseFrameCoder(limits, SMALL_SIZE);
    expect(take(() => reader.decode(bytes, () => undefined))).toBe('limit-exceeded');
    reader.reset();
    const plain = new DenseFrameCoder(LIMITS, SMALL_SIZE).encode([{ kind: 'delete', key: 1 }]);
    expect(reader.decode(plain as Uint8Array, () => 1)).toEqual([{ kind: 'delete', key: 1 }]);
  });
});

describe('a dense frame of a few bytes', () => {
  const members = Object.fromEntries(Array.from({ length: 100_000 }, (_, i) => [`m${i}`, i]));
  const texts = Array.from({ length: 20_000 }, (_, i) => `some words of a document ${i}`);
  const patches = (count: number, base: Value, op: Op): Change[] =>
    Array.from({ length: count }, () => ({ kind: 'patch', key: 'k', op, base }));
  const taking: Edit = { kind: 'take', keep: 0, from: 0, op: undefined };
  const dropFirst: Edit = { kind: 'drop', keep: 0, count: 1 };
  const bombs: Record<string, Change[]> = {
    'takes one element again and again': patches(1, [1, 2], {
      ...{ kind: 'array', edits: Array.from({ length: 60_000 }, () => taking) },
    }),
    'edits a large object again and again': patches(300, members, {
      ...{ kind: 'object', edits: [dropFirst] },
    }),
    'replaces a long text again and again': Array.from({ length: 300 }, (_, i) => ({
      ...{ kind: 'patch', key: 'k', base: 'x'.repeat(1_000_000) },
      op: { kind: 'set', value: `another ${i * 7919}` },
    })),
    'looks a large base through again and again': Array.from({ length: 300 }, (_, i) => ({
      ...{ kind: 'patch', key: 'k', base: texts },
      op: {
        ...{
          kind: 'array',
          edits: [{ kind: 'add', keep: 0, name: '', value: 'w'.repeat(600 + i) }],
        },
      },
    })),
  };

  it.each(Object.entries(bombs))('BI-46 C6 that %s is read or given up in time', (_name, all) => {
    const [first] = all as [Change & { base: Value }];
    const outcomes = underLaw(
      'BI-46 dense',
      () => () => {
        const bytes = new DenseFrameCoder(defaultLimits, SMALL_SIZE).encode(all);
        if (bytes === undefined) return 'not written';
        const reader = new DenseFrameCoder(defaultLimits, SMALL_SIZE);
        const outcome = take(() => reader.decode(bytes, () => first.base));
        return typeof outcome === 'string' ? outcome : 'read';
      },
      { variants: 1, frameBytes: 64 * 1024 * 1024, boundMs: FRAME_MS },
    );
    expect(Object.values(outcomes)).toEqual([1]);
  });
});

interface Mixer {
  attach(port: unknown, steps: number): void;
}

describe('a replica', () => {
  it('BI-17 BI-19 S20 takes no harm from a dense frame with a damaged bit', () => {
    const outcomes = underLaw(
      'BI-17 dense',
      (random) => () => {
        const rig = new DenseRig();
        for (let n = 0; n < 4; n++) rig.put(`row ${n}`, n);
        const [bad, good] = [rig.joinDense(), rig.joinDense()];
        rig.turn();
        let left = random.below(4);
        rig.tamper = ({ way, bytes, consumer }) => {
          const hit = way === 'down' && consumer === bad.id && bytes[0] === MESSAGE.dense;
          if (!hit || left-- !== 0) return [bytes];
          const i = random.below(bytes.length);
          return [bytes.with(i, (bytes[i] as number) ^ (1 << random.below(8)))];
        };
        for (let n = 0; n < 5; n++) rig.step();
        rig.pass(3000);
        expect([bad.subscriber.status, good.codes.join()]).toEqual(['live', '']);
        expect(stateOf(bad.cache)).toBe(stateOf(rig.producer));
        return bad.codes.join();
      },
      MADE,
    );
    expect(Object.values(outcomes).reduce((sum, count) => sum + count, 0)).toBe(VARIANTS);
    expect(outcomes['digest-mismatch']).toBeGreaterThan(VARIANTS / 4);
    expect(outcomes['malformed']).toBeGreaterThan(VARIANTS / 20);
  });
});
