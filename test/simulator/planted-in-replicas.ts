/** Bugs in what a replica does. */
import { FrameConsumer } from '../../src/cache/frame-consumer.ts';
import { Deadlines } from '../../src/protocol/deadlines.ts';
import { Freshness } from '../../src/protocol/freshness.ts';
import { PartCollector } from '../../src/protocol/part-collector.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { Recovery } from '../../src/protocol/recovery.ts';
import { RepairWalk } from '../../src/protocol/repair-walk.ts';
import { isReading } from '../../src/protocol/subscriber-state.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import { Timers } from '../../src/protocol/timers.ts';
import type { PlantedBug } from './plant.ts';
import { bug, instead, together } from './plant.ts';

export const bugsInReplicas: PlantedBug[] = [
  bug(
    'any answer is taken for the own',
    'answers of another session decide what is asked for',
    instead(
      Subscriber,
      'answered',
      (own) =>
        function (answer, nowMs) {
          this.nonce = answer.nonce;
          return own.call(this, answer, nowMs);
        },
    ),
  ),
  bug(
    'live at the answer',
    'a replica says live before it has anything',
    instead(
      Subscriber,
      'answered',
      (own) =>
        function (answer, nowMs) {
          own.call(this, answer, nowMs);
          if (this.state === 'catching-up') this.enter('live');
        },
    ),
  ),
  bug(
    'a head is not compared',
    'a replica is live at another version than the hub says',
    instead(
      Subscriber,
      'compareHead',
      () =>
        function () {
          this.current();
        },
    ),
  ),
  bug(
    'an older epoch is taken over',
    'a deposed producer changes replicas',
    together(
      instead(
        FrameConsumer,
        'orderOf',
        (own) =>
          function (epoch) {
            const order = own.call(this, epoch);
            return order === 'older' || order === 'conflict' ? 'newer' : order;
          },
      ),
      instead(
        Publisher,
        'refuse',
        (own) =>
          function (session, refusal) {
            if (refusal.code !== 'stale-epoch') return own.call(this, session, refusal);
            session.request = { ...session.request, position: undefined };
            return this.answer(session);
          },
      ),
    ),
  ),
  bug(
    'an older snapshot is taken',
    'a replica goes back in time',
    together(
      instead(
        FrameConsumer,
        'passesOver',
        (own) =>
          function (frame) {
            return frame.from > 0 && own.call(this, frame);
          },
      ),
      instead(
        FrameConsumer,
        'checkFrom',
        (own) =>
          function (frame, fresh) {
            if (frame.from > 0) own.call(this, frame, fresh);
          },
      ),
    ),
  ),
  bug(
    'a snapshot keeps what it does not hold',
    'entries that are gone stay',
    instead(
      FrameConsumer,
      'commitFrame',
      (own) =>
        function (frame, plan) {
          const entries = new Map([...plan.entries].filter(([, entry]) => entry !== undefined));
          return own.call(this, frame, frame.from === 0 ? { ...plan, entries } : plan);
        },
    ),
  ),
  bug(
    'a repeat is told again',
    'listeners hear of one change twice',
    instead(
      FrameConsumer,
      'apply',
      (own) =>
        function (frame) {
          const before = this.settled;
          const applied = own.call(this, frame);
          if (applied.length > 0) this.lastApplied = applied;
          return frame.to === before && frame.from > 0 ? (this.lastApplied ?? applied) : applied;
        },
    ),
  ),
  bug(
    'parts outlive their connection',
    'pieces of two frames are put together',
    instead(PartCollector, 'clear', () => () => {}),
  ),
  bug(
    'a repair drops nothing',
    'what a replica has too much stays, and no repair helps',
    instead(RepairWalk, 'keysOf', () => () => []),
  ),
  bug(
    'a snapshot that comes late makes live',
    'a replica is live with a deposed producer',
    instead(
      Subscriber,
      'unpacked',
      (own) =>
        function (id, body, nowMs) {
          if (
            this.state === 'closed' ||
            (this.unpacking.isLast(id) && this.state === 'installing')
          ) {
            return own.call(this, id, body, nowMs);
          }
          const { state } = this;
          this.state = 'waiting';
          const outputs = own.call(this, id, body, nowMs);
          this.state = state;
          if (isReading(state)) this.enter('live');
          return [...outputs, ...this.take()];
        },
    ),
  ),
  bug(
    'any snapshot inflated is the one that is waited for',
    'what comes after a snapshot is applied to an older one',
    instead(
      Subscriber,
      'unpacked',
      (own) =>
        function (id, body, nowMs) {
          this.unpacking.isLast = () => true;
          return own.call(this, id, body, nowMs);
        },
    ),
  ),
];

export const bugsInTime: PlantedBug[] = [
  bug(
    'silence is not noticed',
    'a replica on a dead line stays live',
    instead(
      Timers,
      'set',
      (own) =>
        function (name, atMs) {
          if (name !== 'silence') own.call(this, name, atMs);
        },
    ),
  ),
  bug(
    'nobody dials again',
    'a replica that was cut off stays away',
    instead(
      Timers,
      'set',
      (own) =>
        function (name, atMs) {
          if (name !== 'redial' || this.dials++ < 3) own.call(this, name, atMs);
          this.dials ??= 0;
        },
    ),
  ),
  bug(
    'every failure leads to a resume, none to a repair',
    'a copy that is wrong stays wrong',
    instead(Recovery, 'failed', () => () => 'resume'),
  ),
  bug(
    'a connection may take for ever',
    'a replica waits for a connection that is never made',
    instead(Deadlines, 'dialled', () => () => undefined),
  ),
  bug(
    'limits are believed at once',
    'damage closes a replica for good',
    instead(Recovery, 'countHopeless', () => () => true),
  ),
  bug(
    'age counts from when a frame is complete',
    'a replica on a slow line seems fresh',
    instead(
      PartCollector,
      'finish',
      (own) =>
        function (last, nowMs) {
          const whole = own.call(this, last, nowMs);
          this.beganMs = nowMs;
          return whole;
        },
    ),
  ),
  bug(
    'news of old times counts as news',
    'a replica takes a cached snapshot for the present',
    instead(
      Freshness,
      'current',
      () =>
        function () {
          this.currentMs = Math.max(this.learnedMs, this.askedMs ?? 0);
          this.askedMs = this.learnedMs + 1000;
        },
    ),
  ),
];
