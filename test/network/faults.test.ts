import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../src/client/index.ts';
import { serve } from '../../src/server/index.ts';
import type { Hub } from '../../src/server/index.ts';
import { Cleanup, until } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

/** Of each stream and code, how often. */
function faultsOf(hub: Hub): Record<string, number> {
  const pattern = /^diffstream_faults_total\{stream="([^"]*)",code="([^"]*)"\} (\d+)$/gm;
  const lines = hub.metrics().matchAll(pattern);
  return Object.fromEntries(
    Array.from(lines, ([, stream, code, n]) => [`${stream} ${code}`, Number(n)]),
  );
}

/** Opens a WebSocket, sends something, if anything, and waits for its end. */
function ended(url: string, data?: string | Buffer, headers: object = {}): Promise<void> {
  return new Promise((resolve) => {
    const socket = new WebSocket(url, { headers: { ...headers } });
    socket.on('open', () => data !== undefined && socket.send(data));
    socket.on('error', () => {});
    socket.on('close', () => resolve());
  });
}

describe('The metrics of a hub', () => {
  let hub: Hub;
  const good = new Set(['good']);

  beforeEach(async () => {
    good.add('good');
    hub = cleanup.add(
      await serve({
        authorize: ({ token }) => good.has(token),
        origins: ['https://ok.example'],
        session: { helloTimeoutMs: 50 },
        connectionsMax: 2,
      }),
    );
    hub.stream('rows').set('a', 1);
  });

  it('count who is turned away, or sent away, by stream and code', async () => {
    expect(faultsOf(hub)).toEqual({});
    const url = `${hub.url}/rows`;
    for (let i = 0; i < 3; i++) {
      await cleanup.add(connect(url, { token: 'bad' })).ready.catch(() => {});
    }
    await ended(url, 'text');
    await ended(url, Buffer.from([1, 2, 3, 4, 5, 6, 7, 8]));
    await ended(url);
    await ended(url, Buffer.from([1]), { origin: 'https://evil.example' });
    expect(faultsOf(hub)).toEqual({
      ...{ 'rows unauthorized': 3, 'rows unexpected-message': 1, 'rows malformed': 1 },
      ...{ 'rows timeout': 1, ' 403': 1 },
    });
  });

  it('count who may not stay, who finds no room, and who asks for what there is not', async () => {
    const options = { token: 'good', session: { backoffMinMs: 5000, backoffMaxMs: 5000 } };
    const replica = cleanup.add(connect(`${hub.url}/rows`, options));
    await replica.ready;
    cleanup.add(connect(`${hub.url}/nowhere`, options));
    await until(() => faultsOf(hub)[' unknown-stream'] === 1);
    const waiting = [ended(`${hub.url}/rows`), ended(`${hub.url}/rows`)];
    await Promise.all(waiting);
    expect(faultsOf(hub)[' 503']).toBeGreaterThanOrEqual(1);
    good.clear();
    await hub.reauthorize();
    expect(faultsOf(hub)).toMatchObject({ 'rows unauthorized': 1, ' unknown-stream': 1 });
  });
});
