import type { IncomingMessage } from 'node:http';
import { ProducerCache } from '../cache/producer.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { defaultLimits, resolveLimits, withDefaults } from '../core/limits.ts';
import { Listeners } from '../core/listeners.ts';
import { makeDenseCoder } from '../dense/index.ts';
import type { Clock } from '../driver/clock.ts';
import { platformClock } from '../driver/clock.ts';
import { PublisherDriver } from '../driver/drive-publisher.ts';
import { freshEpoch } from '../driver/fresh-epoch.ts';
import { surface } from '../driver/surface.ts';
import { CLOSE } from '../protocol/close-code.ts';
import { encodeMessage } from '../protocol/message-codec.ts';
import type { SessionStatus } from '../protocol/publisher-status.ts';
import { Publisher } from '../protocol/publisher.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import { resolveSessionLimits } from '../protocol/session-limits.ts';
import type { Connection, ConnectionEvents, Visitor } from '../transport/connection.ts';
import type { WsListener } from '../transport/ws-listener.ts';
import { listenWs } from '../transport/ws-listener.ts';
import type { CloseOptions } from './close-options.ts';
import { drainOf } from './close-options.ts';
import { Dashboard } from './dashboard.ts';
import { FaultCount } from './fault-count.ts';
import { Gate } from './gate.ts';
import { prometheusText } from './metrics.ts';
import { OriginRule } from './origin-rule.ts';
import { HUB_STREAM } from './page-row.ts';
import { resolveAuthorizeLimits } from './authorize-limits.ts';
import type { ServeOptions } from './serve-options.ts';
import { SessionNames } from './session-names.ts';
import { checkServeOptions } from './serve-options.ts';
import type { OpenOptions, StreamOptions } from './stream-options.ts';
import { checkSameOptions, checkStreamOptions } from './stream-options.ts';

/** A replica gets dense frames only when it has been there for so long, in ms. */
const SETTLE_MS = 1000;

/** A session with the name of its stream. */
export interface HubSession extends SessionStatus {
  readonly stream: string;
  /** What the consumer calls itself, by `?name=` in its URL; '' where it does not. */
  readonly name: string;
}

interface Stream {
  readonly producer: ProducerCache;
  readonly publisher: Publisher;
  readonly driver: PublisherDriver;
  readonly options: OpenOptions;
}

const CONNECTIONS = {
  connectionsMax: 10_000,
  connectionsPerAddressMax: Number.MAX_SAFE_INTEGER,
};
/** A stream's name is one segment of a URL's path, and none that leads to another. */
const STREAM_NAME = /^(?!\.{1,2}$)[A-Za-z0-9._~-]{1,128}$/;
/** How often a hub that closes looks whether all is sent, in ms. */
const LOOK_EVERY_MS = 20;
/** What it leaves its goodbyes to get away, in ms: a turn or two. */
const GOODBYE_MS = 20;

/** A server of streams: what their producers commit goes to everyone who is connected. */
export class Hub {
  private readonly streams = new Map<string, Stream>();
  private readonly names = new SessionNames();
  private readonly page: { readonly stream: Stream; readonly dashboard: Dashboard } | undefined;
  private readonly origins: OriginRule | undefined;
  private readonly strangers = new Set<Connection>();
  /** Undefined: whoever can reach the port may read. */
  private readonly gate: Gate | undefined;
  private readonly listener: WsListener;
  private readonly host: string;
  private readonly limits: Partial<Limits>;
  private readonly session: SessionLimits;
  private readonly clock: Clock;
  private readonly listeners = new Listeners<[DiffStreamError]>();
  private readonly faults = new FaultCount();
  private sessionCount = 0;
  private closing: Promise<void> | undefined;

  private constructor(listener: WsListener, options: ServeOptions, clock: Clock) {
    this.listener = listener;
    this.host = options.host ?? '127.0.0.1';
    this.limits = options.limits ?? {};
    this.session = resolveSessionLimits(options.session);
    this.clock = clock;
    if (options.origins !== undefined) this.origins = new OriginRule(options.origins);
    this.page = this.openPage(options);
    this.gate = this.openGate(options);
  }

