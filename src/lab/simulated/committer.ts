import type { ProducerCache } from '../../cache/producer.ts';
import type { Key } from '../../core/key.ts';
import type { Committer } from '../../testing/simulator/hub-node.ts';
import type { Update } from '../workload/workload.ts';
import type { KeyHistory } from './key-history.ts';

/** Makes each commit twice: at the producer, and in texts that know nothing of diffs. */
export class LabCommitter implements Committer {
  /** What the next commit is to do. */
  due: Update = [];
  private readonly history: KeyHistory;
  private readonly timed: <T>(work: () => T) => T;

  constructor(history: KeyHistory, timed: <T>(work: () => T) => T) {
    this.history = history;
    this.timed = timed;
  }

  commit(producer: ProducerCache, state: Map<Key, string>): boolean {
    const before = producer.version;
    // A recorded feed may delete what is not there.
    const update = this.due.filter(({ key, value }) => value !== undefined || state.has(key));
    const [first] = update;
    if (first === undefined) return false;
    this.timed(() => {
      if (update.length > 1) {
        producer.batch((tx) => {
          for (const { key, value } of update) {
            if (value === undefined) tx.delete(key);
            else tx.set(key, value);
          }
        });
      } else if (first.value === undefined) producer.delete(first.key);
      else producer.set(first.key, first.value);
    });
    if (producer.version === before) return false;
    for (const { key, value } of update) {
      const text = value === undefined ? undefined : JSON.stringify(value);
      if (text === undefined) state.delete(key);
      else state.set(key, text);
      this.history.touch(key, text);
    }
    return true;
  }

  load(producer: ProducerCache, state: ReadonlyMap<Key, string>): void {
    producer.replaceAll([...state].map(([key, text]) => [key, JSON.parse(text) as unknown]));
    for (const [key, text] of state) this.history.touch(key, text);
    // What begins empty is committed all the same: replicas wait for a first version.
    if (producer.version === 0) producer.batch(() => {});
  }
}
