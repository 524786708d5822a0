/** Sessions as PROTOCOL.md tells them, read by the decoder that was written from the page. */
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import type { Key } from '../../src/index.ts';
import {
  decodeConsumerMessage,
  decodeHubMessage,
  encodeMessage,
  MESSAGE,
} from '../../src/protocol/index.ts';
import type { ConsumerMessage, HubMessage } from '../../src/protocol/index.ts';
import { decodeFrameBody } from '../support/page-decoder.mjs';
import { checkOf, collectionWords, keyHash } from '../support/page-digest.mjs';
import { childSums, decodeSession } from '../support/page-session.mjs';
import type { Passing } from './session-rig.ts';
import { EPOCH, newProducer, Rig, STREAM } from './session-rig.ts';

type Decoded = Record<string, unknown>;
const NEWER = { term: 2000, incarnation: 'fedcba9876543210' };

/** A message as plain data: no names of classes, no members that are undefined. */
function plain(value: unknown): unknown {
  if (ArrayBuffer.isView(value)) return Array.from(value as Uint8Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

/** By the sources; what the page tells more of is left out there. */
function bySources({ way, bytes }: Pick<Passing, 'way' | 'bytes'>): unknown {
  const message: ConsumerMessage | HubMessage =
    way === 'up' ? decodeConsumerMessage(bytes) : decodeHubMessage(bytes);
  return plain(message);
}

function byPage(bytes: Uint8Array): Decoded {
  return plain(decodeSession(bytes)) as Decoded;
}

function fill(rig: Rig, rows: number, from = 0): void {
  rig.commit((producer) =>
    producer.batch((tx) => {
      for (let n = from; n < rows; n++) tx.set(n, { key: n, n, text: `row ${(n * 7919) % 1000}` });
    }),
  );
}

/** Everything that passes a rig from now on. */
function recorded(rig: Rig): Passing[] {
  const all: Passing[] = [];
  rig.tamper = (passing) => {
    all.push(passing);
    return [passing.bytes];
  };
  return all;
}

const ofKind = (all: readonly Passing[], kind: keyof typeof MESSAGE): Uint8Array[] =>
  all.filter(({ bytes }) => bytes[0] === MESSAGE[kind]).map(({ bytes }) => bytes);

/** Frames and pieces of frames are checked when the whole is there, heads against the data. */
const CHECKED_LATER = new Set<number | undefined>(
  (['frame', 'dense', 'part', 'head', 'mended', 'chunk'] as const).map((kind) => MESSAGE[kind]),
);

describe('messages of a session, read by the page', () => {
  /** A session that has every kind of message. */
  function everyKind(): readonly Passing[] {
    const rig = new Rig({ partBytes: 2000 });
    const all = recorded(rig);
    const consumer = rig.join();
    rig.pass(2000);
    fill(rig, 5000);
    rig.pass(2000);
    rig.commit((producer) => producer.set('long', { key: 'long', n: 0, text: 'x'.repeat(5000) }));
    rig.turn();
    rig.injectDown(consumer, encodeMessage(head(rig, 1)));
    rig.pass(100);
    const next = newProducer({ epoch: NEWER });
    next.replaceAll([...rig.producer].filter(([key]) => key !== 17));
    next.set(4000, { key: 4000, n: -1 });
    rig.restart(next);
    rig.pass(5000);
    rig.restart(newProducer({ epoch: { ...NEWER, incarnation: '0'.repeat(16) } }));
    rig.put('a', 1);
    rig.pass(5000);
    const body = Uint8Array.of(1, 0, 1, 5, 5, 5, 5);
    const [first] = all as [Passing];
    return [...all, { ...first, way: 'down', bytes: encodeMessage({ kind: 'dense', body }) }];
  }

  it('C1 are what the sources make of them, each kind', () => {
    const all = everyKind();
    for (const passing of all) {
      const { kind, ...rest } = byPage(passing.bytes);
      const source = bySources(passing) as Decoded;
      expect(kind).toBe(source['kind']);
      // The sources leave the bodies of some for later.
      const later = kind === 'chunk' || kind === 'mended';
      expect(later ? source : { kind, ...rest }).toEqual(source);
    }
    const seen = new Set(all.map(({ bytes }) => bytes[0]));
    expect(Object.entries(MESSAGE).filter(([, type]) => !seen.has(type))).toEqual([]);
  });

  it('S14 are malformed with any bit flipped, where they bring a seal', () => {
    const seen = new Set<number | undefined>();
    for (const { way, bytes } of everyKind()) {
      const [type] = bytes;
      if (CHECKED_LATER.has(type) || seen.has(type)) continue;
      seen.add(type);
      for (let bit = 0; bit < 8 * bytes.length; bit++) {
        const flipped = bytes.slice();
        flipped[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
        // The first byte may turn it into one whose check comes later.
        if (CHECKED_LATER.has(flipped[0])) continue;
        expect(() => bySources({ way, bytes: flipped })).toThrow(/damaged|no message/);
        expect(() => byPage(flipped)).toThrow(/check|no message|end/);
      }
    }
    expect(seen.size).toBe(Object.keys(MESSAGE).length - CHECKED_LATER.size);
  });

  /** A head that is wrong, so that the consumer resumes. */
  function head(rig: Rig, flip: number): HubMessage {
    const digest = rig.producer.digestWords().map((word) => (word ^ flip) >>> 0);
    return { kind: 'head', version: rig.producer.version, digest, check: 0 };
  }
});

describe('a consumer written from the page', () => {
  it('S7 F3 puts a packed snapshot together, and holds heads against it', () => {
    const rig = new Rig();
    fill(rig, 3000);
    const all = recorded(rig);
    rig.join();
    rig.pass(1500);
    const chunks = ofKind(all, 'chunk').map((bytes) => byPage(bytes)['bytes'] as number[]);
    const manifest = byPage(ofKind(all, 'snapshot')[0] as Uint8Array)['manifest'] as Decoded;
    const packed = Uint8Array.from(chunks.flat());
    expect(packed.length).toBe(manifest['packedBytes']);
    const body = inflateRawSync(packed);
    expect(body.length).toBe(manifest['rawBytes']);
    const frame = decodeFrameBody(body);
    expect([frame.from, frame.to, manifest['to']]).toEqual([0, 1, 1]);
    const copy = new Map(frame.changes.map(({ key, apply }) => [key, apply(undefined)]));
    expect(copy).toEqual(new Map(rig.producer));
    const words = collectionWords(copy, STREAM);
    expect(checkOf(words, STREAM, EPOCH, 0, 1)).toBe(frame.check);
    const check = checkOf(words, STREAM, EPOCH, 1, 1);
    const [last] = ofKind(all, 'head').slice(-1);
    expect(byPage(last as Uint8Array)).toEqual({ kind: 'head', version: 1, digest: words, check });
  });

  it('G4 R4 finds what differs by the sums of the tree, and mends it', () => {
    const rig = new Rig();
    fill(rig, 5000);
    const held = new Map<Key, unknown>(rig.producer);
    rig.join();
    rig.turn();
    const next = newProducer({ epoch: NEWER });
    next.replaceAll([...rig.producer].filter(([key]) => key !== 17));
    next.set(4000, { key: 4000, n: -1 });
    const all = recorded(rig);
    rig.restart(next);
    rig.pass(5000);

    const comparison = byPage(ofKind(all, 'answer')[0] as Uint8Array)['comparison'] as Decoded;
    const present = new Map<Key, unknown>(rig.producer);
    expect(comparison).toEqual({ entries: present.size, sums: childSums(present, 0, 0) });
    const compare = byPage(ofKind(all, 'compare')[0] as Uint8Array);
    const own = childSums(held, 0, 0);
    const differing = own.flatMap((sum, i) =>
      (comparison['sums'] as number[])[i] === sum ? [] : i,
    );
    expect(compare).toMatchObject({ level: 1, nodes: differing });
    const sums = byPage(ofKind(all, 'sums')[0] as Uint8Array);
    expect(sums['sums']).toEqual(differing.flatMap((index) => childSums(present, 1, index)));

    const mended = byPage(ofKind(all, 'mended')[0] as Uint8Array);
    const frame = decodeFrameBody(Uint8Array.from(mended['body'] as number[]));
    const items = claimedKeys(byPage(ofKind(all, 'mend')[0] as Uint8Array), held);
    for (const item of mended['dropped'] as number[]) held.delete(items[item] as Key);
    for (const { kind, key, apply } of frame.changes) {
      if (kind === 'delete') held.delete(key);
      else held.set(key, apply(undefined));
    }
    expect(held).toEqual(present);
    const words = collectionWords(held, STREAM);
    expect(checkOf(words, STREAM, NEWER, frame.from, frame.to)).toBe(frame.check);
  });

  /** The keys behind the items of a claim, by their places. */
  function claimedKeys({ claims }: Decoded, held: ReadonlyMap<Key, unknown>): Key[] {
    const places = new Map([...held.keys()].map((key) => [keyHash(key).hi, key]));
    return (claims as { items: number[] }[]).flatMap(({ items }) =>
      items.flatMap((place, i) => (i % 2 === 0 ? (places.get(place) as Key) : [])),
    );
  }
});
