/** What a consumer knows about how far behind it is, and when it is told. */
import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/cache/frame.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { decodeHubMessage } from '../../src/protocol/index.ts';
import type { Consumer } from './session-rig.ts';
import { EPOCH, Rig } from './session-rig.ts';

const noise = (length: number): string =>
  Array.from({ length }, (_, i) => String.fromCharCode(97 + ((i * i * 7) % 26))).join('');

/** Versions in the order of arrival: what frames lead to, and what heads say. */
interface Arrival {
  readonly frames: number;
  readonly head: number | undefined;
  readonly inParts: boolean;
}

function arrivals({ received }: Consumer): Arrival[] {
  const seen: Arrival[] = [];
  let parts: number[] = [];
  let frames = 0;
  for (const bytes of received) {
    const message = decodeHubMessage(bytes);
    if (message.kind === 'part' || message.kind === 'frame') parts.push(...message.body);
    if (message.kind === 'frame') {
      frames = Frame.decodeBody(Uint8Array.from(parts), EPOCH, defaultLimits).to;
      parts = [];
    }
    const head = message.kind === 'head' ? message.version : undefined;
    seen.push({ frames, head, inParts: parts.length > 0 });
  }
  return seen;
}

describe('a consumer', () => {
  it('P11 S5 hears a head only when all that leads to it has come, however slow it is', () => {
    const rig = new Rig({ windowBytes: 2000, partBytes: 500, heartbeatMs: 100 });
    rig.put('a', 0);
    const consumer = rig.join();
    for (let n = 1; n <= 40; n++) {
      rig.put('a', n, noise(n * 100));
      if (n % 3 === 0) rig.stalled.add(consumer);
      else rig.stalled.delete(consumer);
      rig.pass(70);
    }
    rig.stalled.delete(consumer);
    rig.pass(1000);
    const seen = arrivals(consumer);
    const heads = seen.filter(({ head }) => head !== undefined);
    expect(heads.length).toBeGreaterThan(10);
    for (const { frames, head, inParts } of heads) expect([head, inParts]).toEqual([frames, false]);
    expect(consumer.errors).toEqual([]);
    expect(consumer.cache.version).toBe(41);
  });

  it('P12 knows how many versions and for how long it is behind', () => {
    const rig = new Rig({ windowBytes: 2000, partBytes: 500 });
    rig.put('a', 1, noise(5000));
    rig.put('a', 2, noise(6000));
    const consumer = rig.join();
    const { subscriber } = consumer;
    expect(subscriber.ageMs(rig.nowMs)).toBeNaN();
    // The answer arrives, what follows does not yet.
    const passAll = rig.tamper;
    rig.tamper = (passing) => (passing.way === 'down' && passing.index > 0 ? [] : passAll(passing));
    rig.turn();
    expect([subscriber.status, subscriber.lagVersions]).toEqual(['catching-up', 2]);
    rig.tamper = passAll;
    rig.pass(60_000);
    expect([subscriber.status, subscriber.lagVersions]).toEqual(['live', 0]);
    expect(subscriber.ageMs(rig.nowMs)).toBeLessThanOrEqual(1000);
    const age = subscriber.ageMs(rig.nowMs);
    rig.stalled.add(consumer);
    rig.pass(1500);
    expect(subscriber.ageMs(rig.nowMs)).toBe(age + 1500);
  });
});

describe('a consumer that is cut off', () => {
  it('P12 is behind by what it knows of, not by all it holds', () => {
    const rig = new Rig();
    for (let n = 1; n <= 5; n++) rig.put('a', n);
    const consumer = rig.join();
    rig.turn();
    rig.isUp = false;
    rig.cut(consumer);
    expect(consumer.subscriber.status).toBe('stale');
    expect(consumer.subscriber.lagVersions).toBe(0);
    rig.put('a', 6);
    rig.pass(2000);
    expect(consumer.subscriber.lagVersions).toBe(0);
  });
});
