import type { Key } from '../core/key.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { AnswerRecord, Rung } from '../protocol/answer-log.ts';
import type { Publisher } from '../protocol/publisher.ts';
import type { SessionStatus } from '../protocol/publisher-status.ts';
import type { EventRow, PageRow, SessionRow, StreamRow } from './page-row.ts';

/** Bounds of what the page is told, so that its cost does not grow with the hub. */
export const pageLimits = {
  /** Streams with a row, in the order in which they were opened. */
  streamsMax: 100,
  /** Sessions with a row: those that are most behind. */
  sessionsMax: 200,
  /** Events kept, the latest. */
  eventsMax: 200,
  /** Characters of a cause. */
  causeLengthMax: 300,
};

/** A stream as the account sees it. */
export interface StreamView {
  readonly name: string;
  readonly producer: ProducerCache;
  readonly publisher: Publisher;
}

/** The time in two clocks: that of sessions, which never runs backwards, and that of people. */
export interface Moment {
  readonly nowMs: number;
  readonly wallMs: number;
}

class StreamAccount {
  readonly view: StreamView;
  private wholeBytes = 0;
  /** How many answers were looked at, and those of them that were everything. */
  private answersSeen = 0;
  private joinsSeen = 0;
  /** The version at the last look, and at that before. */
  private versions: readonly [now: number, before: number] = [0, 0];
  /** Everything committed up to this version has been counted. */
  private countedVersion: number;

  /** Length of all values at the last commit. */
  private jsonBytes: number;

  constructor(view: StreamView) {
    this.view = view;
    this.jsonBytes = view.producer.jsonBytes;
    this.countedVersion = view.producer.version;
  }

  /** To be called after each commit. Cost: the entries that changed. */
  committed(): void {
    const { producer, publisher } = this.view;
    const from = this.countedVersion;
    this.countedVersion = producer.version;
    this.countJoins();
    this.jsonBytes = producer.jsonBytes;
    if (publisher.sessionCount === 0) return;
    // Of a batch beyond the journal nobody can tell how much it changed: it counts as nothing,
    // since a guess should not flatter.
    let bytes = 0;
    for (const entry of producer.changedAfter(from)?.values() ?? []) bytes += entry?.jsonBytes ?? 0;
    this.wholeBytes += bytes * publisher.sessionCount;
  }

  /** Who has joined since the last commit got everything as it was then. */
  private countJoins(): void {
    const { everything } = this.view.publisher.answers.byRung;
    this.wholeBytes += (everything - this.joinsSeen) * this.jsonBytes;
    this.joinsSeen = everything;
  }

  /** Answers since the last look. */
  takeAnswers(): AnswerRecord[] {
    const { producer, publisher } = this.view;
    const { answers } = publisher;
    this.versions = [producer.version, this.versions[0]];
    const fresh = answers.after(this.answersSeen);
    this.countJoins();
    this.answersSeen = answers.total;
    return fresh;
  }

  /** Whether a session at this version has not been sent what there was at the look before. */
  isBehind(version: number): boolean {
    return version < this.versions[1];
  }

  row(): StreamRow {
    const { name, producer, publisher } = this.view;
    const { counters } = publisher;
    const { epoch, version, digest } = producer.head();
    return {
      ...{ kind: 'stream', name, epoch, version, digest, entries: producer.size },
      jsonBytes: producer.jsonBytes,
      sessions: publisher.sessionCount,
      sentBytes: counters.bytesSent,
      wholeBytes: this.wholeBytes,
      frames: counters.frames,
      denseFrames: counters.denseFrames,
      framesEncoded: counters.framesEncoded,
      refusals: counters.refusals,
      errors: counters.protocolErrors,
      rungs: { ...publisher.answers.byRung },
    };
  }
}

/** What a hub has done, kept for its page: as rows, bounded in number. */
export class HubAccount {
  private readonly streams = new Map<string, StreamAccount>();
  private readonly startedMs: number;
  private readonly nameOf: (session: number) => string;
  private events: EventRow[] = [];
  private eventCount = 0;
  /** The latest answers of sessions that still exist. */
  private lastAnswers = new Map<number, { readonly rung: Rung; readonly atMs: number }>();

