/**
 * A recorded session, followed by a consumer that was written from PROTOCOL.md alone, and by the
 * sources. `WRITE_VECTORS=1 npx vitest run test/interop` records it anew, which only a new
 * protocol number may: what hubs of a number have sent stays readable.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { inflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { wordsText } from '../../src/cache/collection-digest.ts';
import { ConsumerCache } from '../../src/cache/consumer.ts';
import { Frame } from '../../src/cache/frame.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { Patch } from '../../src/core/patch.ts';
import { decodeChunk } from '../../src/protocol/chunk.ts';
import { decodeHubMessage, MESSAGE, PROTOCOL_VERSION } from '../../src/protocol/index.ts';
import { decodePart } from '../../src/protocol/part.ts';
import { asciiJson } from './golden-file.ts';
import { fromHex } from '../support/damaged-bytes.ts';
import { Follower } from './reader.mjs';
import type { Recording } from './recording.ts';
import { recordSession } from './recording.ts';

const file = new URL('../vectors/session.json', import.meta.url);
const readRecording = (): Recording => JSON.parse(readFileSync(file, 'utf8')) as Recording;

if (process.env['WRITE_VECTORS'] !== undefined) {
  const isFrozen = existsSync(file) && readRecording().protocol === PROTOCOL_VERSION;
  if (!isFrozen) writeRecording(recordSession('interop 1'));
}

function writeRecording({ messages, ...head }: Recording): void {
  const lines = messages.map((step) => `    ${asciiJson(step)}`);
  const start = Object.entries(head).map(([name, value]) => `  "${name}":${asciiJson(value)},\n`);
  writeFileSync(file, `{\n${start.join('')}  "messages":[\n${lines.join(',\n')}\n  ]\n}\n`);
}

const recording = readRecording();
const messages = recording.messages.map((step) => ({ ...step, bytes: fromHex(step.hex) }));
const follower = (): Follower => new Follower(recording.stream, recording.nonce);

/** The session up to a message, and with it. */
function followed(count: number): Follower {
  const copy = follower();
  for (const { bytes } of messages.slice(0, count)) copy.receive(bytes);
  return copy;
}

describe('C11 the recorded session', () => {
  it('is of this protocol number, and has each kind of message that it is to have', () => {
    expect(recording.protocol, 'record it anew with WRITE_VECTORS=1').toBe(PROTOCOL_VERSION);
    const seen = new Set(messages.map(({ bytes }) => bytes[0]));
    const kinds = ['wait', 'answer', 'snapshot', 'chunk', 'frame', 'part', 'head'] as const;
    expect(seen).toEqual(new Set(kinds.map((kind) => MESSAGE[kind])));
    expect(messages.filter(({ entries }) => entries).length).toBeGreaterThan(3);
  });

  it('P1 P4 leads a consumer written from the page to every state, and none between', () => {
    const copy = follower();
    for (const [i, { bytes, version, digest, entries }] of messages.entries()) {
      const kind = copy.receive(bytes);
      const told = [version, digest ?? copy.digest];
      expect([copy.version, copy.digest], `message ${i}, ${kind}`).toEqual(told);
      expect(copy.isEqual).toBe(digest !== undefined || version > 0);
      expect(JSON.stringify(copy.entries)).toBe(JSON.stringify(entries ?? copy.entries));
    }
  });

  it('P1 leads the sources to every state', () => {
    const cache = new ConsumerCache({ name: recording.stream });
    const pieces: Uint8Array[] = [];
    let packedBytes = 0;
    const take = (body: Uint8Array): unknown =>
      cache.apply(Frame.decodeBody(body, recording.epoch, defaultLimits));
    for (const { bytes, version, digest, entries } of messages) {
      const message = decodeHubMessage(bytes);
      if (message.kind === 'part') pieces.push(decodePart(message.body).bytes);
      if (message.kind === 'frame') take(Buffer.concat([...pieces.splice(0), message.body]));
      if (message.kind === 'snapshot') packedBytes = message.manifest.packedBytes;
      if (message.kind === 'chunk') {
        const chunk = decodeChunk(message.body);
        pieces.push(chunk.bytes);
        const isLast = chunk.offset + chunk.bytes.length === packedBytes;
        if (isLast) take(inflateRawSync(Buffer.concat(pieces.splice(0))));
      }
      const held = wordsText(cache.digestWords());
      expect([cache.version, held]).toEqual([version, digest ?? held]);
      expect(cache.size).toBe(entries?.length ?? cache.size);
      for (const [key, value] of entries ?? []) {
        expect(JSON.stringify(cache.get(key))).toBe(JSON.stringify(value));
      }
    }
  });

  it('P25 has patches of objects, arrays, numbers and texts, and some that quote', () => {
    const frames = messages.filter(({ bytes }) => bytes[0] === MESSAGE.frame);
    const codes = new Set(frames.flatMap(({ bytes }) => codesOf(bytes.subarray(1))));
    expect([...codes]).toEqual(expect.arrayContaining([1, 2, 3, 4, 6]));
  });
});

