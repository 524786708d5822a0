import type { Key } from '../../core/key.ts';

/** Keys with the JSON text of their values. */
export type State = ReadonlyMap<Key, string>;

/** The promises of the design that a run is held against. */
export type Promised =
  | 'P1'
  | 'P2'
  | 'P3'
  | 'P4'
  | 'P5'
  | 'P6'
  | 'P7'
  | 'P9'
  | 'P10'
  | 'P11'
  | 'P12'
  | 'P13'
  | 'P14';

/** A promise that was broken; ends the run. */
export class Violation extends Error {
  readonly promise: Promised;

  constructor(promise: Promised, what: string) {
    super(`${promise}: ${what}`);
    this.name = 'Violation';
    this.promise = promise;
  }
}

/** One commit of one producer, as told by those who made it. */
interface Commit {
  readonly state: State;
  readonly atMs: number;
}

/**
 * Every state that some producer ever had, kept as plain texts: it knows nothing of diffs,
 * digests or frames, so that it cannot be wrong in the way they are.
 */
export class History {
  /** By epoch as text, then by life, then by version, from 1 on. */
  private readonly epochs = new Map<string, Commit[][]>();
  /** By epoch: the version at which a key came to have a text; a deletion has the text ''. */
  private readonly writes = new Map<string, Map<string, number>>();

  /** A producer starts; it should be the only one of its epoch. */
  begin(epoch: string): void {
    const lives = this.epochs.get(epoch);
    if (lives === undefined) this.epochs.set(epoch, [[]]);
    else lives.push([]);
    this.writes.set(epoch, new Map());
  }

  /** Returns the version that the newest life of an epoch has come to. */
  record(epoch: string, state: ReadonlyMap<Key, string>, atMs: number): number {
    const commits = this.epochs.get(epoch)?.at(-1) as Commit[];
    const writes = this.writes.get(epoch) as Map<string, number>;
    const before = commits.at(-1)?.state;
    commits.push({ state: new Map(state), atMs });
    const version = commits.length;
    for (const [key, text] of state) {
      if (before?.get(key) !== text) writes.set(nameOf(key, text), version);
    }
    for (const key of before?.keys() ?? []) if (!state.has(key)) writes.set(nameOf(key), version);
    return version;
  }

  /** Whether an epoch was taken twice: then it names no write any more. */
  isReused(epoch: string): boolean {
    return (this.epochs.get(epoch)?.length ?? 0) > 1;
  }

  /** What some producer had at a version of an epoch: one state, where epochs are not reused. */
  at(epoch: string, version: number): State[] {
    const states: State[] = [];
    for (const commits of this.epochs.get(epoch) ?? []) {
      const commit = commits[version - 1];
      if (commit !== undefined) states.push(commit.state);
    }
    return states;
  }

  /** When a version was left behind by the next, in ms; Infinity: it is the present one. */
  supersededMs(epoch: string, version: number): number {
    return this.epochs.get(epoch)?.at(-1)?.[version]?.atMs ?? Number.POSITIVE_INFINITY;
  }

  /** The last version at which a key got this text, or was deleted. */
  writtenAt(epoch: string, key: Key, text: string | undefined): number {
    return this.writes.get(epoch)?.get(nameOf(key, text)) ?? 0;
  }

  /** Characters of all that differs between two states: what sending it may cost. */
  difference(from: State, to: State): { keys: number; chars: number } {
    let keys = 0;
    let chars = 0;
    for (const [key, text] of to) {
      if (from.get(key) === text) continue;
      keys++;
      chars += text.length + String(key).length;
    }
    for (const key of from.keys()) {
      if (to.has(key)) continue;
      keys++;
      chars += String(key).length;
    }
    return { keys, chars };
  }
}

/** What nodes and checks ask of a history, however it keeps its states. */
export type StateHistory = Pick<History, keyof History>;

function nameOf(key: Key, text = ''): string {
  return `${typeof key === 'string' ? 's' : 'n'}${key} ${text}`;
}
