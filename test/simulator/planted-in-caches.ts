/** Bugs in digests and in the producer's cache. */
import { Collection } from '../../src/cache/collection.ts';
import { CollectionDigest } from '../../src/cache/collection-digest.ts';
import { ChangingTree } from '../../src/cache/changing-tree.ts';
import { Journal } from '../../src/cache/journal.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import { Tombstones } from '../../src/cache/tombstones.ts';
import type { PlantedBug } from './plant.ts';
import { bug, instead } from './plant.ts';

export const bugsInDigests: PlantedBug[] = [
  bug(
    'checks are not compared',
    'damaged frames are shown',
    instead(CollectionDigest, 'check', () => () => 7),
  ),
  bug(
    'a removal is missing in the collection digest',
    'right frames fail their check',
    instead(
      CollectionDigest,
      'remove',
      (own) =>
        function (key, digest) {
          if (this.forgets !== true) own.call(this, key, digest);
          this.forgets = Math.abs(digest.lo) % 50 === 0;
        },
    ),
  ),
  bug(
    'the digest tree keeps what was removed',
    'comparisons find what does not differ, again and again',
    instead(ChangingTree, 'remove', () => () => {}),
  ),
];

export const bugsInProducers: PlantedBug[] = [
  bug(
    'the journal reaches one version too far',
    'a frame lacks the change of one version',
    instead(
      Journal,
      'reaches',
      () =>
        function (version: number) {
          return version >= this.floor - 1;
        },
    ),
  ),
  bug(
    'tombstones are forgotten without a floor',
    'a deletion never reaches who was away',
    instead(
      Tombstones,
      'set',
      (own) =>
        function (key, version) {
          const { floor } = this;
          own.call(this, key, version);
          this.floor = floor;
        },
    ),
  ),
  bug(
    'a catch-up starts from the last value before, not the first',
    'who lags gets patches on a base it never had',
    instead(
      Collection,
      'changesAfter',
      (own) =>
        function (from: number) {
          const { journal } = this;
          const after = journal.after.bind(journal);
          const records: { key: unknown }[] = [...after(from)];
          const last = new Map(records.map((record) => [record.key, record]));
          this.journal = Object.assign(Object.create(journal), { after: () => last.values() });
          try {
            return own.call(this, from);
          } finally {
            this.journal = journal;
          }
        },
    ),
  ),
  bug(
    'conflation loses deletions',
    'deleted entries stay',
    instead(
      Collection,
      'changesAfter',
      (own) =>
        function (from: number) {
          return own.call(this, from).filter(({ kind }: { kind: string }) => kind !== 'delete');
        },
    ),
  ),
  bug(
    'entries keep their first version',
    'beyond the journal, updates are missed',
    instead(
      Collection,
      'measured',
      (own) =>
        function (key, before, step) {
          const make = own.call(this, key, before, step);
          return before === undefined ? make : () => ({ ...make(), version: before.version });
        },
    ),
  ),
  bug(
    'a batch is committed key by key',
    'half a batch is shown',
    instead(
      ProducerCache,
      'commitStaged',
      (own) =>
        function (staged: unknown[]) {
          if (staged.length === 0) return own.call(this, staged);
          const from = this.version;
          for (const one of staged) this.commit([one]);
          return this.frame(from);
        },
    ),
  ),
  bug(
    'a repair leaves out what was committed meanwhile',
    'repairs fail while updates go on',
    instead(Collection, 'changedAfter', () => () => new Map()),
  ),
];
