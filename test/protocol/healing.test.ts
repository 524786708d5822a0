import { describe, expect, it } from 'vitest';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import type { Passing, Tamper } from './session-rig.ts';
import { newProducer, Rig, stateOf } from './session-rig.ts';

const NEWER = { term: 1001, incarnation: 'f'.repeat(16) };

/**
 * One session with everything in it: a snapshot in parts, updates, a deletion, heads,
 * acknowledgements, a cut, a resume, and a restarted producer with other data.
 */
function play(tamper: Tamper): Rig {
  const rig = new Rig({ partBytes: 24, windowBytes: 256, answerTimeoutMs: 2000 });
  rig.tamper = tamper;
  rig.commit((producer) => producer.replaceAll([['a', { key: 'a', n: 1 }]]));
  rig.put('b', 2, 'some text');
  const consumer = rig.join();
  rig.pass(100);
  rig.put('a', 3);
  rig.pass(100);
  rig.commit((producer) => producer.delete('b'));
  rig.put('c', 4);
  rig.pass(1000);
  rig.cut(consumer);
  rig.put('c', 5);
  rig.pass(300);
  const next = newProducer({ epoch: NEWER });
  next.replaceAll([['c', { key: 'c', n: 6 }]]);
  rig.restart(next);
  rig.pass(1200);
  rig.put('c', 7);
  rig.pass(100);
  return rig;
}

/** Undisturbed from now on: equal and live within a bounded time, or the reason why not. */
function heal(rig: Rig): string {
  rig.tamper = ({ bytes }) => [bytes];
  const [consumer] = rig.consumers;
  if (consumer === undefined) return 'nobody is there';
  for (let i = 0; i < 90; i++) {
    rig.pass(500);
    const equal = stateOf(consumer.cache) === stateOf(rig.producer);
    if (equal && consumer.subscriber.status === 'live') return '';
  }
  const { status, state } = consumer.subscriber;
  return `${status} (${state}) at ${consumer.cache.version}: ${consumer.codes.slice(-3).join()}`;
}

function record(): Passing[] {
  const passed: Passing[] = [];
  const rig = play((passing) => {
    passed.push(passing);
    return [passing.bytes];
  });
  expect(heal(rig)).toBe('');
  expect(rig.consumers[0]?.codes).toEqual(['unreachable', 'unreachable']);
  return passed;
}

/** Plays the session again with one message treated; says what did not heal. */
function treat({ way, index }: Passing, change: (bytes: Uint8Array) => Uint8Array[]): string {
  try {
    return heal(
      play((passing) =>
        passing.way === way && passing.index === index ? change(passing.bytes) : [passing.bytes],
      ),
    );
  } catch (error) {
    return String(error);
  }
}

describe('P1 P6 P7 after a fault a consumer shows nothing wrong, and is equal again', () => {
  const passed = record();
  const about = ({ way, index, bytes }: Passing): string => `${way} ${index} type ${bytes[0]}`;

  it('the session played has every kind of message', () => {
    const types = new Set(passed.map(({ bytes }) => bytes[0]));
    expect(types).toEqual(new Set([0x01, 0x03, 0x41, 0x42, 0x43, 0x44]));
  });

  it.each(['up', 'down'] as const)('each single bit flipped on its way %s', (way) => {
    const wrong: string[] = [];
    for (const passing of passed.filter((one) => one.way === way)) {
      for (let bit = 0; bit < passing.bytes.length * 8; bit++) {
        const fault = treat(passing, (bytes) => {
          const at = bit >> 3;
          return [bytes.with(at, (bytes[at] as number) ^ (1 << (bit & 7)))];
        });
        if (fault !== '') wrong.push(`${about(passing)} bit ${bit}: ${fault}`);
      }
    }
    expect(wrong).toEqual([]);
  });

  it('each message lost, doubled, cut short, lengthened or replaced by nothing', () => {
    const treatments: Record<string, (bytes: Uint8Array) => Uint8Array[]> = {
      lost: () => [],
      doubled: (bytes) => [bytes, bytes],
      tripled: (bytes) => [bytes, bytes, bytes],
      short: (bytes) => [bytes.subarray(0, -1)],
      long: (bytes) => [Uint8Array.of(...bytes, 0)],
      empty: () => [new Uint8Array(0)],
      text: () => [Uint8Array.of(0x45, 1, 120, 0, 0)],
    };
    const wrong = passed.flatMap((passing) =>
      Object.entries(treatments).flatMap(([name, change]) => {
        const fault = treat(passing, change);
        return fault === '' ? [] : [`${about(passing)} ${name}: ${fault}`];
      }),
    );
    expect(wrong).toEqual([]);
  });

  it('each message swapped with the one behind it', () => {
    const wrong = passed.flatMap((swapped) => {
      let held: Uint8Array | undefined;
      const rig = play(({ way, index, bytes }) => {
        if (way !== swapped.way) return [bytes];
        if (index === swapped.index) {
          held = bytes;
          return [];
        }
        const both = held === undefined ? [bytes] : [bytes, held];
        held = undefined;
        return both;
      });
      const fault = heal(rig);
      return fault === '' ? [] : [`${about(swapped)}: ${fault}`];
    });
    expect(wrong).toEqual([]);
  });

  it.each([1, 2, 3, 4, 5, 6])('many faults at random, seed %i', (seed) => {
    const random = new SeededRandom(`healing ${seed}`);
    const wrong: string[] = [];
    for (let round = 0; round < 100; round++) {
      const rate = [0.02, 0.1, 0.4][round % 3] as number;
      const rig = play(({ bytes }) => {
        if (!random.chance(rate)) return [bytes];
        const at = random.below(bytes.length);
        const flipped = bytes.with(at, (bytes[at] as number) ^ (1 << random.below(8)));
        return random.pick([[], [bytes, bytes], [flipped], [bytes.subarray(at)], [flipped, bytes]]);
      });
      const fault = heal(rig);
      // Two refusals for good in a row are believed: made of damage that is rare, not absurd.
      if (fault !== '' && rig.consumers[0]?.subscriber.status !== 'closed') wrong.push(fault);
    }
    expect(wrong).toEqual([]);
  });
});
