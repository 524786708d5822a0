import { connect } from '../client/browser.ts';
import type { ChangeEvent, Replica } from '../client/browser.ts';
import type { Key } from '../core/key.ts';
import type { StreamRow } from '../server/page-row.ts';
import { DigestRecord } from './digest-record.ts';
import type { DigestProof } from './digest-record.ts';

/** The latest change of an entry that this page has seen. */
export interface LastChange {
  readonly cmd: 'new' | 'update' | 'delete';
  /** Undefined where there was nothing. */
  readonly before: unknown;
  readonly version: number;
  readonly atMs: number;
}

/** Entries whose last change is remembered: those that changed last. */
const CHANGES_MAX = 10_000;

/** Troubles remembered, the latest. */
const TROUBLES_MAX = 20;

export interface Trouble {
  readonly atMs: number;
  readonly text: string;
}

/** A stream that this page follows as a replica like any other, and what happened on the way. */
export class ReplicaWatch {
  readonly stream: string;
  readonly replica: Replica<unknown>;
  readonly troubles: Trouble[] = [];
  /** Changes whenever a key comes or goes. */
  keysRevision = 0;
  private readonly digests = new DigestRecord();
  private readonly values = new Map<Key, unknown>();
  private readonly lastChanges = new Map<Key, LastChange>();

  constructor(stream: string, url: string, onChange: () => void) {
    this.stream = stream;
    // Dense frames take half as much again of the page's time, for bytes that seldom travel far.
    this.replica = connect(url, { codec: 'compact' });
    this.replica.ready.catch(() => {});
    this.replica.subscribe((event) => {
      this.take(event);
      onChange();
    });
    this.replica.on('status', onChange);
    this.replica.on('error', ({ code, message }) => {
      this.troubles.unshift({ atMs: Date.now(), text: `${code}: ${message}` });
      this.troubles.length = Math.min(this.troubles.length, TROUBLES_MAX);
      onChange();
    });
  }

  /** The latest version at which its digest was held against the hub's. */
  get proof(): DigestProof | undefined {
    return this.digests.proof;
  }

  lastChange(key: Key): LastChange | undefined {
    return this.lastChanges.get(key);
  }

  /** What the hub says of this stream. */
  heard({ epoch, version, digest }: StreamRow): void {
    this.digests.heard(epoch, version, digest);
  }

  close(): void {
    void this.replica.close();
  }

  private take({ from, to, changes }: ChangeEvent<unknown>): void {
    const atMs = Date.now();
    const isFirst = from === 0 && this.values.size === 0;
    for (const [cmd, key, value] of changes) {
      const before = this.values.get(key);
      const wasThere = this.values.has(key);
      if (cmd === 'delete') this.values.delete(key);
      else this.values.set(key, value);
      if (wasThere !== this.values.has(key)) this.keysRevision++;
      if (!isFirst) this.note(key, cmd, { before, version: to, atMs });
    }
    const head = this.replica.head();
    if (head !== undefined) this.digests.passed(head.epoch, head.version, head.digest);
  }

  private note(key: Key, cmd: string, change: Omit<LastChange, 'cmd'>): void {
    this.lastChanges.delete(key);
    const known = cmd === 'new' || cmd === 'delete' ? cmd : 'update';
    this.lastChanges.set(key, { cmd: known, ...change });
    if (this.lastChanges.size <= CHANGES_MAX) return;
    for (const oldest of this.lastChanges.keys()) {
      this.lastChanges.delete(oldest);
      return;
    }
  }
}
