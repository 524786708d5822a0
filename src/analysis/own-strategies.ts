import type { Change } from '../cache/change.ts';
import { ChangeWriter } from '../cache/change-writer.ts';
import { ConsumerCache } from '../cache/consumer.ts';
import { Frame } from '../cache/frame.ts';
import { ProducerCache } from '../cache/producer.ts';
import { applyOp } from '../core/apply.ts';
import { ByteWriter, varintLength } from '../core/bytes.ts';
import { ValueWriter } from '../core/value-writer.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { defaultLimits } from '../core/limits.ts';
import type { Op } from '../core/op.ts';
import type { Value } from '../core/value.ts';
import { makeDenseCoder } from '../dense/index.ts';
import { DenseHub } from './dense-hub.ts';
import { TimeShare } from './sampling.ts';
import type { Outcome, Sent } from './tally.ts';
import type { Transition } from './update.ts';
import { frameBytes } from './wire.ts';

/** What an update is at both ends, by each of DiffStream's codecs. */
export interface OwnSent {
  readonly compact: Sent;
  readonly dense: Sent;
  /** One frame of this change alone as it leaves a hub, in bytes. */
  readonly compactWire: number;
  readonly denseWire: number;
  readonly op: Op;
  readonly base: Value;
}

/** A new entry or a deletion. */
export interface OwnPlain {
  readonly compact: number;
  /** Undefined where it was not measured. */
  readonly dense: number | undefined;
  readonly compactWire: number;
  readonly denseWire: number;
}

const CHECK_BYTES = 4;
/** Any will do: bodies of frames do not carry it. */
const EPOCH = { term: 1, incarnation: '0000000000000001' };

/** Bytes of a change's kind and key in a frame of one change. */
function keyPartBytes(key: Key): number {
  const out = new ByteWriter(64);
  new ChangeWriter(new ValueWriter(out)).write({ kind: 'delete', key });
  return out.take().length;
}

/** The bytes in a frame of one change that are not its versions, key and check. */
function contentBytes(frame: Frame, key: Key): number {
  const head = varintLength(frame.from) + varintLength(frame.to - frame.from) + varintLength(1);
  return frame.body().length - head - keyPartBytes(key) - CHECK_BYTES;
}

/**
 * DiffStream's producer and consumer on the same changes, by both codecs. The compact bytes are
 * those of the patch; the dense ones have the key in them, by a coder that never forgets.
 */
export class OwnStrategies {
  readonly #producer = new ProducerCache({ epoch: EPOCH });
  readonly #consumer = new ConsumerCache();
  readonly #writer = makeDenseCoder(defaultLimits);
  readonly #reader = makeDenseCoder(defaultLimits);
  readonly #hub = new DenseHub(defaultLimits);
  readonly #clock: () => number;
  /** For the receivers, who have to get everything or nothing more. */
  readonly #compactShare: TimeShare;
  readonly #denseShare: TimeShare;
  readonly #lookShare: TimeShare;
  /** For the first state, which may be anything in size. */
  readonly #firstShare: TimeShare;
  /** Changes that were too long for the dense coder. */
  tooLong = 0;

  constructor(clock: () => number, shareMs: number) {
    this.#clock = clock;
    this.#compactShare = new TimeShare(shareMs);
    this.#denseShare = new TimeShare(shareMs);
    this.#lookShare = new TimeShare(shareMs);
    this.#firstShare = new TimeShare(shareMs);
  }

  /**
   * `isFirst`: part of the first state, which a hub sends as a snapshot: dense coders take it in
   * only as long as that does not eat up the time. Throws `bad-key` or `bad-value`, and nothing has
   * changed.
   */
  create(key: Key, value: Value, keyBytes: number, isFirst: boolean): OwnPlain {
    this.#producer.set(key, value);
    const change: Change = { kind: 'put', key, value: this.#producer.get(key) as Value };
    const compact = this.#compactPlain(key, keyBytes);
    if (!isFirst) return this.#plain(change, compact);
    const beganMs = this.#clock();
    const dense = this.#firstShare.isUsedUp ? undefined : this.#densePlain(change);
    this.#firstShare.spend(this.#clock() - beganMs);
    return { ...compact, dense, denseWire: compact.compactWire };
  }

  delete(key: Key, keyBytes: number): OwnPlain {
    this.#producer.delete(key);
    return this.#plain({ kind: 'delete', key }, this.#compactPlain(key, keyBytes));
  }

  #compactPlain(key: Key, keyBytes: number): Pick<OwnPlain, 'compact' | 'compactWire'> {
    const frame = this.#latest();
    if (!this.#compactShare.isUsedUp) {
      const beganMs = this.#clock();
      this.#consumer.apply(this.#received(frame));
      this.#compactShare.spend(this.#clock() - beganMs);
    }
    const compact = contentBytes(frame, key) + keyBytes;
    return { compact, compactWire: frameBytes(frame.body().length) };
  }

