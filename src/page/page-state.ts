import { connect } from '../client/browser.ts';
import type { Replica, Status } from '../client/browser.ts';
import type { PageRequest, PageRow, ReplicaAct, StreamRow } from '../server/page-row.ts';
import { HUB_STREAM } from '../server/page-row.ts';
import { emptyModel, hubModel } from './hub-model.ts';
import type { HubModel } from './hub-model.ts';
import { ReplicaWatch } from './replica-watch.ts';
import { TrafficHistory } from './traffic-history.ts';

/** Milliseconds between two drawings of the page at least. */
const DRAW_EVERY_MS = 250;
/** A larger stream is followed only when somebody asks for it; bytes of JSON. */
const FOLLOWED_BYTES_MAX = 16_000_000;
/** Milliseconds between two reports of this page's replica to a demo. */
const REPORT_EVERY_MS = 500;

const WANTS_TOKEN = 'not without a token that the hub takes: add #token=… to the address';

/** The page's own replica in a demo, by name. */
export const OWN_NAME = 'browser';

/** All that is drawn, at one moment. */
export interface PageState {
  /** When that was, by the page's clock, which nobody sets back. */
  readonly nowMs: number;
  /** Of the page's view of the hub itself. */
  readonly status: Status;
  /** Why it is closed, if it is. */
  readonly refusal: string;
  readonly model: HubModel;
  readonly history: TrafficHistory;
  readonly watch: ReplicaWatch | undefined;
  /** The stream that is looked at, whether or not it is followed. */
  readonly stream: StreamRow | undefined;
  /** Whether there are buttons. */
  readonly canAct: boolean;
  /** What came of the last button, where it did nothing. */
  readonly problem: string;
}

/** What the page knows, and tells whoever draws it, at most four times a second. */
export class PageStore {
  private readonly origin: string;
  private readonly secret: string;
  private readonly token: string;
  private readonly hub: Replica<PageRow>;
  private readonly history = new TrafficHistory();
  private readonly listeners = new Set<() => void>();
  private model = emptyModel;
  private watch: ReplicaWatch | undefined;
  private wanted: string | undefined;
  private problem = '';
  private refusal = '';
  private state: PageState;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private drawnMs = -DRAW_EVERY_MS;

  /**
   * `host`: of the hub, with its port. `secret`: '' where there are no buttons. `token`: '' where
   * none is shown.
   */
  constructor(options: { host: string; isSecure: boolean; secret: string; token: string }) {
    const { host, isSecure, secret, token } = options;
    this.token = token;
    this.origin = `${isSecure ? 'wss' : 'ws'}://${host}`;
    this.secret = secret;
    this.hub = connect(`${this.origin}/${HUB_STREAM}?name=page`, { codec: 'compact', token });
    this.hub.subscribe(() => this.take());
    this.hub.on('status', () => this.draw());
    this.hub.on('error', ({ code, message }) => {
      this.refusal = code === 'unauthorized' ? WANTS_TOKEN : message;
    });
    this.state = this.current();
    document.addEventListener('visibilitychange', () => this.draw());
    if (secret !== '') setInterval(() => this.report(), REPORT_EVERY_MS);
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly snapshot = (): PageState => this.state;

  /** Follows a stream, however large it is. */
  readonly follow = (name: string): void => {
    this.wanted = name;
    this.open(name);
    this.draw();
  };

  /** Looks at a stream; a large one is not followed yet. */
  readonly choose = (name: string): void => {
    this.wanted = name;
    // Its copy is right as it is: to fetch it once more would cost the hub, and show nothing new.
    if (this.watch?.stream === name && this.watch.replica.status === 'live') return;
    this.watch?.close();
    this.watch = undefined;
    this.openWanted();
    this.draw();
  };

  /** Does something to the network of a replica. */
  readonly act = (replica: string, act: ReplicaAct): void => {
    void this.post({ kind: 'act', replica, act });
  };

  private take(): void {
    this.model = hubModel(this.hub.values());
    this.history.add(this.model);
    this.openWanted();
    const own = this.model.streams.find(({ name }) => name === this.watch?.stream);
    if (own !== undefined) this.watch?.heard(own);
    this.draw();
  }

  private stream(): StreamRow | undefined {
    const { streams, demo } = this.model;
    const name = this.wanted ?? demo?.stream ?? streams[0]?.name;
    return streams.find((stream) => stream.name === name);
  }

  private openWanted(): void {
    const stream = this.stream();
    if (stream === undefined || this.watch?.stream === stream.name) return;
    if (this.wanted === undefined && this.watch !== undefined) return;
    if (stream.jsonBytes <= FOLLOWED_BYTES_MAX) this.open(stream.name);
  }

  private open(name: string): void {
    this.watch?.close();
    const { demo } = this.model;
    const isOfDemo = demo?.stream === name;
    const url = isOfDemo ? demo.url : `${this.origin}/${encodeURIComponent(name)}?name=page`;
    this.watch = new ReplicaWatch(name, { url, token: this.token }, () => this.draw());
  }

  /** Draws soon; not at all while nobody can see it. */
  private draw(): void {
    if (this.timer !== undefined || document.hidden) return;
    const waitMs = Math.max(0, this.drawnMs + DRAW_EVERY_MS - performance.now());
    this.timer = setTimeout(() => {
      this.timer = undefined;
      this.drawnMs = performance.now();
      this.state = this.current();
      for (const listener of this.listeners) listener();
    }, waitMs);
  }

  private current(): PageState {
    const { model, history, watch, problem, refusal } = this;
    const canAct = this.secret !== '';
    return {
      nowMs: performance.now(),
      ...{ status: this.hub.status, refusal, model, history, watch, problem, canAct },
      stream: this.stream(),
    };
  }

  private report(): void {
    const { watch } = this;
    if (watch === undefined || watch.stream !== this.model.demo?.stream) return;
    const head = watch.replica.head();
    if (head === undefined) return;
    const { resumes, repairs, snapshots, wireBytes } = watch.replica.stats;
    void this.post({
      ...{ kind: 'report', status: watch.replica.status, ...head },
      ...{ resumes, repairs, snapshots, wireBytes },
      lastError: watch.troubles[0]?.text.slice(0, 200).toWellFormed() ?? '',
    });
  }

  private async post(request: PageRequest): Promise<void> {
    let problem = '';
    try {
      const response = await fetch('/act', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-diffstream-secret': this.secret },
        body: JSON.stringify(request),
      });
      if (!response.ok) problem = ((await response.json()) as { error: string }).error;
    } catch {
      problem = 'the demo does not answer';
    }
    // A report that fails says nothing that the page's status does not say.
    if (request.kind === 'report' || problem === this.problem) return;
    this.problem = problem;
    this.draw();
  }
}
