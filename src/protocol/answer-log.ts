import type { ProducerCache } from '../cache/producer.ts';
import type { Start } from './start.ts';

/**
 * From what a consumer was brought to the present: `equal`, nothing, since its content was that
 * of the head; `changes`, patches from the journal; `newer`, whole values of what is newer;
 * `compared`, a comparison of digests; `mended`, what that comparison found; `everything`.
 */
export type Rung = 'equal' | 'changes' | 'newer' | 'compared' | 'mended' | 'everything';

export function noRungs(): Record<Rung, number> {
  return { equal: 0, changes: 0, newer: 0, compared: 0, mended: 0, everything: 0 };
}

/** The rung that a start is on. */
export function rungOf(producer: ProducerCache, start: Exclude<Start, { kind: 'refuse' }>): Rung {
  if (start.kind === 'compare') return 'compared';
  if (start.from === 0) return 'everything';
  if (start.from === producer.version) return 'equal';
  return start.from >= producer.journalFloor ? 'changes' : 'newer';
}

/** One answer to a hello, a resume or the end of a comparison. */
export interface AnswerRecord {
  /** Counts the answers of a publisher, from 1. */
  readonly number: number;
  readonly session: number;
  readonly rung: Rung;
  /** The version that the consumer was at, perhaps of an earlier producer; 0: none. */
  readonly from: number;
  readonly to: number;
  /** When the consumer was last heard, in ms of the driver's clock. */
  readonly atMs: number;
}

/** Answers kept: more than come between two looks, unless thousands connect at once. */
const KEPT_MAX = 256;

/** The latest answers of a publisher, for people. */
export class AnswerLog {
  /** How many there have been from each rung. */
  readonly byRung = noRungs();
  private readonly records: AnswerRecord[] = [];
  private count = 0;

  add(record: Omit<AnswerRecord, 'number'>): void {
    const number = ++this.count;
    this.records[number % KEPT_MAX] = { number, ...record };
    this.byRung[record.rung]++;
  }

  /** How many there have been. */
  get total(): number {
    return this.count;
  }

  /** Those after the one with this number that are still kept, oldest first. */
  after(number: number): AnswerRecord[] {
    const first = Math.max(number, this.count - KEPT_MAX, 0) + 1;
    return Array.from(
      { length: Math.max(0, this.count - first + 1) },
      (_, i) => this.records[(first + i) % KEPT_MAX] as AnswerRecord,
    );
  }
}