  #plain(change: Change, own: Pick<OwnPlain, 'compact' | 'compactWire'>): OwnPlain {
    const dense = this.#densePlain(change) ?? own.compact;
    const hubBytes = this.#hub.bodyBytes([change]);
    const denseWire = hubBytes === undefined ? own.compactWire : frameBytes(hubBytes);
    return { ...own, dense, denseWire };
  }

  /** Bytes of what is no change, at both ends; undefined where it would take too long. */
  #densePlain(change: Change): number | undefined {
    const coded = this.#coded(change);
    if (coded === undefined || this.#denseShare.isUsedUp) return coded?.length;
    const beganMs = this.#clock();
    this.#reader.decode(coded, () => undefined);
    this.#denseShare.spend(this.#clock() - beganMs);
    return coded.length;
  }

  /** Undefined where nothing changes. Throws `bad-value`, and nothing has changed. */
  change(transition: Transition): OwnSent | undefined {
    const { key, value, keyBytes } = transition;
    const clock = this.#clock;
    const producer = this.#producer;
    const versionBefore = producer.version;
    const base = producer.get(key) as Value;
    const beganMs = clock();
    producer.set(key, value);
    const setMs = clock() - beganMs;
    if (producer.version === versionBefore) return undefined;
    const frameMs = clock();
    const frame = this.#latest();
    const { length } = frame.body();
    const encodeMs = setMs + clock() - frameMs;
    const [change] = frame.changes;
    if (change?.kind !== 'patch') throw new Error('an update made something else than a patch');
    const looks = !this.#lookShare.isUsedUp;
    const received = this.#receive(frame, transition, looks);
    const codedMs = clock();
    const coded = this.#coded(change);
    const denseMs = setMs + clock() - codedMs;
    const bytes = contentBytes(frame, key) + keyBytes.length;
    const read = this.#read(coded, { base, transition, looks, ...received });
    const compactWire = frameBytes(length);
    const hubBytes = this.#hub.bodyBytes([change]);
    return {
      compact: { bytes, encodeMs, decodeMs: received.decodeMs, outcome: received.outcome },
      dense: { bytes: coded?.length ?? bytes, encodeMs: denseMs, ...read },
      compactWire,
      denseWire: hubBytes === undefined ? compactWire : frameBytes(hubBytes),
      op: change.op,
      base,
    };
  }

  get version(): number {
    return this.#producer.version;
  }

  /** All changes since a version, as one frame. */
  frame(from: number): Frame {
    return this.#producer.frame(from);
  }

  #latest(): Frame {
    return this.frame(this.version - 1);
  }

  #received(frame: Frame): Frame {
    return Frame.decodeBody(frame.body(), EPOCH, defaultLimits);
  }

  #receive(frame: Frame, { key, text }: Transition, looks: boolean): Received {
    if (this.#compactShare.isUsedUp) return { decodeMs: undefined, outcome: undefined };
    const beganMs = this.#clock();
    const isApplied = attempt(() => this.#consumer.apply(this.#received(frame)));
    const decodeMs = this.#clock() - beganMs;
    this.#compactShare.spend(decodeMs);
    if (!isApplied) return { decodeMs, outcome: 'error' };
    if (!looks) return { decodeMs, outcome: undefined };
    const lookMs = this.#clock();
    const isRight = JSON.stringify(this.#consumer.get(key)) === text;
    this.#lookShare.spend(this.#clock() - lookMs);
    return { decodeMs, outcome: isRight ? 'right' : 'value' };
  }

  /** The bytes of a dense frame; undefined where it would take too long. */
  #coded(change: Change): Uint8Array | undefined {
    const coded = this.#writer.encode([change]);
    if (coded !== undefined) return coded;
    this.tooLong++;
    this.#writer.reset();
    this.#reader.reset();
    return undefined;
  }

  /** What is decoded is applied as a compact one is: the time for that is the same. */
  #read(
    coded: Uint8Array | undefined,
    { base, transition, looks, decodeMs: applyMs }: ReadContext,
  ): Received {
    if (coded === undefined || this.#denseShare.isUsedUp) {
      return { decodeMs: undefined, outcome: undefined };
    }
    const beganMs = this.#clock();
    let op: Op | undefined;
    const isRead = attempt(() => {
      const [change] = this.#reader.decode(coded, () => base);
      op = change?.kind === 'patch' ? change.op : undefined;
    });
    const ownMs = this.#clock() - beganMs;
    this.#denseShare.spend(ownMs);
    const decodeMs = applyMs === undefined ? undefined : ownMs + applyMs;
    if (!isRead || op === undefined) return { decodeMs, outcome: 'error' };
    if (!looks) return { decodeMs, outcome: undefined };
    const lookMs = this.#clock();
    const isRight = JSON.stringify(applyOp(base, op)) === transition.text;
    this.#lookShare.spend(this.#clock() - lookMs);
    return { decodeMs, outcome: isRight ? 'right' : 'value' };
  }
}

interface Received {
  readonly decodeMs: number | undefined;
  readonly outcome: Outcome | undefined;
}

interface ReadContext extends Received {
  readonly base: Value;
  readonly transition: Transition;
  readonly looks: boolean;
}

/** Whether it went well; what is wrong with bytes shows as an error in the table. */
function attempt(work: () => void): boolean {
  try {
    work();
    return true;
  } catch (error) {
    if (error instanceof DiffStreamError) return false;
    throw error;
  }
}