/** The first bytes of the patches of a frame. */
function codesOf(body: Uint8Array): number[] {
  try {
    const { changes } = Frame.decodeBody(body, recording.epoch, defaultLimits);
    return changes.flatMap((change) =>
      change.kind === 'patch' ? [new Patch(change.op).encode()[0] as number] : [],
    );
  } catch {
    // The last piece of one that came in parts.
    return [];
  }
}

describe('F3 the consumer written from the page', () => {
  it('notices any byte of a frame that is changed, and stays as it was', () => {
    const index = messages.findLastIndex(({ bytes }) => bytes[0] === MESSAGE.frame);
    const { bytes } = messages[index] as (typeof messages)[number];
    const copy = followed(index);
    const before = [copy.version, copy.digest, JSON.stringify(copy.entries)];
    for (let at = 1; at < bytes.length; at++) {
      const flipped = bytes.with(at, (bytes[at] as number) ^ 0x10);
      expect(() => copy.receive(flipped), `byte ${at}`).toThrow(Error);
      expect([copy.version, copy.digest, JSON.stringify(copy.entries)]).toEqual(before);
    }
    copy.receive(bytes);
    expect(copy.version).toBeGreaterThan(before[0] as number);
  });

  it('S14 notices a damaged answer, head and chunk', () => {
    for (const kind of ['answer', 'head', 'chunk', 'snapshot', 'wait'] as const) {
      const index = messages.findIndex(({ bytes }) => bytes[0] === MESSAGE[kind]);
      const { bytes } = messages[index] as (typeof messages)[number];
      for (let at = 1; at < bytes.length; at++) {
        const flipped = bytes.with(at, (bytes[at] as number) ^ 1);
        expect(() => followed(index).receive(flipped), `${kind}, byte ${at}`).toThrow(Error);
      }
    }
  });

  it('P7 calls itself equal by a head alone, and notices a frame that was left out', () => {
    const frame = messages.findLastIndex(({ bytes }) => bytes[0] === MESSAGE.frame);
    const copy = followed(frame);
    const head = messages.slice(frame).find(({ bytes }) => bytes[0] === MESSAGE.head);
    expect(() => copy.receive(head?.bytes as Uint8Array)).toThrow('not equal');
    expect(copy.isEqual).toBe(false);
    copy.receive(messages[frame]?.bytes as Uint8Array);
    copy.isEqual = false;
    copy.receive(head?.bytes as Uint8Array);
    expect(copy.isEqual).toBe(true);
  });

  it('tells version, entries and digest on the command line', () => {
    const paths = [new URL('reader.mjs', import.meta.url), file].map((url) => fileURLToPath(url));
    const lines = execFileSync(process.execPath, paths, { encoding: 'utf8' }).trim().split('\n');
    const last = messages.at(-1);
    const size = last?.entries?.length ?? 0;
    expect(lines).toHaveLength(size + 2);
    expect(lines.slice(0, size).map((line) => JSON.parse(line) as unknown)).toEqual(last?.entries);
    expect(lines.slice(-2)).toEqual([
      `version ${last?.version}, ${size} entries, equal`,
      `digest ${last?.digest}`,
    ]);
  });
});