  /** See `serve`. */
  static async open(options: ServeOptions, clock: Clock = platformClock): Promise<Hub> {
    checkServeOptions(options);
    const session = resolveSessionLimits(options.session);
    const { connectionsMax, connectionsPerAddressMax } = options;
    const given = { connectionsMax, connectionsPerAddressMax };
    const connections = withDefaults(CONNECTIONS, given, 1);
    // Connections may come before the hub that will hold the listener is made.
    const self: { hub?: Hub } = {};
    const listener = await listenWs(
      {
        port: options.port ?? 0,
        host: options.host ?? '127.0.0.1',
        server: options.server,
        messageBytesMax: session.requestBytesMax,
        unsentBytesMax: 4 * (session.windowBytes + session.partBytes),
        ...connections,
        http: options.http,
        answer: (...call) => self.hub?.page?.dashboard.door.answer(...call) ?? false,
        admits: (path, request) => (self.hub as Hub).admits(path, request),
        onTurnedAway: (status) => self.hub?.faults.add('', String(status)),
      },
      (path, connection, visitor) => (self.hub as Hub).accept(path, connection, visitor),
    );
    try {
      self.hub = new Hub(listener, options, clock);
      return self.hub;
    } catch (error) {
      await listener.close();
      throw error;
    }
  }

  /** 0 while a server that was passed does not listen yet. */
  get port(): number {
    return this.listener.port;
  }

  /** Where streams live: `${url}/${name}`. */
  get url(): string {
    const { host, port } = this;
    return `${this.listener.scheme}://${host.includes(':') ? `[${host}]` : host}:${port}`;
  }

  /**
   * The producer of a stream; what it commits is published. The same producer for the same
   * name. `bad-argument` for a name that does not fit in a URL, or where the stream is open with
   * other options than these.
   */
  stream<T = unknown>(name: string, options: StreamOptions = {}): ProducerCache<T> {
    if (this.closing !== undefined) throw new DiffStreamError('closed', 'the hub is closed');
    if (typeof name !== 'string' || !STREAM_NAME.test(name)) {
      throw new DiffStreamError(
        'bad-argument',
        `'${name}' cannot name a stream: letters, digits and - . _ ~, at most 128, not . or ..`,
      );
    }
    checkStreamOptions(options);
    const known = this.streams.get(name);
    if (known !== undefined) {
      checkSameOptions(name, known.options, options);
      return known.producer as ProducerCache<T>;
    }
    const stream = this.openStream(name, options);
    this.streams.set(name, stream);
    this.page?.dashboard.account.watch({ name, ...stream });
    return stream.producer as ProducerCache<T>;
  }

  private openStream(name: string, options: StreamOptions): Stream {
    const limits = resolveLimits({ ...this.limits, ...options.limits });
    const epoch = options.epoch ?? freshEpoch();
    const producer = new ProducerCache({ ...options, name, epoch, limits });
    const publisher = new Publisher(producer, this.session, {
      codec: options.codec ?? 'auto',
      makeCoder: makeDenseCoder,
      settleMs: SETTLE_MS,
      limits,
    });
    const driver = new PublisherDriver(publisher, this.clock, {
      nextId: () => ++this.sessionCount,
      onError: (session, error) => this.reportSession(name, session, error),
    });
    producer.onCommit(() => driver.committed());
    return { producer, publisher, driver, options: { ...options, epoch: producer.epoch, limits } };
  }

  private openPage({ dashboard, host = '127.0.0.1' }: ServeOptions): typeof this.page {
    if (dashboard === undefined || dashboard === false) return undefined;
    // Its frames are small, and made for one or two: dense ones would not be worth their work.
    const stream = this.openStream(HUB_STREAM, { codec: 'compact', limits: defaultLimits });
    const options = dashboard === true ? {} : dashboard;
    const { producer, publisher } = stream;
    const isWatched = (): boolean => publisher.sessionCount > 0;
    const nameOf = (session: number): string => this.names.nameOf(session);
    const parts = { options, host, producer, isWatched, nameOf, clock: this.clock };
    return { stream, dashboard: new Dashboard(parts) };
  }

