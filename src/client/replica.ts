// For those whose `lib` ends before it, as that of many a page does.
/// <reference lib="esnext.disposable" preserve="true" />
import { FrameConsumer } from '../cache/frame-consumer.ts';
import { ReadMap } from '../cache/read-map.ts';
import type { Applied, Entry, Head, Token } from '../cache/entry.ts';
import { isVersion } from '../cache/entry.ts';
import type { Epoch, EpochOrder, EpochTag } from '../cache/epoch.ts';
import {
  compareEpochs,
  compareTags,
  epochTag,
  namesEpoch,
  parseEpoch,
  tagNamedBy,
} from '../cache/epoch.ts';
import { DiffStreamError } from '../core/errors.ts';
import { checkKey } from '../core/caller-key.ts';
import type { Key } from '../core/key.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import { Listeners } from '../core/listeners.ts';
import type { OptionKinds } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-kinds.ts';
import type { Clock } from '../driver/clock.ts';
import { SubscriberDriver } from '../driver/drive-subscriber.ts';
import { surface } from '../driver/surface.ts';
import type { Codec, FrameDecoderMaker } from '../protocol/frame-coder.ts';
import type { Nonce } from '../protocol/nonce.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import type { ChangeEvent, Status } from '../protocol/output.ts';
import type { Progress } from '../protocol/snapshot-receiver.ts';
import type { SubscriberStats } from '../protocol/subscriber-stats.ts';
import { checkedToken, hiddenProof } from '../protocol/proof.ts';
import { resolveSessionLimits } from '../protocol/session-limits.ts';
import { Subscriber } from '../protocol/subscriber.ts';
import type { Dial } from '../transport/connection.ts';
import { ConflatedChanges } from './changes.ts';
import { renewToken } from './renewed-token.ts';
import type { TokenSource } from './renewed-token.ts';
import { checkSignal, whenAborted } from './when-aborted.ts';

export interface ConnectOptions {
  /**
   * Proof of who this is; it travels in the hello, since browsers cannot set headers. A function is
   * asked before each connection, so that what expires can be renewed; then `unauthorized` leads to
   * another attempt, after a pause, in place of the end. At most 3,072 bytes.
   */
  readonly token?: string | TokenSource;
  /** Closes the replica when it aborts. */
  readonly signal?: AbortSignal;
  readonly limits?: Partial<Limits>;
  readonly session?: Partial<SessionLimits>;
  /**
   * `compact`: takes compact frames only, and never loads what reads dense ones. Otherwise both,
   * as the hub chooses. Default `auto`.
   */
  readonly codec?: Codec;
}

export interface WaitOptions {
  /** Ends the wait when it aborts. */
  readonly signal?: AbortSignal;
}

const WAIT_OPTIONS: OptionKinds<WaitOptions> = { signal: 'object' };

/** What a replica needs of its platform. */
export interface ReplicaHost {
  readonly dial: Dial;
  readonly clock: Clock;
  readonly seed: Nonce;
  /** Loads what reads dense frames. */
  readonly loadCoder: () => Promise<FrameDecoderMaker>;
}

export interface ReplicaStats extends SubscriberStats {
  /** Versions that the hub is known to be ahead. */
  readonly lagVersions: number;
  /** Since this copy was last known to be the present state, in ms; NaN: never yet. */
  readonly ageMs: number;
}

interface Waiter {
  readonly token: Token;
  readonly resolve: () => void;
  readonly reject: (error: DiffStreamError) => void;
}

/**
 * A live copy of a stream: a ReadonlyMap that follows its hub, checks every step, and comes
 * back by itself. Values are frozen; an unchanged value stays the very same object.
 */
export class Replica<T> extends ReadMap<T> implements AsyncDisposable {
  /** Resolves when live for the first time; rejects if closed before. */
  readonly ready: Promise<void>;
  protected readonly store: ReadonlyMap<Key, Entry>;
  private readonly cache: FrameConsumer<T>;
  private readonly subscriber: Subscriber<T>;
  private readonly driver: SubscriberDriver<T>;
  private readonly clock: Clock;
  private readonly limits: Limits;
  private readonly frameListeners = new Listeners<[ChangeEvent<T>]>();
  private readonly keyListeners = new Map<Key, Listeners<[Applied<T>]>>();
  private readonly statusListeners = new Listeners<[Status]>();
  private readonly errorListeners = new Listeners<[DiffStreamError]>();
  private readonly progressListeners = new Listeners<[Progress]>();
  private readonly streams = new Set<ConflatedChanges<T>>();
  private readonly waiters = new Set<Waiter>();
  private settleReady: { resolve: () => void; reject: (error: Error) => void } | undefined;
  private lastError: DiffStreamError | undefined;
  /** Ends listening to the signal, which may live much longer than this. */
  private forgetSignal: () => void = () => {};

