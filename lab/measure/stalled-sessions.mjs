// Sessions that have stopped reading: what they hold of the hub's memory, all together.
import { atMost, plain } from './figures.mjs';
import { heldBytes } from './heap.mjs';
import { firstHello, newProducer, newPublisher, obey } from './publisher-rig.mjs';
import { quotes } from './workload.mjs';

/** Sessions come in groups, a few updates apart, and never acknowledge anything. */
function scenario({ sessions, groups, updates, instruments, changes, seed }, keep) {
  const producer = newProducer();
  const publisher = newPublisher(producer);
  const next = quotes({ instruments, changes, seed });
  // The other ends of memory pairs nobody reads: what was sent stays, by reference.
  const kept = [];
  const take = (outputs) => obey(publisher, outputs, ({ bytes }) => keep && kept.push(bytes));
  let joined = 0;
  for (let i = 0; i < updates; i++) {
    producer.update(next());
    take(publisher.flush());
    const due = Math.ceil((sessions * Math.min(groups, i + 1)) / groups);
    for (; joined < due; joined++) {
      publisher.open(joined, 0);
      take(publisher.receive(joined, firstHello(joined), 0));
    }
  }
  const inFlight = publisher.describe().map(({ bytesUnacknowledged }) => bytesUnacknowledged);
  return { producer, publisher, kept, inFlight };
}

/** What a scenario leaves in memory, in bytes. */
async function held(settings, keep) {
  const before = await heldBytes();
  const made = scenario(settings, keep);
  const bytes = (await heldBytes()) - before;
  const mostInFlight = Math.max(0, ...made.inFlight);
  return { bytes, mostInFlight, version: made.producer.version, messages: made.kept.length };
}

async function run(settings) {
  // The first round warms the engine up; its figures count for nothing.
  await held({ ...settings, sessions: 10 }, true);
  const without = await held({ ...settings, sessions: 0 }, true);
  const alone = await held(settings, false);
  const withUnread = await held(settings, true);
  const { sessions } = settings;
  const most = (10_000_000 * sessions) / 1000;
  const megabytes = (bytes) => bytes / 1e6;
  const added = withUnread.bytes - without.bytes;
  return {
    figures: [
      plain('versions committed', withUnread.version),
      plain('messages sent and not read', withUnread.messages),
      plain('most under way to one session', withUnread.mostInFlight, 'bytes'),
      plain('the hub without sessions', megabytes(without.bytes), 'MB'),
      atMost(
        `${sessions} sessions, what is under way included`,
        megabytes(added),
        megabytes(most),
        'MB',
      ),
      plain('of it the sessions themselves', megabytes(alone.bytes - without.bytes), 'MB'),
      plain('each, what is under way included', added / sessions, 'bytes'),
    ],
    notes: [
      'what was sent and not read is kept by reference, as an in-memory transport keeps it;',
      'sockets copy it into the kernel instead, up to the window for each session',
    ],
  };
}

export const command = {
  shows: 'memory of in-process sessions that do not read',
  options: {
    sessions: { value: 1000, what: 'sessions that stall' },
    groups: { value: 10, what: 'groups that join at different versions' },
    updates: { value: 4000, short: 800, what: 'updates committed' },
    instruments: { value: 70, what: 'rows of the object, about 100 bytes each' },
    changes: { value: 20, what: 'rows that change with each update' },
    seed: { value: 1, what: 'seed of the updates' },
  },
  run,
};