  private openGate({ authorize, authorizeLimits }: ServeOptions): Gate | undefined {
    const limits = resolveAuthorizeLimits(authorizeLimits);
    if (authorize === undefined) return undefined;
    const { session, clock } = this;
    const onError = (name: string, address: string, error: DiffStreamError): void => {
      const stream = this.streams.has(name) ? name : '';
      const what = `a consumer from ${address} of ${JSON.stringify(name.slice(0, 128))}`;
      this.report({ stream, who: `a consumer from ${address}`, what }, error);
    };
    return new Gate({ authorize, limits, session, clock, onError });
  }

  /**
   * Asks `authorize` about everyone who is connected, at once: tokens may have been taken back.
   * Resolves when whoever may not read any longer has been sent away.
   */
  async reauthorize(): Promise<void> {
    await this.gate?.askAgain();
  }

  /** Where the live page is, if there is one. */
  get pageUrl(): string | undefined {
    return this.page === undefined ? undefined : `${this.url.replace(/^ws/, 'http')}/`;
  }

  /** The live page, for those who have something to add to it. */
  get dashboard(): Dashboard | undefined {
    return this.page?.dashboard;
  }

  /** All sessions, with a line on each for people. */
  sessions(): readonly HubSession[] {
    return [...this.streams].flatMap(([stream, { publisher }]) =>
      publisher
        .describe()
        .map((status) => Object.assign({ stream, name: this.names.nameOf(status.id) }, status)),
    );
  }

  /** Counters as Prometheus text (exposition format 0.0.4). */
  metrics(): string {
    return prometheusText(
      [...this.streams].map(([name, { producer, publisher }]) => ({
        name,
        version: producer.version,
        entries: producer.size,
        sessions: publisher.describe(),
        counters: publisher.counters,
        openTransferBytes: publisher.openTransferBytes,
      })),
      this.faults,
    );
  }

  /** Hears what consumers did wrong; their sessions have ended by then. Returns what ends it. */
  onSessionError(listener: (error: DiffStreamError) => void): () => void {
    return this.listeners.add(listener);
  }

  /** Sends what is unsent, says goodbye, and stops listening; a second call waits too. */
  async close(options: CloseOptions = {}): Promise<void> {
    const drainMs = drainOf(options);
    this.closing ??= this.shutDown(drainMs);
    await this.closing;
  }

  private async shutDown(drainMs: number): Promise<void> {
    const deadline = this.clock.nowMs() + drainMs;
    const streams = [...this.streams.values()];
    const isBehind = (): boolean => streams.some(({ publisher }) => publisher.isBehind);
    while (this.clock.nowMs() < deadline && isBehind()) await this.passed(LOOK_EVERY_MS);
    this.gate?.close();
    for (const { driver } of this.streams.values()) driver.close();
    this.page?.dashboard.close();
    this.page?.stream.driver.close();
    for (const connection of this.strangers) connection.close(CLOSE.goingAway, 'closing');
    await this.passed(GOODBYE_MS);
    await this.listener.close();
  }

  private passed(ms: number): Promise<void> {
    return new Promise((resolve) => {
      this.clock.at(this.clock.nowMs() + ms, resolve);
    });
  }

  /** Whether who asks for a path is no web page that must not read it; others are told of. */
  private admits(path: string, request: IncomingMessage): boolean {
    const { origins, page } = this;
    const door = page?.dashboard.door;
    const isOfHub = path === `/${HUB_STREAM}`;
    const admitted = isOfHub
      ? door?.admits(request) !== false
      : origins === undefined || origins.admits(request) || door?.isPage(request) === true;
    if (!admitted) {
      const stream = isOfHub ? HUB_STREAM : this.streams.has(path.slice(1)) ? path.slice(1) : '';
      const option = isOfHub ? 'dashboard.origins' : 'origins';
      const cause = `refused: the origin ${request.headers.origin} is not among ${option}`;
      const event = { stream, who: 'a web page', what: 'error', from: 0, to: 0, cause } as const;
      page?.dashboard.tell(event, 'origin');
    }
    return admitted;
  }

