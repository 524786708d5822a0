import { getEventListeners } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import { whenAborted } from '../../src/client/when-aborted.ts';
import { serve } from '../../src/server/index.ts';
import { Cleanup } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const listeners = ({ signal }: AbortController): number =>
  getEventListeners(signal, 'abort').length;

describe('A1 one signal', () => {
  it('ends any number of replicas and of waits, with one listener', async () => {
    const hub = cleanup.add(await serve());
    const rows = hub.stream('rows');
    rows.set('a', 1);
    const controller = new AbortController();
    const { signal } = controller;
    const replicas = Array.from({ length: 12 }, () =>
      cleanup.add(connect(`${hub.url}/rows`, { signal })),
    );
    await Promise.all(replicas.map(({ ready }) => ready));
    const [first] = replicas;
    const token = { epoch: rows.head().epoch, version: 2 };
    const waits = Array.from({ length: 12 }, async () => first?.atLeast(token, { signal }));
    expect(listeners(controller)).toBe(1);
    controller.abort();
    const outcomes = await Promise.allSettled(waits);
    expect(outcomes.map(({ status }) => status)).toEqual(waits.map(() => 'rejected'));
    expect(replicas.map(({ status }) => status)).toEqual(replicas.map(() => 'closed'));
    expect(listeners(controller)).toBe(0);
  });

  it('is let go by whoever forgets it last, and calls nobody who did', () => {
    const controller = new AbortController();
    const called: string[] = [];
    const forgetA = whenAborted(controller.signal, () => called.push('a'));
    const forgetB = whenAborted(controller.signal, () => called.push('b'));
    forgetA();
    expect(listeners(controller)).toBe(1);
    forgetB();
    forgetB();
    expect(listeners(controller)).toBe(0);
    const forgetC = whenAborted(controller.signal, () => called.push('c'));
    whenAborted(controller.signal, () => called.push('d'));
    forgetB();
    forgetC();
    controller.abort();
    expect(called).toEqual(['d']);
    expect(listeners(controller)).toBe(0);
  });
});
