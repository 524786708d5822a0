import type { ByteWriter } from '../core/bytes.ts';
import { ByteReader, bytesOf, checkBytes } from '../core/bytes.ts';
import { ValueReader } from '../core/value-reader.ts';
import { ValueWriter } from '../core/value-writer.ts';
import type { Digest } from '../core/digest.ts';
import { ABSENT, digestText, sameDigest } from '../core/digest.ts';
import { malformed } from '../core/errors.ts';
import { chain, lane, mix } from '../core/hash.ts';
import type { Key } from '../core/key.ts';
import { keyText, readIntegerKey, readStringKey, writeIntegerKey } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { limitExceeded, resolveLimits } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import { Patch } from '../core/patch.ts';
import { readPatch } from '../core/patch-reader.ts';
import { writePatch } from '../core/patch-writer.ts';
import type { Value } from '../core/value.ts';
import { chainNumber, keyInto } from './collection-digest.ts';
import type { Token } from './entry.ts';
import type { EpochTag } from './epoch.ts';
import { readTag, tagText, writeTag } from './epoch.ts';

export type Command = 'new' | 'update' | 'delete' | 'retran';

const commands: readonly Command[] = ['new', 'update', 'delete', 'retran'];
/** The number of a delete that answers a `retran`. */
const GONE = commands.length;
/** First byte: this, plus twice the command's number, plus one for a string key. */
const DATA_MSG_MARK = 0x10;

/** What a message is made of; `base` is 0 unless the command is `update`. */
export interface DataMsgParts {
  readonly cmd: Command;
  readonly key: Key;
  readonly tag: EpochTag;
  readonly base: number;
  readonly version: number;
  readonly digest: Digest;
  /** For `update`; undefined: nothing changed. */
  readonly op?: Op | undefined;
  /** True for a delete that answers a `retran`: not what its version did, only how it stands. */
  readonly gone?: boolean | undefined;
  /** For `new` and `retran`. */
  readonly value?: Value | undefined;
  /** The epoch in full, where it is known. */
  readonly epoch?: string | undefined;
}

/**
 * One change of one key, complete in itself: it can go over any transport, lossy or
 * unordered. Bytes:
 *
 *   mark, key, 6 bytes epoch tag, then
 *     update           varint base, varint version - base, patch
 *     new, retran      varint version, value
 *     delete           varint version
 *   8 bytes: digest of the value after, XOR a hash of everything before the patch
 *
 * The XOR makes the eight bytes cover the header too: with any header bit changed the digest
 * comes out wrong, so that a message cannot hit another key, or pass for a newer one.
 */
export class DataMsg<T = unknown> {
  readonly cmd: Command;
  readonly key: Key;
  /** The version of the entry that an `update` starts from; 0 for the other commands. */
  readonly base: number;
  /** The version of the collection that this message leads to. */
  readonly version: number;
  readonly parts: DataMsgParts;
  /** Only there for the compiler: what kind of value the key has. */
  declare readonly valueType?: T;
  private bytes: Uint8Array<ArrayBuffer> | undefined;

  constructor(parts: DataMsgParts) {
    this.parts = parts;
    this.cmd = parts.cmd;
    this.key = parts.key;
    this.base = parts.base;
    this.version = parts.version;
  }

  /** What a reader has to have seen to see this write. */
  get token(): Token {
    const { epoch, tag, version } = this.parts;
    return { epoch: epoch ?? tagText(tag), version };
  }

  /** 16 hexadecimal digits: the digest of the value after; all zero for a deletion. */
  get digest(): string {
    return digestText(this.parts.digest);
  }

  /** The patch of an `update`: means something on the entry at version `base`. */
  patch(): Patch {
    return new Patch(this.parts.op);
  }

  /** The same array at every call: do not write into it. */
  encode(): Uint8Array<ArrayBuffer> {
    return (this.bytes ??= bytesOf((out) => this.write(out)));
  }

  private write(out: ByteWriter): void {
    const { parts } = this;
    const values = new ValueWriter(out);
    const stringKey = typeof parts.key === 'string';
    out.byte(DATA_MSG_MARK + numberOf(parts) * 2 + (stringKey ? 1 : 0));
    if (typeof parts.key === 'string') out.text(parts.key);
    else writeIntegerKey(out, parts.key);
    writeTag(out, parts.tag);
    if (parts.cmd === 'update') {
      out.varint(parts.base);
      out.varint(parts.version - parts.base);
      writePatch(values, parts.op);
    } else {
      out.varint(parts.version);
      if (parts.cmd !== 'delete') values.value(parts.value as Value);
    }
    headerInto(parts, numberOf(parts));
    out.u32(parts.digest.lo ^ lane.lo);
    out.u32(parts.digest.hi ^ lane.hi);
  }

  /** Reads bytes from `encode`. Whatever they are, throws `malformed` or `limit-exceeded` only. */
  static decode<T = unknown>(bytes: Uint8Array, limits?: Partial<Limits>): DataMsg<T> {
    checkBytes(bytes);
    const bounds = resolveLimits(limits);
    if (bytes.length > bounds.frameBytesMax) {
      const what = `a message of ${bytes.length} bytes`;
      throw limitExceeded('frameBytesMax', bounds.frameBytesMax, what);
    }
    const input = new ByteReader(bytes);
    const mark = input.byte() - DATA_MSG_MARK;
    const gone = mark >> 1 === GONE;
    const cmd = gone ? 'delete' : commands[mark >> 1];
    if (mark < 0 || cmd === undefined) throw malformed('this is not a data message');
    const key = (mark & 1) === 1 ? readStringKey(input, bounds) : readIntegerKey(input);
    const tag = readTag(input);
    const first = input.varint();
    const base = cmd === 'update' ? first : 0;
    const version = cmd === 'update' ? first + input.varint() : first;
    if (!Number.isSafeInteger(version)) throw malformed('a version beyond 2^53 - 1');
    const values = new ValueReader(input, bounds);
    const op = cmd === 'update' ? readPatch(values) : undefined;
    if (cmd === 'update' && (base === version) !== (op === undefined)) {
      throw malformed('an update that changes nothing to another version, or something within one');
    }
    const value = cmd === 'new' || cmd === 'retran' ? values.value(0) : undefined;
    const digest = { lo: input.u32(), hi: input.u32() };
    input.finish();
    const parts = { cmd, key, tag, base, version, digest, op, gone, value, epoch: undefined };
    headerInto(parts, mark >> 1);
    digest.lo = (digest.lo ^ lane.lo) >>> 0;
    digest.hi = (digest.hi ^ lane.hi) >>> 0;
    if (cmd === 'delete' && !sameDigest(digest, ABSENT)) {
      throw malformed('a deletion that was damaged on its way');
    }
    return new DataMsg(parts);
  }

  toString(): string {
    return `${this.cmd} ${keyText(this.key)} ${this.base}->${this.version}`;
  }
}

function numberOf({ cmd, gone }: Pick<DataMsgParts, 'cmd' | 'gone'>): number {
  return gone === true ? GONE : commands.indexOf(cmd);
}

/** Hash of a message's header into `lane`. */
function headerInto({ key, tag, base, version }: DataMsgParts, number: number): void {
  keyInto(key);
  chain(number);
  chainNumber(tag);
  chainNumber(base);
  chainNumber(version);
  mix(lane.lo, lane.hi);
}
