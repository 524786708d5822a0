import { ByteWriter } from '../core/bytes.ts';
import type { HeldPart, Manifest } from './chunk.ts';
import { encodeChunk } from './chunk.ts';
import { encodeHubMessage } from './hub-message-writer.ts';
import { MESSAGE } from './message.ts';
import { encodePart } from './part.ts';

/** The versions that a frame leads between. */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** A frame on its way to consumers, as the messages it takes; made once for all of them. */
export interface Transfer extends Span {
  /** Length of the frame's body, which a consumer has to hold, in bytes. */
  readonly bodyBytes: number;
  /** What it takes at the hub while somebody is in the middle of it, in bytes. */
  readonly heldBytes: number;
  /** How many messages it takes. */
  readonly count: number;
  /** The same array whenever it is asked for. */
  message(index: number): Uint8Array;
  /** How many messages a consumer has already, by what it says it holds. */
  alreadySent(held: HeldPart | undefined): number;
}

/** A frame as it is, in pieces where it is too long for one message. */
export class PartTransfer implements Transfer {
  readonly from: number;
  readonly to: number;
  readonly bodyBytes: number;
  private readonly messages: readonly Uint8Array[];

  /** The last message has this type, those before it are parts. */
  constructor({ from, to }: Span, type: number, body: Uint8Array, partBytes: number) {
    this.from = from;
    this.to = to;
    this.bodyBytes = body.length;
    const parts = inParts(body, partBytes);
    this.messages = parts.map((part, i) =>
      i === parts.length - 1 ? prefixed(type, part) : encodePart(i * partBytes, part),
    );
  }

  get heldBytes(): number {
    return this.bodyBytes;
  }

  get count(): number {
    return this.messages.length;
  }

  message(index: number): Uint8Array {
    return this.messages[index] as Uint8Array;
  }

  alreadySent(): number {
    return 0;
  }
}

/** A packed snapshot: its manifest, then chunks, each made when the first consumer needs it. */
export class ChunkTransfer implements Transfer {
  readonly from = 0;
  readonly to: number;
  readonly bodyBytes: number;
  private readonly manifest: Manifest;
  private readonly parts: readonly Uint8Array[];
  private readonly partBytes: number;
  private readonly messages: (Uint8Array | undefined)[];

  /** Parts of `partBytes`, the last perhaps shorter. */
  constructor(manifest: Manifest, parts: readonly Uint8Array[], partBytes: number) {
    this.to = manifest.to;
    this.bodyBytes = manifest.rawBytes;
    this.manifest = manifest;
    this.parts = parts;
    this.partBytes = partBytes;
    this.messages = [encodeHubMessage({ kind: 'snapshot', manifest })];
  }

  /** Packed, and once more as messages. */
  get heldBytes(): number {
    return 2 * this.manifest.packedBytes;
  }

  get count(): number {
    return 1 + this.parts.length;
  }

  message(index: number): Uint8Array {
    const made = this.messages[index];
    if (made !== undefined) return made;
    const offset = (index - 1) * this.partBytes;
    const bytes = this.parts[index - 1] as Uint8Array;
    return (this.messages[index] = encodeChunk(MESSAGE.chunk, { offset, bytes }));
  }

  alreadySent(held: HeldPart | undefined): number {
    if (held === undefined) return 0;
    const { to, check, packedBytes } = this.manifest;
    const fits = held.to === to && held.check === check && held.bytes < packedBytes;
    return fits && held.bytes % this.partBytes === 0 ? 1 + held.bytes / this.partBytes : 0;
  }
}

/** Bytes in parts of a size, the last perhaps shorter; at least one. */
export function inParts(bytes: Uint8Array, partBytes: number): Uint8Array[] {
  const parts: Uint8Array[] = [];
  for (let at = 0; at === 0 || at < bytes.length; at += partBytes) {
    parts.push(bytes.subarray(at, at + partBytes));
  }
  return parts;
}

function prefixed(type: number, body: Uint8Array): Uint8Array {
  const out = new ByteWriter(body.length + 1);
  out.byte(type);
  out.bytes(body);
  return out.end();
}