  /** `nameOf`: what a session's consumer calls itself. */
  constructor(startedMs: number, nameOf: (session: number) => string) {
    this.startedMs = startedMs;
    this.nameOf = nameOf;
  }

  watch(view: StreamView): void {
    const account = new StreamAccount(view);
    this.streams.set(view.name, account);
    view.producer.onCommit(() => account.committed());
  }

  /** Takes note of what is no even course of updates. Causes are cut to a bounded length. */
  add(event: Omit<EventRow, 'kind' | 'number'>): void {
    const cause = event.cause.slice(0, pageLimits.causeLengthMax).toWellFormed();
    const who = event.who.toWellFormed();
    this.events.push({ kind: 'event', number: ++this.eventCount, ...event, who, cause });
    if (this.events.length > 2 * pageLimits.eventsMax) this.events = this.latestEvents();
  }

  /** What to call a session. */
  whoIs(session: number): string {
    return this.nameOf(session) || `session ${session}`;
  }

  /** Everything as it is now. */
  rows(now: Moment): Map<Key, PageRow> {
    const statuses: (readonly [stream: string, status: SessionStatus])[] = [];
    for (const account of this.streams.values()) {
      this.noteAnswers(account, now);
      const { name, publisher } = account.view;
      for (const status of publisher.describe()) statuses.push([name, status]);
    }
    const alive = new Set(statuses.map(([, { id }]) => id));
    for (const id of this.lastAnswers.keys()) if (!alive.has(id)) this.lastAnswers.delete(id);
    const rows = new Map<Key, PageRow>();
    rows.set('hub', {
      ...{ kind: 'hub', startedMs: this.startedMs, nowMs: Math.round(now.wallMs) },
      ...{ streams: this.streams.size, sessions: statuses.length },
    });
    for (const account of [...this.streams.values()].slice(0, pageLimits.streamsMax)) {
      rows.set(`stream/${account.view.name}`, account.row());
    }
    for (const [stream, status] of furthestBehind(statuses)) {
      rows.set(`session/${status.id}`, this.sessionRow(stream, status));
    }
    for (const event of this.latestEvents()) rows.set(`event/${event.number}`, event);
    return rows;
  }

  private latestEvents(): EventRow[] {
    return this.events.slice(-pageLimits.eventsMax);
  }

  private noteAnswers(account: StreamAccount, now: Moment): void {
    for (const { session, rung, from, to, atMs: heardMs } of account.takeAnswers()) {
      const atMs = Math.round(now.wallMs - (now.nowMs - heardMs));
      this.lastAnswers.set(session, { rung, atMs });
      const who = this.whoIs(session);
      this.add({ atMs, stream: account.view.name, who, what: rung, from, to, cause: '' });
    }
  }

  private sessionRow(stream: string, status: SessionStatus): SessionRow {
    const { id, state, cursor: version, lagVersions, frames, rungs } = status;
    const isBehind = this.streams.get(stream)?.isBehind(version) ?? false;
    const last = this.lastAnswers.get(id);
    return {
      ...{ kind: 'session', id, name: this.nameOf(id), stream, state },
      ...{ version, lagVersions, isBehind },
      sentBytes: status.bytesSent,
      unacknowledgedBytes: status.bytesUnacknowledged,
      ...{ frames, rungs, lastRung: last?.rung ?? '', lastRungMs: last?.atMs ?? 0 },
    };
  }
}

/** At most `sessionsMax`: those most behind, in the order of their numbers. */
function furthestBehind<S extends readonly [string, SessionStatus]>(all: readonly S[]): S[] {
  const chosen =
    all.length <= pageLimits.sessionsMax
      ? [...all]
      : [...all]
          .sort(([, a], [, b]) => b.lagVersions - a.lagVersions || a.id - b.id)
          .slice(0, pageLimits.sessionsMax);
  return chosen.sort(([, a], [, b]) => a.id - b.id);
}
