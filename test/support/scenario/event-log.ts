/** A line about something that happened. */
interface Entry {
  readonly atMs: number;
  readonly text: string;
  /** A message that arrives; what it causes comes next. */
  readonly isMessage: boolean;
  /** A message that says nothing new where it causes nothing. */
  readonly isRoutine: boolean;
}

/** What has happened since it was asked last, in order. */
export class EventLog {
  nowMs: () => number = () => 0;
  private entries: Entry[] = [];
  private shownMs = 0;

  message(text: string, isRoutine: boolean): void {
    this.entries.push({ atMs: this.nowMs(), text, isMessage: true, isRoutine });
  }

  event(text: string): void {
    this.entries.push({ atMs: this.nowMs(), text, isMessage: false, isRoutine: false });
  }

  /** Forgets heads and acknowledgements that have caused nothing. */
  dropRoutine(): void {
    this.entries = this.entries.filter(({ isRoutine }, i, all) => {
      const next = all[i + 1];
      return !isRoutine || (next !== undefined && !next.isMessage);
    });
  }

  /** As lines: the time where it has moved on, and what is said again only counted. */
  take(): string[] {
    const lines: string[] = [];
    let same = 0;
    for (const [i, { atMs, text }] of this.entries.entries()) {
      if (atMs !== this.shownMs) lines.push(`[${atMs} ms]`);
      this.shownMs = atMs;
      const next = this.entries[i + 1];
      same++;
      if (next?.text === text && next.atMs === atMs) continue;
      lines.push(same === 1 ? text : `${text} (${same} times)`);
      same = 0;
    }
    this.entries = [];
    return lines;
  }
}
