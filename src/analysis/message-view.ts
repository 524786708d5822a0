import { Buffer } from 'node:buffer';

import type { Frame } from '../cache/frame.ts';
import type { Key } from '../core/key.ts';
import { defaultLimits } from '../core/limits.ts';
import { DeflateContext, hasDeflateContext } from './deflate-context.ts';
import { DenseHub } from './dense-hub.ts';
import { LaterMean } from './later-mean.ts';
import { levelOf, TimeShare } from './sampling.ts';
import { gzipEach } from './stateless.ts';
import type { CoreBytes } from './strategies.ts';
import { addBytes, noBytes } from './strategies.ts';
import { PlainTally } from './tally.ts';
import type { Together } from './update.ts';
import { frameBytes, messageBytes } from './wire.ts';

/**
 * Longer messages count as several, in JSON bytes and entries: compressors see 32 KB, so that it
 * makes no difference to them, and the journal that frames are made from has to reach back so far.
 */
const MESSAGE_BYTES_MAX = 1024 * 1024;
const MESSAGE_ENTRIES_MAX = 8192;

/** What was sent before the first message of several entries. */
export interface SentBefore {
  readonly wire: CoreBytes;
  readonly updates: number;
}

export interface MessageSource {
  /** The producer's frame from a version to its present one. */
  readonly frame: (from: number) => Frame;
  readonly version: () => number;
  readonly clock: () => number;
  /** How much time samples may take, in ms. */
  readonly shareMs: number;
}

/**
 * The same updates with those that came together in one message: one frame of DiffStream's, and one
 * message of all new values for the others. Where a key comes twice in a message, its last state
 * counts, for all alike.
 */
export class MessageView {
  readonly by: Together['by'];
  readonly #source: MessageSource;
  readonly #context = hasDeflateContext() ? new DeflateContext() : undefined;
  readonly #contextTimes = new LaterMean();
  readonly #hub = new DenseHub(defaultLimits);
  readonly #gzip = new PlainTally();
  readonly #gzipShare: TimeShare;
  readonly #open = new Map<Key, Buffer>();
  #openBytes = 0;
  #from = 0;
  #message: Together | undefined;
  /** All messages after the first state, with what the socket puts before them. */
  readonly wire: CoreBytes = noBytes();
  messages: number;
  /** Changes, new entries and deletions in them. */
  updates: number;

  constructor(by: Together['by'], source: MessageSource, before: SentBefore) {
    this.by = by;
    this.#source = source;
    this.#gzipShare = new TimeShare(source.shareMs);
    addBytes(this.wire, before.wire);
    this.messages = before.updates;
    this.updates = before.updates;
    this.#gzip.add(undefined, before.wire['full-json']);
  }

  /** Gzip of each message, with what the socket puts before it; scaled where some were left out. */
  get gzipBytes(): number {
    return this.#gzip.bytes;
  }

  /** Mean work of a deflate context for one message, in µs. */
  get contextUs(): number {
    return this.#contextTimes.us;
  }

  /** An update is about to come that belongs to this message; undefined: to none but its own. */
  begin(message: Together | undefined): void {
    if (message === undefined || message !== this.#message) this.end();
    this.#message = message;
  }

  /** Part of the first state: it counts nowhere, but compressors have seen it. */
  addFirst(...parts: readonly Uint8Array[]): void {
    this.#context?.pack(Buffer.concat(parts));
  }

  /** The producer has just committed it. No `bytes`: a deletion. */
  add(key: Key, keyBytes: Uint8Array, bytes: Uint8Array = new Uint8Array()): void {
    if (this.#open.size === 0) this.#from = this.#source.version() - 1;
    const held = this.#open.get(key)?.length ?? 0;
    const part = Buffer.concat([keyBytes, bytes]);
    this.#open.set(key, part);
    this.#openBytes += part.length - held;
    if (this.#openBytes >= MESSAGE_BYTES_MAX || this.#open.size >= MESSAGE_ENTRIES_MAX) this.end();
  }

  /** The open message is whole: it is sent. */
  end(): void {
    if (this.#open.size === 0) return;
    const message = Buffer.concat([...this.#open.values()]);
    const frame = this.#source.frame(this.#from);
    const compact = frameBytes(frame.body().length);
    const dense = frame.changes.length > 0 ? this.#hub.bodyBytes(frame.changes) : undefined;
    const full = messageBytes(message.length);
    addBytes(this.wire, {
      'full-json': full,
      'deflate-context': this.#packed(message) ?? full,
      compact,
      dense: dense === undefined ? compact : frameBytes(dense),
    });
    this.#gzip.add(this.#zipped(message), full);
    this.messages++;
    this.updates += this.#open.size;
    this.#open.clear();
    this.#openBytes = 0;
  }

  close(): void {
    this.#context?.close();
  }

  #packed(message: Buffer): number | undefined {
    if (this.#context === undefined) return undefined;
    const beganMs = this.#source.clock();
    const { length } = this.#context.pack(message);
    this.#contextTimes.add(this.#source.clock() - beganMs);
    return messageBytes(length);
  }

  #zipped(message: Buffer): number | undefined {
    if (!this.#gzipShare.takes(levelOf(this.messages))) return undefined;
    const beganMs = this.#source.clock();
    const length = gzipEach.create(message);
    this.#gzipShare.spend(this.#source.clock() - beganMs);
    return messageBytes(length);
  }
}
