import { causeText } from '../core/cause-text.ts';
import type { Key } from '../core/key.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { Clock } from '../driver/clock.ts';
import type { EventReport } from './event-log.ts';
import { HubAccount } from './hub-account.ts';
import type { Moment } from './hub-account.ts';
import { PageDoor } from './page-door.ts';
import type { PageRow } from './page-row.ts';

/** Milliseconds between two states of the page; a frame each, and only while somebody looks. */
const REFRESH_MS = 500;

/** The live page of a hub, where `true` is not enough. */
export interface DashboardOptions {
  /** Names by which the page may be asked for, besides addresses and localhost. */
  readonly hosts?: readonly string[];
  /**
   * Origins of other web pages that may read the stream `$hub`: `https://ops.example`, for a page
   * of one's own, or where a proxy in front gives this hub another name than browsers know.
   * Default: none but the live page itself. Programs, which name no origin, may read it.
   */
  readonly origins?: readonly string[];
  /** More rows of the page, by key: asked for twice a second while somebody looks. */
  readonly rows?: () => Iterable<readonly [key: string, row: PageRow]>;
  /**
   * Does what the page asks for (`PageRequest`, to be checked), and returns what came of it.
   * Throws `bad-argument`. Without it the page only shows.
   */
  readonly act?: (request: unknown) => unknown;
}

/** What the page is made of: how the hub is doing, as a stream of its own. */
export class Dashboard {
  readonly door: PageDoor;
  readonly account: HubAccount;
  private readonly producer: ProducerCache;
  private readonly rows: NonNullable<DashboardOptions['rows']>;
  private readonly isWatched: () => boolean;
  private readonly clock: Clock;
  private cancel: (() => void) | undefined;
  /** Why the last state could not be made; '' where it could. */
  private trouble = '';

  constructor(parts: {
    readonly options: DashboardOptions;
    /** The name the hub listens at. */
    readonly host: string;
    /** Of the stream `$hub`. */
    readonly producer: ProducerCache;
    readonly isWatched: () => boolean;
    readonly nameOf: (session: number) => string;
    readonly clock: Clock;
  }) {
    const { options, host } = parts;
    const hosts = [host, ...(options.hosts ?? [])].map((name) => name.toLowerCase());
    this.door = new PageDoor({ hosts, origins: options.origins ?? [], act: options.act });
    this.producer = parts.producer;
    this.rows = options.rows ?? (() => []);
    this.isWatched = parts.isWatched;
    this.clock = parts.clock;
    this.account = new HubAccount(this.now(), parts.nameOf);
  }

  /** Somebody looks: brings the rows up to date, and keeps them so while somebody does. */
  wake(): void {
    if (this.cancel !== undefined) return;
    this.refreshSafely();
    const again = (): void => {
      this.cancel = undefined;
      if (this.isWatched()) this.wake();
    };
    // After what this turn commits has been sent, or every session would seem to be behind.
    const due = (): void => this.clock.endOfTurn(again);
    this.cancel = this.clock.at(this.clock.nowMs() + REFRESH_MS, due);
  }

  refresh(): void {
    const rows = this.account.rows(this.now());
    for (const [key, row] of this.rows()) rows.set(key, row);
    this.producer.replaceAll(rows as Map<Key, unknown>);
  }

  /** Rows of others may be anything: what is wrong with them is shown, and ends nothing. */
  private refreshSafely(): void {
    try {
      this.refresh();
      this.trouble = '';
    } catch (error) {
      const cause = causeText(error);
      if (cause !== this.trouble) {
        this.tell({ stream: '', who: 'the page', what: 'error', from: 0, to: 0, cause });
      }
      this.trouble = cause;
    }
  }

  /**
   * Takes note of something to be shown among the events. What repeats within a minute is shown
   * once, with a count: `alike` says what repeats have in common, without it who and cause.
   */
  tell(event: Omit<EventReport, 'atMs' | 'upMs'>, alike?: string): void {
    this.account.add(event, this.now(), alike);
  }

  close(): void {
    this.cancel?.();
    this.cancel = undefined;
  }

  private now(): Moment {
    return { nowMs: this.clock.nowMs(), wallMs: this.clock.wallMs() };
  }
}
