/** What a fault proxy does not begin with. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { describe, expect, it } from 'vitest';
import { startFaultProxy } from '../src/testing/index.ts';
import type { FaultProxyOptions } from '../src/testing/index.ts';

describe('L1 a fault proxy', () => {
  const targets: unknown[] = [
    undefined,
    {},
    { port: Number.NaN },
    { port: 0 },
    { port: 65_536 },
    { port: '80' },
    { port: 80, host: 7 },
  ];
  it.each(targets.map((target) => [target]))('refuses the target %j', async (target) => {
    const options = { target, seed: 1 } as FaultProxyOptions;
    await expect(startFaultProxy(options)).rejects.toThrow(RangeError);
  });

  it('takes a time that no timer can wait for as one that does not come', async () => {
    const month = 30 * 86_400_000;
    const target = createServer((socket) => socket.on('error', () => {}));
    await once(target.listen(0, '127.0.0.1'), 'listening');
    const { port } = target.address() as AddressInfo;
    const proxy = await startFaultProxy({
      ...{ target: { port }, seed: 1, spareHandshake: false },
      faults: { halfOpenEveryMs: 1, halfOpenMs: month },
    });
    const client = connect(proxy.port, '127.0.0.1');
    let ended = false;
    client.on('error', () => {}).on('close', () => (ended = true));
    const warnings: string[] = [];
    const warned = ({ name }: Error): void => void warnings.push(name);
    process.on('warning', warned);
    await once(client, 'connect');
    while (proxy.counters.halfOpens === 0) await new Promise((go) => setTimeout(go, 5));
    proxy.set({ delayMs: month, stallEveryMs: 1, stallMs: month });
    client.write('x');
    await new Promise((go) => setTimeout(go, 100));
    expect([ended, warnings]).toEqual([false, []]);
    process.off('warning', warned);
    client.destroy();
    await proxy.close();
    target.close();
  });
});
