/**
 * Golden vectors of whole messages and frames: hex beside plain JSON, readable by other languages;
 * bytes in it are hex too, and patches stand as they would alone. They are those of one protocol
 * number and stay: a change of layout raises `PROTOCOL_VERSION`, and then `WRITE_VECTORS=1 npx
 * vitest run test/vectors` writes the hex anew. What has no hex yet gets it at any time.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { DataMsg } from '../src/cache/data-msg.ts';
import type { Epoch } from '../src/cache/epoch.ts';
import { Frame } from '../src/cache/frame.ts';
import { ByteReader, ByteWriter } from '../src/core/bytes.ts';
import type { Op } from '../src/core/op.ts';
import type { Key } from '../src/core/key.ts';
import { applyPatch, digestOf, Patch } from '../src/core/patch.ts';
import type { Value } from '../src/core/value.ts';
import { decodeChunk, encodeChunk } from '../src/protocol/chunk.ts';
import { readRising, writeRising } from '../src/protocol/claims.ts';
import {
  decodeConsumerMessage,
  decodeHubMessage,
  encodeMessage,
  MESSAGE,
  PROTOCOL_VERSION,
} from '../src/protocol/index.ts';
import type { ConsumerMessage, HubMessage, Nonce } from '../src/protocol/index.ts';
import { readNonce, writeNonce } from '../src/protocol/nonce.ts';
import { asciiJson } from './interop/golden-file.ts';
import { fromHex, toHex } from './support/damaged-bytes.ts';
import { decodeFrame, decodeMessage } from './support/page-decoder.mjs';
import { checkOf, collectionWords } from './support/page-digest.mjs';
import { decodeSession } from './support/page-session.mjs';

interface Vector<T> {
  readonly name: string;
  readonly message: T;
  readonly hex: string;
}
type Plain = Readonly<Record<string, unknown>>;
type SessionJson = Plain & { readonly kind: keyof typeof MESSAGE; readonly protocol?: number };
interface StandAloneJson {
  readonly command: 'new' | 'update' | 'delete' | 'retran' | 'gone';
  readonly key: Key;
  readonly tag: number;
  readonly base?: number;
  readonly version: number;
  readonly before?: Value;
  readonly patch?: string;
  readonly value?: Value;
  readonly digest: string;
}
interface ChangeJson {
  readonly kind: 'patch' | 'put' | 'delete';
  readonly key: Key;
  readonly value?: Value;
  readonly patch?: string;
}
interface FrameJson {
  readonly stream: string;
  readonly epoch: Epoch;
  readonly from: number;
  readonly to: number;
  readonly before: readonly [Key, Value][];
  readonly changes: readonly ChangeJson[];
  readonly after: readonly [Key, Value][];
  readonly check: number;
}
interface Vectors {
  readonly protocol: number;
  readonly session: readonly Vector<SessionJson>[];
  readonly standAlone: readonly Vector<StandAloneJson>[];
  readonly frames: readonly Vector<FrameJson>[];
}

const ADVICE = 'the layout changed: raise PROTOCOL_VERSION and rewrite with WRITE_VECTORS=1';

// -- from JSON to bytes

const opOf = (patch: string): Op | undefined => Patch.decode(fromHex(patch)).op;
const words = (list: unknown): Uint32Array => Uint32Array.from(list as number[]);
const bytesOf = (hex: unknown): Uint8Array => fromHex(hex as string);

function encodeSession(json: SessionJson): Uint8Array {
  switch (json.kind) {
    case 'chunk': {
      const chunk = { offset: json['offset'] as number, bytes: bytesOf(json['bytes']) };
      return encodeChunk(MESSAGE.chunk, chunk);
    }
    case 'mended': {
      const out = new ByteWriter();
      writeNonce(out, json['nonce'] as Nonce);
      writeRising(out, json['dropped'] as number[]);
      out.bytes(bytesOf(json['body']));
      return encodeMessage({ kind: 'mended', body: out.take() });
    }
    default:
      return encodeMessage(withBytes(json) as unknown as ConsumerMessage | HubMessage);
  }
}

/** Words and bytes as the sources have them. */
function withBytes(json: Plain): Plain {
  const made: Record<string, unknown> = { ...json };
  if ('body' in json) made['body'] = bytesOf(json['body']);
  if ('sums' in json) made['sums'] = words(json['sums']);
  if ('comparison' in json) made['comparison'] = withBytes(json['comparison'] as Plain);
  if ('claims' in json) {
    const claims = json['claims'] as Plain[];
    made['claims'] = claims.map(({ node, items }) => ({ node, items: words(items) }));
  }
  return made;
}

