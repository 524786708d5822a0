import type { Key } from '../core/key.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { AnswerRecord } from '../protocol/answer-log.ts';
import type { Publisher } from '../protocol/publisher.ts';
import { EventLog } from './event-log.ts';
import type { EventReport } from './event-log.ts';
import type { PageRow, SessionRow, StreamRow } from './page-row.ts';
import { SessionChoice } from './session-choice.ts';

/** Bounds of what the page is told, so that its cost does not grow with the hub. */
export const pageLimits = {
  /** Streams with a row, in the order in which they were opened. */
  streamsMax: 100,
  /** Sessions with a row: those that need a look first. */
  sessionsMax: 200,
};

/** The clock of people has been set when it is so many ms from where it should be. */
const CLOCK_STEP_MS = 1000;

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
  /** How many answers were looked at. */
  private answersSeen = 0;
  /** The version at the last look, and at that before. */
  private versions: readonly [now: number, before: number] = [0, 0];

  constructor(view: StreamView) {
    this.view = view;
  }

  /** Looks at every session; returns the answers since the last look. */
  look(choice: SessionChoice): AnswerRecord[] {
    const { name, producer, publisher } = this.view;
    const { answers } = publisher;
    this.versions = [producer.version, this.versions[0]];
    choice.look(name, publisher.standings(), this.versions);
    const fresh = answers.after(this.answersSeen);
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
      ...{ jsonBytes: producer.jsonBytes, sessions: publisher.sessionCount },
      sentBytes: counters.bytesSent,
      wholeBytes: publisher.wholeBytes,
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
  private readonly started: Moment;
  private readonly nameOf: (session: number) => string;
  private readonly events = new EventLog();
  /** From the clock of sessions to that of people; the same until that is set. */
  private offsetMs: number;

  /** `nameOf`: what a session's consumer calls itself. */
  constructor(started: Moment, nameOf: (session: number) => string) {
    this.started = started;
    this.nameOf = nameOf;
    this.offsetMs = started.wallMs - started.nowMs;
  }

  /** Cost of it until somebody looks: none. */
  watch(view: StreamView): void {
    this.streams.set(view.name, new StreamAccount(view));
  }

  /** Takes note of what is no even course of updates; for `alike` see `EventLog`. */
  add(event: Omit<EventReport, 'atMs' | 'upMs'>, now: Moment, alike?: string): void {
    const upMs = Math.round(now.nowMs - this.started.nowMs);
    this.events.add({ atMs: Math.round(now.wallMs), upMs, ...event }, alike);
  }

  /** What to call a session. */
  whoIs(session: number): string {
    return this.nameOf(session) || `session ${session}`;
  }

  /** Everything as it is now. Cost: a look at each session, and the rows. */
  rows(now: Moment): Map<Key, PageRow> {
    this.follow(now);
    const choice = new SessionChoice(pageLimits.sessionsMax);
    let sessions = 0;
    for (const account of this.streams.values()) {
      this.note(account.view.name, account.look(choice), now);
      sessions += account.view.publisher.sessionCount;
    }
    const rows = new Map<Key, PageRow>();
    rows.set('hub', {
      ...{ kind: 'hub', startedMs: Math.round(this.started.wallMs) },
      ...{ nowMs: Math.round(now.wallMs), upMs: Math.round(now.nowMs - this.started.nowMs) },
      ...{ streams: this.streams.size, sessions, notLive: choice.notLiveCount },
      ...{ behind: choice.behindCount, lagVersionsMax: choice.lagVersionsMax },
    });
    for (const account of [...this.streams.values()].slice(0, pageLimits.streamsMax)) {
      rows.set(`stream/${account.view.name}`, account.row());
    }
    for (const { stream, id } of choice.chosen()) {
      const row = this.sessionRow(stream, id);
      if (row !== undefined) rows.set(`session/${id}`, row);
    }
    for (const event of this.events.rows()) rows.set(`event/${event.number}`, event);
    return rows;
  }

  /** Small differences between the clocks are not followed: every row would change with them. */
  private follow({ nowMs, wallMs }: Moment): void {
    const offsetMs = wallMs - nowMs;
    if (Math.abs(offsetMs - this.offsetMs) > CLOCK_STEP_MS) this.offsetMs = offsetMs;
  }

  private note(stream: string, answers: readonly AnswerRecord[], now: Moment): void {
    for (const { session, rung, from, to, atMs: heardMs } of answers) {
      const heard = { nowMs: heardMs, wallMs: now.wallMs - (now.nowMs - heardMs) };
      const event = { stream, who: this.whoIs(session), what: rung, from, to, cause: '' };
      this.add(event, heard, `session ${session}`);
    }
  }

  private sessionRow(stream: string, id: number): SessionRow | undefined {
    const account = this.streams.get(stream);
    const status = account?.view.publisher.describeOne(id);
    if (account === undefined || status === undefined) return undefined;
    const { state, cursor: version, lagVersions, frames, rungs, lastRung, lastRungMs } = status;
    return {
      ...{ kind: 'session', id, name: this.nameOf(id), stream, state },
      ...{ version, lagVersions, isBehind: account.isBehind(version) },
      sentBytes: status.bytesSent,
      unacknowledgedBytes: status.bytesUnacknowledged,
      ...{ frames, rungs, lastRung },
      lastRungMs: lastRung === '' ? 0 : Math.round(lastRungMs + this.offsetMs),
    };
  }
}