  private accept(path: string, connection: Connection, visitor: Visitor): ConnectionEvents {
    const stream = path.slice(1);
    const enter = (sentBytes: number): ConnectionEvents =>
      this.enter(stream, connection, { query: visitor.query, sentBytes });
    if (this.gate === undefined || this.closing !== undefined) return enter(0);
    return this.gate.accept({ stream, connection, visitor }, enter);
  }

  private enter(
    name: string,
    connection: Connection,
    { query, sentBytes }: { readonly query: string; readonly sentBytes: number },
  ): ConnectionEvents {
    if (this.closing !== undefined) return sentAway(connection);
    const stream = name === HUB_STREAM ? this.page?.stream : this.streams.get(name);
    if (stream === undefined) return this.turnAway(name, connection);
    const accepted = stream.driver.accept(connection, sentBytes);
    if (name === HUB_STREAM) this.page?.dashboard.wake();
    return this.names.named(query, accepted);
  }

  /** There is no such stream, yet: a consumer is told, and comes again later. */
  private turnAway(name: string, connection: Connection): ConnectionEvents {
    this.strangers.add(connection);
    const cancel = this.clock.at(this.clock.nowMs() + this.session.helloTimeoutMs, () => {
      this.faults.add('', 'timeout');
      connection.close(CLOSE.policy, 'no hello');
    });
    const refuse = (): void => {
      this.faults.add('', 'unknown-stream');
      const shown = JSON.stringify(name.slice(0, 128));
      connection.send(
        encodeMessage({
          kind: 'refusal',
          code: 'unknown-stream',
          reason: `there is no stream ${shown} here`,
          retryAfterMs: this.session.heartbeatMs,
        }),
      );
      connection.close(CLOSE.refused, 'unknown-stream');
    };
    return {
      opened: () => {},
      received: refuse,
      receivedText: () => {
        this.faults.add('', 'unexpected-message');
        connection.close(CLOSE.wrongType, 'messages have to be binary');
      },
      closed: () => {
        cancel();
        this.strangers.delete(connection);
      },
    };
  }

  private reportSession(stream: string, session: number, error: Error): void {
    const who = this.page?.dashboard.account.whoIs(session) ?? '';
    this.report({ stream, who, what: `session ${session} of '${stream}'` }, error);
  }

  /** `what`: who that was, for those who have no page to look at. */
  private report(
    { stream, who, what }: { stream: string; who: string; what: string },
    error: Error,
  ): void {
    const known = error instanceof DiffStreamError ? error : undefined;
    const details = { cause: error, ...(known === undefined ? {} : { blame: known.blame }) };
    const told = new DiffStreamError(
      known?.code ?? 'malformed',
      `${what}: ${error.message}`,
      details,
    );
    this.faults.add(stream === HUB_STREAM ? '' : stream, told.code);
    const cause = `${told.code}: ${error.message}`;
    const event = { stream, who, what: 'error', from: 0, to: 0, cause } as const;
    // A thousand sessions with the same fault, each with words of its own, are one thing to see.
    this.page?.dashboard.tell(event, told.code);
    surface(this.listeners.tell(told));
  }
}

/** For who comes while the hub is closing. */
function sentAway(connection: Connection): ConnectionEvents {
  connection.close(CLOSE.goingAway, 'the hub is closing');
  const ignore = (): void => {};
  return { opened: ignore, received: ignore, receivedText: ignore, closed: ignore };
}

/**
 * Opens a hub. Rejects with `address-in-use` where the port is taken, `missing-dependency`
 * where the package `ws` is not installed.
 */
export function serve(options: ServeOptions = {}): Promise<Hub> {
  return Hub.open(options);
}