function encodeStandAlone(json: StandAloneJson): Uint8Array {
  const { command, key, tag, base = 0, version, patch, value, digest } = json;
  const [hi, lo] = [digest.slice(0, 8), digest.slice(8)].map((half) => Number.parseInt(half, 16));
  return new DataMsg({
    cmd: command === 'gone' ? 'delete' : command,
    gone: command === 'gone',
    key,
    tag,
    base,
    version,
    digest: { lo: lo as number, hi: hi as number },
    ...(patch === undefined ? {} : { op: opOf(patch) }),
    ...(value === undefined ? {} : { value }),
  }).encode();
}

function encodeFrame({ epoch, from, to, changes, check }: FrameJson): Uint8Array {
  const made = changes.map(({ kind, key, value, patch }) => {
    if (kind === 'delete') return { kind, key };
    if (kind === 'put') return { kind, key, value: value as Value };
    return { kind, key, op: opOf(patch as string) as Op };
  });
  return new Frame(epoch, { from, to }, made, check).encode();
}

// -- from bytes to JSON

/** Plain data: bytes as hex, words as lists, nothing undefined. */
function plain(value: unknown): unknown {
  if (value instanceof Uint8Array) return toHex(value);
  if (value instanceof Uint32Array) return [...value];
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== 'object' || value === null) return value;
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, plain(member)]));
}

function sessionJson(bytes: Uint8Array): unknown {
  const fromHub = ((bytes[0] as number) & 0x40) !== 0;
  const message = fromHub ? decodeHubMessage(bytes) : decodeConsumerMessage(bytes);
  const { kind } = message;
  if (kind === 'chunk') return plain({ kind, ...decodeChunk(message.body) });
  if (kind !== 'mended') return plain(message);
  const input = new ByteReader(message.body);
  const [nonce, dropped] = [readNonce(input), readRising(input)];
  return plain({ kind, nonce, dropped, body: input.bytes(input.remaining) });
}

function standAloneJson(bytes: Uint8Array, before: Value | undefined): unknown {
  const { cmd, key, version, digest, parts, ...message } = DataMsg.decode(bytes);
  const command = parts.gone === true ? 'gone' : cmd;
  const start = { command, key, tag: parts.tag };
  if (cmd === 'delete') return { ...start, version, digest };
  if (cmd !== 'update') return { ...start, version, value: parts.value, digest };
  const patch = new Patch(parts.op);
  const value = applyPatch(before, patch);
  const { base } = message;
  return { ...start, base, version, before, patch: toHex(patch.encode()), value, digest };
}

function frameJson(bytes: Uint8Array): unknown {
  const { epoch, from, to, changes, check } = Frame.decode(bytes);
  const told = changes.map((change) => {
    if (change.kind !== 'patch') return change;
    const { kind, key, op } = change;
    return { kind, key, patch: toHex(new Patch(op).encode()) };
  });
  return { epoch, from, to, changes: told, check };
}

// -- the file

const file = new URL('vectors/messages.json', import.meta.url);
const readVectors = (): Vectors => JSON.parse(readFileSync(file, 'utf8')) as Vectors;

function written<T extends object>(
  vectors: readonly Vector<T>[],
  encode: (message: T) => Uint8Array,
): string {
  const lines = vectors.map(({ name, message }) => {
    if ('protocol' in message) message.protocol = PROTOCOL_VERSION;
    return `    ${asciiJson({ name, message, hex: toHex(encode(message)) })}`;
  });
  return `[\n${lines.join(',\n')}\n  ]`;
}

