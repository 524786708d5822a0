/** Verbs that report, and the one that waits until there is nothing more to report. */
import type { Consumer } from '../../protocol/session-rig.ts';
import type { Verb } from './command.ts';
import { countText, positionText } from './message-text.ts';
import { listText, rowText } from './output-text.ts';
import type { World } from './world.ts';

/** Longer than any pause before a reconnection. */
const PATIENCE_MS = 60_000;
const STEP_MS = 100;
/** Reported as bytes of messages already. */
const STATS_LEFT_OUT = new Set(['wireBytes', 'jsonBytes']);

function hubPosition(world: World): string {
  const { version, epoch } = world.rig.producer.head();
  return positionText(version, epoch);
}

function consumerPosition({ cache }: Consumer): string {
  const head = cache.head();
  return head === undefined ? 'before any version' : positionText(head.version, head.epoch);
}

function statsText({ subscriber }: Consumer): string {
  const stats = Object.entries(subscriber.stats as unknown as Record<string, unknown>);
  return (
    stats
      .filter(([name, value]) => value !== 0 && !STATS_LEFT_OUT.has(name))
      .map(([name, value]) => `${name}=${String(value)}`)
      .join(' ') || 'no frame yet'
  );
}

function reportConsumer(world: World, consumer: Consumer): void {
  const { subscriber } = consumer;
  const { status, lagVersions } = subscriber;
  const age = subscriber.ageMs(world.rig.nowMs);
  const old = Number.isNaN(age) ? 'of no known age' : `${age} ms old`;
  const held = `${consumer.id}    ${status} ${consumerPosition(consumer)}`;
  world.log.event(`${held}, lag ${lagVersions}, ${old}; ${statsText(consumer)}`);
}

function isSettled(world: World): boolean {
  return world.rig.consumers.every((consumer) => {
    const { status } = consumer.subscriber;
    return status === 'closed' || (status === 'live' && world.isEqual(consumer));
  });
}

export const reportVerbs = {
  /** Where the hub, its sessions and its consumers stand. */
  status(world) {
    const { rig, log } = world;
    const { size, floor, journalFloor } = rig.producer;
    const entries = countText(size, 'entries');
    const reach = `patches from ${journalFloor} on, entries from ${floor} on`;
    log.event(`hub  ${hubPosition(world)}, ${entries}; ${reach}`);
    for (const session of rig.publisher.describe()) {
      const owner = rig.consumers.find(({ connection }) => connection === session.id);
      log.event(`hub  to ${owner?.id ?? 'nobody'}: session ${session.status}`);
    }
    for (const consumer of rig.consumers) reportConsumer(world, consumer);
  },

  /** `show 1`: what a reader sees at the hub and at consumers. */
  show(world, command) {
    const { rig, log } = world;
    const of = (map: Iterable<readonly [unknown, Parameters<typeof rowText>[0]]>): string =>
      listText([...map].map(([, row]) => rowText(row)).sort()) || 'no rows';
    log.event(`hub  ${hubPosition(world)} ${of(rig.producer)}`);
    for (const consumer of world.consumersNamed(command.takeWord())) {
      log.event(`${consumer.id}    ${consumerPosition(consumer)} ${of(consumer.cache)}`);
    }
  },

  /**
   * Delivers everything and lets time pass until all consumers are live and equal, and for
   * two seconds more. Heads and acknowledgements that cause nothing are left out.
   */
  stabilize(world, command) {
    const { rig, log } = world;
    const startMs = rig.nowMs;
    rig.stalled.clear();
    world.withFaults(command, () => {
      world.deliverHeld();
      rig.turn();
      while (!isSettled(world) && rig.nowMs - startMs < PATIENCE_MS) rig.pass(STEP_MS);
    });
    const neededMs = rig.nowMs - startMs;
    rig.pass(2 * rig.session.heartbeatMs);
    log.dropRoutine();
    const stands = rig.consumers.map(
      (consumer) =>
        `${consumer.id} ${consumer.subscriber.status} ${consumerPosition(consumer)}` +
        (world.isEqual(consumer) ? '' : ' NOT EQUAL'),
    );
    const equal = rig.consumers.every((consumer) => world.isEqual(consumer));
    log.event(`hub  ${hubPosition(world)}; ${stands.join('; ')}`);
    log.event(`${equal ? 'all equal' : 'NOT ALL EQUAL'} after ${neededMs} ms`);
  },
} satisfies Record<string, Verb>;
