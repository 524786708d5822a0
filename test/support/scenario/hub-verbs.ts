/** Verbs that start and replace hubs and consumers. */
import type { Epoch } from '../../../src/cache/epoch.ts';
import type { ProducerCache } from '../../../src/cache/producer.ts';
import { defaultSessionLimits } from '../../../src/protocol/index.ts';
import type { Row } from '../../protocol/session-rig.ts';
import { EPOCH, newProducer } from '../../protocol/session-rig.ts';
import type { Command, Verb } from './command.ts';
import { wholeNumber } from './command.ts';
import { positionText } from './message-text.ts';
import { entriesOf, rowsOf } from './rows.ts';
import type { World } from './world.ts';

/** The term given, or the next one; each producer of a scenario has its own incarnation. */
function nextEpoch(world: World, given: string | undefined): Epoch {
  const { epoch } = world.rig.producer;
  if (given === 'same') return epoch;
  const term = given === undefined ? epoch.term + 1 : wholeNumber(given);
  return { term, incarnation: String(world.producers.length % 10).repeat(16) };
}

function nextProducer(world: World, command: Command): ProducerCache<Row> {
  const again = command.numberOption('producer');
  if (again !== undefined) {
    const producer = world.producers[again - 1];
    if (producer === undefined) throw new Error(`there was no producer ${again}`);
    return producer;
  }
  const producer = newProducer({ epoch: nextEpoch(world, command.option('epoch')) });
  const data = command.option('data');
  const rows = rowsOf(command);
  if (data === 'same') producer.replaceAll(world.rig.producer);
  else if (data !== 'none') producer.replaceAll(entriesOf(rows));
  return producer;
}

export const hubVerbs = {
  /** `hub windowBytes=300 journalEntriesMax=3`: session limits, and limits of the producer. */
  hub(world, command) {
    const session: Record<string, number> = {};
    const limits: Record<string, number> = {};
    for (const [name, text] of command.takeRest()) {
      const group = Object.hasOwn(defaultSessionLimits, name) ? session : limits;
      group[name] = wholeNumber(text);
    }
    world.start(session, newProducer({ epoch: EPOCH, limits }));
  },

  /**
   * `restart-hub a:1 epoch=1001`: another producer with these rows; `data=same` with the rows
   * of the last one, `data=none` before its first commit. `epoch=same` a producer that takes
   * the last one's epoch; `producer=1` the first producer itself is back.
   */
  'restart-hub'(world, command) {
    const producer = nextProducer(world, command);
    command.takeWords();
    world.restart(producer);
    const number = world.producers.indexOf(producer) + 1;
    const { version, epoch } = producer.head();
    world.log.event(`hub  has producer ${number} at ${positionText(version, epoch)}`);
  },

  /** `add-consumer 2`: so many consumers more. */
  'add-consumer'(world, command) {
    const count = wholeNumber(command.takeWord() ?? '1');
    for (let i = 0; i < count; i++) world.join();
  },
} satisfies Record<string, Verb>;
