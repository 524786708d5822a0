import { connect } from '../client/browser.ts';
import type { ChangeEvent, Replica } from '../client/browser.ts';
import type { Key } from '../core/key.ts';
import type { StreamRow } from '../server/page-row.ts';
import { ChangeMemory } from './change-memory.ts';
import { DigestRecord } from './digest-record.ts';
import type { DigestProof } from './digest-record.ts';

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
  readonly lastChanges = new ChangeMemory();
  private readonly digests = new DigestRecord();
  private readonly values = new Map<Key, unknown>();

  constructor(
    stream: string,
    { url, token }: { readonly url: string; readonly token: string },
    onChange: () => void,
  ) {
    this.stream = stream;
    // Dense frames take half as much again of the page's time, for bytes that seldom travel far.
    this.replica = connect(url, { codec: 'compact', token });
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

  /** What the hub says of this stream. */
  heard({ epoch, version, digest }: StreamRow): void {
    this.digests.heard(epoch, version, digest);
  }

  close(): void {
    void this.replica.close();
  }

  private take({ from, to, changes }: ChangeEvent<unknown>): void {
    const [wallMs, seenMs] = [Date.now(), performance.now()];
    const isFirst = from === 0 && this.values.size === 0;
    for (const [cmd, key, value] of changes) {
      const before = this.values.get(key);
      const wasThere = this.values.has(key);
      if (cmd === 'delete') this.values.delete(key);
      else this.values.set(key, value);
      if (wasThere !== this.values.has(key)) this.keysRevision++;
      if (isFirst) continue;
      const known = cmd === 'new' || cmd === 'delete' ? cmd : 'update';
      const change = { cmd: known, before, version: to, wallMs, seenMs } as const;
      this.lastChanges.note(key, change, this.values.get(key));
    }
    const head = this.replica.head();
    if (head !== undefined) this.digests.passed(head.epoch, head.version, head.digest);
  }
}
