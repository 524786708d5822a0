/** What a driver does with the outputs of its machine. */
import { describe, expect, it } from 'vitest';
import { OutputQueue } from '../../src/driver/output-queue.ts';
import { PublisherDriver } from '../../src/driver/drive-publisher.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { defaultSessionLimits } from '../../src/protocol/session-limits.ts';
import { HELLO, newProducer } from '../protocol/session-rig.ts';

describe('Outputs', () => {
  it('A1 are carried out in order, those that one leads to behind all others', () => {
    const done: string[] = [];
    const queue: OutputQueue<string> = new OutputQueue((output, next) => {
      done.push(`${output} before ${next ?? 'nothing'}`);
      if (output === 'a') queue.run(['c', 'd']);
    });
    queue.run(['a', 'b']);
    queue.run(['e']);
    expect(done).toEqual([
      ...['a before b', 'b before c', 'c before d', 'd before nothing'],
      'e before nothing',
    ]);
  });

  it('A1 are all carried out where one throws, and then that is thrown', () => {
    const done: string[] = [];
    const queue = new OutputQueue<string>((output) => {
      if (output.startsWith('bad')) throw new Error(output);
      done.push(output);
    });
    expect(() => queue.run(['a', 'bad 1', 'b', 'bad 2', 'c'])).toThrow('bad 1');
    queue.run(['d']);
    expect(done).toEqual(['a', 'b', 'c', 'd']);
  });

  it('A3 that wait are forgotten but for those wanted, and none is carried out twice', () => {
    const done: string[] = [];
    const queue: OutputQueue<string> = new OutputQueue((output) => {
      done.push(output);
      if (output !== 'stop') return;
      queue.keep((one) => one.startsWith('last'));
      queue.run(['last 2']);
    });
    queue.run(['last 0', 'stop', 'more', 'last 1']);
    expect(done).toEqual(['last 0', 'stop', 'last 1', 'last 2']);
  });

  it('P14 for one connection that throws keep no other from its own, nor the clock', () => {
    let nowMs = 0;
    const alarms: { atMs: number; ring: () => void }[] = [];
    const clock = {
      nowMs: () => nowMs,
      wallMs: () => nowMs,
      at: (atMs: number, ring: () => void) => {
        const alarm = { atMs, ring };
        alarms.push(alarm);
        return () => alarms.splice(alarms.indexOf(alarm), 1);
      },
      endOfTurn: () => {},
    };
    const producer = newProducer();
    producer.set('a', { key: 'a', n: 1 });
    let ids = 0;
    const hooks = { nextId: () => ++ids, onError: () => {} };
    const publisher = new Publisher(producer, defaultSessionLimits);
    const driver = new PublisherDriver(publisher, clock, hooks);
    const heard: string[] = [];
    let broken = false;
    const sends = [
      () => {
        if (broken) throw new Error('a connection that throws');
      },
      (bytes: Uint8Array) => void heard.push(decodeHubMessage(bytes).kind),
    ];
    for (const send of sends) {
      driver.accept({ send, close: () => {} }).received(encodeMessage(HELLO));
    }
    broken = true;
    const { heartbeatMs } = defaultSessionLimits;
    for (const beat of [1, 2, 3]) {
      nowMs = beat * heartbeatMs;
      const due = alarms.splice(0).filter(({ atMs }) => atMs <= nowMs);
      expect(due).toHaveLength(1);
      expect(() => due[0]?.ring()).toThrow('a connection that throws');
    }
    expect(heard).toEqual(['answer', 'frame', 'head', 'head', 'head']);
  });
});
