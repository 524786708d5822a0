/** Verbs that write: each says the version that it has made. */
import { DiffStreamError } from '../../../src/core/errors.ts';
import type { ProducerCache } from '../../../src/cache/producer.ts';
import type { Row } from '../../protocol/session-rig.ts';
import type { Verb } from './command.ts';
import { entriesOf, keysOf, rowChangesOf, rowsOf } from './rows.ts';
import type { World } from './world.ts';

type Work = (producer: ProducerCache<Row>) => unknown;

/** Each piece of work is a commit; said is the version that they lead to. */
function commit(world: World, works: readonly Work[]): void {
  for (const work of works) {
    try {
      world.rig.commit(work);
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      world.log.event(`error ${error.code}, ${error.recovery}`);
    }
  }
  world.log.event(`version ${world.rig.producer.version}`);
}

export const commitVerbs = {
  /** `put a:1 b:2`: whole rows, each a version of its own. */
  put(world, command) {
    const rows = rowsOf(command);
    commit(
      world,
      rows.map((row) => (producer) => producer.set(row.key, row)),
    );
  },

  /** `patch a:2`: a row's number, and with `text=` its text, changed in place. */
  patch(world, command) {
    const works = rowsOf(command).map(({ key, ...members }): Work => {
      return (producer) =>
        producer.mutate(key, (draft) => {
          Object.assign(draft, members);
        });
    });
    commit(world, works);
  },

  /** `delete a b`, each a version of its own. */
  delete(world, command) {
    const keys = command.takeWords().flatMap(keysOf);
    commit(
      world,
      keys.map((key) => (producer) => producer.delete(key)),
    );
  },

  /** `batch a:1 b:2 -c`: rows and deletions in one version. */
  batch(world, command) {
    const changes = rowChangesOf(command);
    const work: Work = (producer) =>
      producer.batch((tx) => {
        for (const change of changes) {
          if ('put' in change) tx.set(change.put.key, change.put);
          else tx.delete(change.remove);
        }
      });
    commit(world, [work]);
  },

  /** `replace-all a:1`: exactly these rows from now on, in one version. */
  'replace-all'(world, command) {
    const rows = rowsOf(command);
    commit(world, [(producer) => producer.replaceAll(entriesOf(rows))]);
  },
} satisfies Record<string, Verb>;