  constructor(url: string, host: ReplicaHost, options: ConnectOptions) {
    super();
    const { token = '', limits = {}, session = {} } = options;
    this.clock = host.clock;
    this.limits = resolveLimits(limits);
    this.cache = new FrameConsumer<T>({ name: streamNameOf(url), limits });
    this.store = this.cache.entriesHeld;
    const isRenewed = typeof token === 'function';
    const proof = hiddenProof(isRenewed ? '' : checkedToken(token), isRenewed);
    this.subscriber = new Subscriber(this.cache, { seed: host.seed, proof, limits, session });
    const patience = { clock: host.clock, waitMs: resolveSessionLimits(session).answerTimeoutMs };
    this.driver = new SubscriberDriver(this.subscriber, {
      url,
      dial: host.dial,
      clock: host.clock,
      prepare: isRenewed
        ? (signal) => renewToken(proof, token, { ...patience, signal })
        : undefined,
      events: {
        changes: (event) => this.onChanges(event),
        progress: (progress) => surface(this.progressListeners.tell(progress)),
        status: (status) => this.onStatus(status),
        error: (error) => this.onError(error),
      },
    });
    this.ready = new Promise((resolve, reject) => {
      this.settleReady = { resolve, reject };
    });
    // Nobody has to wait for it.
    this.ready.catch(() => {});
    this.follow(options.signal);
    if (options.signal?.aborted !== true) void this.start(host, options.codec ?? 'auto');
  }

  /** Where the reader of dense frames cannot be had, compact ones do. */
  private async start({ loadCoder }: ReplicaHost, codec: Codec): Promise<void> {
    if (codec !== 'compact') {
      const makeCoder = await loadCoder().catch(() => undefined);
      if (makeCoder !== undefined) this.subscriber.frames.takeDense(makeCoder);
    }
    if (this.status !== 'closed') this.driver.start();
  }

  private follow(signal: AbortSignal | undefined): void {
    const abort = (): void => void this.close();
    if (signal?.aborted === true) return abort();
    if (signal !== undefined) this.forgetSignal = whenAborted(signal, abort);
  }

  get status(): Status {
    return this.subscriber.status;
  }

  get stats(): ReplicaStats {
    return {
      ...this.subscriber.stats,
      lagVersions: this.subscriber.lagVersions,
      ageMs: this.subscriber.ageMs(this.clock.nowMs()),
    };
  }

  /** The version held. */
  get version(): number {
    return this.cache.version;
  }

  /** Where this copy stands; undefined before anything has arrived. */
  head(): Head | undefined {
    return this.cache.head();
  }

  override get [Symbol.toStringTag](): string {
    return 'Replica';
  }

  /**
   * Calls back once for each frame, or for each frame that touches a key. Returns what ends it.
   * `bad-key` for what can be no key.
   */
  subscribe(listener: (event: ChangeEvent<T>) => void): () => void;
  subscribe(key: Key, listener: (change: Applied<T>) => void): () => void;
  subscribe(
    ...args: [(event: ChangeEvent<T>) => void] | [Key, (change: Applied<T>) => void]
  ): () => void {
    if (args.length === 1) return this.frameListeners.add(args[0]);
    const [key, listener] = args;
    const known = this.keyListeners.get(checkKey(key, this.limits));
    const listeners = known ?? new Listeners();
    const end = listeners.add(listener);
    if (known === undefined) this.keyListeners.set(key, listeners);
    return () => {
      end();
      // Called a second time it may find the listeners of somebody else there.
      const done = listeners.isEmpty && this.keyListeners.get(key) === listeners;
      if (done) this.keyListeners.delete(key);
    };
  }

  /** The changes from now on, for a loop; while it is busy they are merged by key. */
  changes(): AsyncIterableIterator<ChangeEvent<T>, undefined> {
    const stream = new ConflatedChanges<T>(() => this.streams.delete(stream));
    if (this.status === 'closed') stream.end();
    else this.streams.add(stream);
    return stream;
  }

  /** Returns what ends it. `bad-argument` for another event: changes come by `subscribe`. */
  on(event: 'status', listener: (status: Status) => void): () => void;
  on(event: 'error', listener: (error: DiffStreamError) => void): () => void;
  /** How much of a snapshot has arrived; for large ones only. */
  on(event: 'progress', listener: (progress: Progress) => void): () => void;
  on(
    ...args:
      | ['status', (status: Status) => void]
      | ['error', (error: DiffStreamError) => void]
      | ['progress', (progress: Progress) => void]
  ): () => void {
    if (args[0] === 'status') return this.statusListeners.add(args[1]);
    if (args[0] === 'error') return this.errorListeners.add(args[1]);
    if (args[0] === 'progress') return this.progressListeners.add(args[1]);
    throw noEventError(args[0]);
  }