function writeVectors(vectors: Vectors): void {
  const { protocol, session, standAlone, frames } = vectors;
  const isChanged = <T>(all: readonly Vector<T>[], encode: (message: T) => Uint8Array): boolean =>
    all.some(({ message, hex }) => hex !== undefined && hex !== toHex(encode(message)));
  const changed =
    isChanged(session, encodeSession) ||
    isChanged(standAlone, encodeStandAlone) ||
    isChanged(frames, encodeFrame);
  if (changed && protocol === PROTOCOL_VERSION) throw new Error(ADVICE);
  const lists = [
    `"session":${written(session, encodeSession)}`,
    `"standAlone":${written(standAlone, encodeStandAlone)}`,
    `"frames":${written(frames, encodeFrame)}`,
  ];
  writeFileSync(file, `{\n  "protocol":${PROTOCOL_VERSION},\n  ${lists.join(',\n  ')}\n}\n`);
}

if (process.env['WRITE_VECTORS'] !== undefined) writeVectors(readVectors());
const golden = readVectors();

const titled = <T>(vectors: readonly Vector<T>[]): (readonly [string, Vector<T>])[] =>
  vectors.map((vector) => [vector.name, vector] as const);

describe('C11 the golden vectors of messages', () => {
  it('are of this protocol number, with every kind of message and command', () => {
    expect(golden.protocol, 'rewrite with WRITE_VECTORS=1').toBe(PROTOCOL_VERSION);
    const kinds = new Set(golden.session.map(({ message }) => message.kind));
    expect([...kinds].sort()).toEqual(Object.keys(MESSAGE).sort());
    const commands = new Set(golden.standAlone.map(({ message }) => message.command));
    expect([...commands].sort()).toEqual(['delete', 'gone', 'new', 'retran', 'update']);
    const patches = golden.standAlone.map(({ message }) => message.patch?.slice(0, 2));
    expect(patches).toEqual(expect.arrayContaining(['01', '05', '06']));
  });

  it.each(titled(golden.session))('C1 hold the bytes of a session: %s', (name, vector) => {
    const { message, hex } = vector;
    expect(toHex(encodeSession(message)), `${name}: ${ADVICE}`).toBe(hex);
    expect(sessionJson(fromHex(hex)), `${name}: ${ADVICE}`).toEqual(message);
    expect(plain(decodeSession(fromHex(hex))), 'read by the page').toEqual(message);
  });

  it.each(titled(golden.standAlone))('C1 M8 hold what stands alone: %s', (name, vector) => {
    const { message, hex } = vector;
    const { command, key, tag, base = 0, version, before, value, digest } = message;
    expect(toHex(encodeStandAlone(message)), `${name}: ${ADVICE}`).toBe(hex);
    expect(standAloneJson(fromHex(hex), before), `${name}: ${ADVICE}`).toEqual(message);
    const { apply, ...read } = decodeMessage(fromHex(hex));
    expect(read).toMatchObject({ command, key, tag, base, version, digest });
    expect(JSON.stringify(apply(before))).toBe(JSON.stringify(value));
    expect(value === undefined ? '0'.repeat(16) : digestOf(value)).toBe(digest);
  });

  it.each(titled(golden.frames))('C1 F3 hold the bytes of a frame: %s', (name, vector) => {
    const { stream, before, after, ...told } = vector.message;
    expect(toHex(encodeFrame(vector.message)), `${name}: ${ADVICE}`).toBe(vector.hex);
    expect(frameJson(fromHex(vector.hex)), `${name}: ${ADVICE}`).toEqual(told);
    const { epoch, from, to, changes, check } = decodeFrame(fromHex(vector.hex));
    const held = new Map<Key, unknown>(before);
    for (const { kind, key, apply } of changes) {
      if (kind === 'delete') held.delete(key);
      else held.set(key, apply(held.get(key)));
    }
    expect(JSON.stringify([...held])).toBe(JSON.stringify(after));
    expect(checkOf(collectionWords(held, stream), stream, epoch, from, to)).toBe(check);
  });
});
