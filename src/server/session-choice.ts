import type { SessionStanding } from '../protocol/publisher-status.ts';

/** A session that may be shown, by the stream it belongs to. */
export interface Chosen {
  readonly stream: string;
  readonly id: number;
}

/**
 * Counts all sessions, and chooses those that a person needs to see without describing any: those
 * that are not live, the longest there first, and those most behind; neither takes more than half
 * from the other. Room that is left goes to the others in the order of their numbers.
 */
export class SessionChoice {
  private readonly max: number;
  private readonly notLive: Ranking;
  private readonly serving: Ranking;
  /** Those that have not been sent a state yet, or are being compared. */
  notLiveCount = 0;
  /** Those that have not been sent what there was at the look before. */
  behindCount = 0;
  /** Versions that the slowest has not been sent; of those that have been sent any. */
  lagVersionsMax = 0;

  constructor(max: number) {
    this.max = max;
    this.notLive = new Ranking(max);
    this.serving = new Ranking(max);
  }

  /** `versions`: of the stream now, and at the look before. Cost: a comparison a session. */
  look(
    stream: string,
    sessions: Iterable<SessionStanding>,
    versions: readonly [now: number, before: number],
  ): void {
    const [version, before] = versions;
    for (const { id, state, cursor } of sessions) {
      if (state !== 'serving' || cursor === 0) {
        this.notLiveCount++;
        this.notLive.offer(stream, id, 0);
        continue;
      }
      // What this very turn has brought is no lag: nobody could have it yet.
      const missing = Math.max(0, before - cursor);
      if (missing > 0) this.behindCount++;
      this.lagVersionsMax = Math.max(this.lagVersionsMax, version - cursor);
      this.serving.offer(stream, id, missing);
    }
  }

  /** At most `max`, in the order of their numbers. */
  chosen(): Chosen[] {
    const { max, notLive, serving } = this;
    const kept = Math.min(serving.needyCount, Math.floor(max / 2));
    const first = notLive.best.slice(0, max - kept);
    return [...first, ...serving.best.slice(0, max - first.length)].sort((a, b) => a.id - b.id);
  }
}

interface Ranked extends Chosen {
  readonly need: number;
}

/** The sessions with the most need, at equal need those with the lowest number. */
class Ranking {
  /** In that order. */
  readonly best: Ranked[] = [];
  private readonly max: number;

  constructor(max: number) {
    this.max = max;
  }

  get needyCount(): number {
    return this.best.filter(({ need }) => need > 0).length;
  }

  offer(stream: string, id: number, need: number): void {
    const { best, max } = this;
    if (best.length >= max && !isBefore(need, id, best[max - 1] as Ranked)) return;
    let [low, high] = [0, best.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (isBefore(need, id, best[middle] as Ranked)) high = middle;
      else low = middle + 1;
    }
    best.splice(low, 0, { stream, id, need });
    if (best.length > max) best.pop();
  }
}

function isBefore(need: number, id: number, other: Ranked): boolean {
  return need > other.need || (need === other.need && id < other.id);
}
