import { afterEach, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { DiffStreamError } from '../../src/index.ts';
import { serve } from '../../src/server/index.ts';
import { Cleanup, until } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

const session = { backoffMinMs: 20, backoffMaxMs: 100, heartbeatMs: 100 };

it('P13 a wait under way ends when a newer producer takes over, even with equal data', async () => {
  const hub = cleanup.add(await serve({ session }));
  const { port } = hub;
  const row = { key: 'a', n: 1 };
  const old = hub.stream('rows', { epoch: { term: 1, incarnation: '0'.repeat(16) } });
  old.update(row);
  const replica = cleanup.add(connect(`${hub.url}/rows`, { session }));
  await replica.ready;
  const outcome = replica.atLeast({ epoch: old.head().epoch, version: 2 }).then(
    () => 'seen',
    (error: DiffStreamError) => error.code,
  );
  await hub.close();
  const next = cleanup.add(await serve({ session, port }));
  const rows = next.stream('rows', { epoch: { term: 2, incarnation: '0'.repeat(16) } });
  const { token } = rows.update(row);
  expect(await outcome).toBe('stale-epoch');
  await replica.atLeast(token);
  await until(() => replica.status === 'live');
});
