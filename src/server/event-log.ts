import type { EventRow } from './page-row.ts';

/**
 * Bounds of the events that the page is told, 200 in all: as many as can be looked through. Each
 * kind has room of its own, so that consumers who come and go, or send garbage, cannot push out
 * what the others tell.
 */
export const eventLimits = {
  /** Sessions ended for what their consumers sent, the latest. */
  errorsMax: 40,
  /** Consumers who came without a past, the latest. */
  joinsMax: 40,
  /** Requests of consumers with a past, the latest. */
  repairsMax: 80,
  /** What a demo, or whoever runs the hub, has told, the latest. */
  toldMax: 40,
  /** Errors and troubles with the same group in so many ms are one event, with a count. */
  repeatMs: 60_000,
  /** The same for answers to one session: it may ask a hundred times a second. */
  answerRepeatMs: 1000,
  /** Characters of a cause: consumers choose their words. */
  causeLengthMax: 300,
};

/** An event as it is told: the log numbers and counts it. */
export type EventReport = Omit<EventRow, 'kind' | 'number' | 'count' | 'sinceMs'>;

type Shelf = 'errors' | 'joins' | 'repairs' | 'told';

interface Kept {
  readonly row: EventRow;
  readonly group: string;
}

/** What was no even course of updates: the latest of each kind, repeats counted and not listed. */
export class EventLog {
  private readonly shelves: Record<Shelf, Kept[]> = {
    errors: [],
    joins: [],
    repairs: [],
    told: [],
  };
  private count = 0;

  /** `alike`: what repeats have in common, where that is less than who and why. */
  add(report: EventReport, alike?: string): void {
    const cause = report.cause.slice(0, eventLimits.causeLengthMax).toWellFormed();
    const who = report.who.toWellFormed();
    const { stream, what } = report;
    const group = JSON.stringify([stream, what, ...(alike === undefined ? [who, cause] : [alike])]);
    const name = shelfOf(report);
    const shelf = this.shelves[name];
    const at = shelf.findLastIndex((kept) => kept.group === group);
    const earlier = shelf[at]?.row;
    const repeats = earlier !== undefined && report.upMs - earlier.upMs <= repeatMsOf(report);
    const { number, count, sinceMs } = repeats
      ? { ...earlier, count: earlier.count + 1 }
      : { number: ++this.count, count: 1, sinceMs: report.atMs };
    if (repeats) shelf.splice(at, 1);
    shelf.push({ group, row: { kind: 'event', number, count, sinceMs, ...report, who, cause } });
    if (shelf.length > eventLimits[`${name}Max`]) shelf.shift();
  }

  /** All that are kept, in no order. */
  rows(): EventRow[] {
    return Object.values(this.shelves).flatMap((shelf) => shelf.map(({ row }) => row));
  }
}

function shelfOf({ what, from }: EventReport): Shelf {
  if (what === 'error') return 'errors';
  if (what === 'trouble' || what === 'fault') return 'told';
  return from === 0 ? 'joins' : 'repairs';
}

function repeatMsOf({ what }: EventReport): number {
  // What somebody did by hand is worth a line each time.
  if (what === 'fault') return -1;
  return what === 'error' || what === 'trouble' ? eventLimits.repeatMs : eventLimits.answerRepeatMs;
}
