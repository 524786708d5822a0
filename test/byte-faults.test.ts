import { describe, expect, it } from 'vitest';
import { ByteFaults } from '../src/testing/byte-faults.ts';
import { newFaultCounters } from '../src/testing/faults.ts';
import { SeededRandom } from '../src/testing/seeded-random.ts';

/** Bits set in what came of a piece of zeros. */
function bitsIn(piece: Buffer): number {
  return [...piece].reduce((sum, byte) => sum + byte.toString(2).replaceAll('0', '').length, 0);
}

describe('a bit flipped on demand', () => {
  it('is one bit of the next bytes, each time it was asked for, and is counted', () => {
    const counters = newFaultCounters();
    const random = new SeededRandom(1);
    const faults = new ByteFaults({ random, counters, spareHandshake: false });
    expect(bitsIn(faults.apply(Buffer.alloc(500)))).toBe(0);
    faults.flipNext();
    faults.flipNext();
    expect(faults.apply(Buffer.alloc(0))).toHaveLength(0);
    expect(bitsIn(faults.apply(Buffer.alloc(500)))).toBe(2);
    expect(bitsIn(faults.apply(Buffer.alloc(500)))).toBe(0);
    expect(counters.corruptions).toBe(2);
  });

  it('spares a handshake', () => {
    const counters = newFaultCounters();
    const random = new SeededRandom(1);
    const faults = new ByteFaults({ random, counters, spareHandshake: true });
    faults.flipNext();
    const head = 'GET / HTTP/1.1\r\n\r\n';
    const passed = faults.apply(Buffer.concat([Buffer.from(head), Buffer.alloc(9)]));
    expect(passed.subarray(0, head.length).toString()).toBe(head);
    expect(bitsIn(passed.subarray(head.length))).toBe(1);
  });
});