  /**
   * Resolves when this copy has seen a write: read your writes. Rejects with `stale-epoch`
   * where a newer producer has taken over, `aborted` by the signal, `closed` at the end,
   * `bad-argument` for what is no token.
   */
  async atLeast(token: Token, options: WaitOptions = {}): Promise<void> {
    checkOptions('atLeast', options, WAIT_OPTIONS);
    const { signal } = options;
    checkSignal('atLeast', signal);
    if (!isToken(token)) throw noTokenError(token);
    if (signal?.aborted === true) throw abortError(signal);
    if (this.status === 'closed') throw closedError();
    await new Promise<void>((resolve, reject) => {
      const abort = (): void => {
        this.waiters.delete(waiter);
        reject(abortError(signal as AbortSignal));
      };
      const forget = signal === undefined ? undefined : whenAborted(signal, abort);
      const done = <A extends unknown[]>(settle: (...values: A) => void) => {
        return (...values: A): void => {
          forget?.();
          settle(...values);
        };
      };
      const waiter: Waiter = { token, resolve: done(resolve), reject: done(reject) };
      this.waiters.add(waiter);
      this.checkWaiter(waiter);
    });
  }

  /** Ends the connection; what is held stays readable. */
  close(): Promise<void> {
    this.forgetListeners();
    this.driver.close();
    return Promise.resolve();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  private onChanges(event: ChangeEvent<T>): void {
    this.checkWaiters();
    for (const stream of this.streams) stream.push(event);
    surface(this.frameListeners.tell(event));
    if (this.keyListeners.size === 0) return;
    for (const change of event.changes) {
      const listeners = this.keyListeners.get(change[1]);
      if (listeners !== undefined) surface(listeners.tell(change));
    }
  }

  /** All but those to the status, who hear that it is closed. */
  private forgetListeners(): void {
    this.frameListeners.clear();
    for (const listeners of this.keyListeners.values()) listeners.clear();
    this.keyListeners.clear();
    this.errorListeners.clear();
    this.progressListeners.clear();
  }

  private onStatus(status: Status): void {
    if (status === 'live') {
      this.settleReady?.resolve();
      this.checkWaiters();
    }
    if (status === 'closed') {
      this.forgetListeners();
      this.settleReady?.reject(this.lastError ?? closedError());
      for (const waiter of this.waiters) waiter.reject(closedError());
      this.waiters.clear();
      for (const stream of this.streams) stream.end();
      this.streams.clear();
      this.forgetSignal();
    }
    surface(this.statusListeners.tell(status));
  }

  private onError(error: DiffStreamError): void {
    this.lastError = error;
    surface(this.errorListeners.tell(error));
  }

  private checkWaiters(): void {
    for (const waiter of this.waiters) this.checkWaiter(waiter);
  }

  private checkWaiter(waiter: Waiter): void {
    const epoch = this.cache.currentEpoch;
    if (epoch === undefined) return;
    const { token } = waiter;
    const order = orderOf(token.epoch, epoch);
    // A token of an epoch that is still to come is waited for.
    if (order === 'newer') return;
    if (order === 'same') {
      if (this.cache.version < token.version) return;
      waiter.resolve();
    } else {
      const what = 'the producer that made this write has been replaced by another';
      waiter.reject(new DiffStreamError('stale-epoch', what, { recovery: 'give-up' }));
    }
    this.waiters.delete(waiter);
  }
}

/** How the epoch that a token names, in full or as a tag, stands to the one held. */
function orderOf(text: string, held: Epoch): EpochOrder {
  if (namesEpoch(text, held)) return 'same';
  if (text.includes('.')) return compareEpochs(held, parseEpoch(text));
  return compareTags(epochTag(held), tagNamedBy(text) as EpochTag);
}

function isToken(token: Partial<Token> | undefined): token is Token {
  const { epoch, version } = token ?? {};
  return typeof epoch === 'string' && isVersion(version) && tagNamedBy(epoch) !== undefined;
}

function noTokenError(token: unknown): DiffStreamError {
  const { epoch, version } = Object(token) as Partial<Token>;
  const what = `there is no version ${String(version)} of an epoch '${String(epoch)}'`;
  return new DiffStreamError('bad-argument', `${what}: pass the token of a message or frame`);
}

function noEventError(event: unknown): DiffStreamError {
  const what = `a replica has no event '${String(event)}', but status, error and progress`;
  return new DiffStreamError('bad-argument', `${what}; changes come by subscribe`);
}

function closedError(): DiffStreamError {
  return new DiffStreamError('closed', 'the replica is closed');
}

function abortError(signal: AbortSignal): DiffStreamError {
  return new DiffStreamError('aborted', 'waiting was aborted', { cause: signal.reason });
}

/** The last segment of a URL's path: the stream's name, which seeds the collection digest. */
function streamNameOf(url: string): string {
  const path = new URL(url).pathname;
  return path.slice(path.lastIndexOf('/') + 1);
}
