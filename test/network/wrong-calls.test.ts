import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { ConnectOptions, Replica } from '../../src/client/index.ts';
import { serve } from '../../src/server/index.ts';
import { codeOf } from '../support/error-code.ts';
import { Cleanup } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => cleanup.run());

async function joined(options: ConnectOptions = {}): Promise<Replica<unknown>> {
  const hub = cleanup.add(await serve());
  hub.stream('rows').update({ key: 'a', n: 1 });
  const replica = cleanup.add(connect(`${hub.url}/rows`, options));
  await replica.ready;
  return replica;
}

describe('A wrong call of a replica', () => {
  it('A1 of on with an event that there is not is refused, and not taken for another', async () => {
    const replica = await joined();
    const on = (event: string, listener: unknown) => () =>
      replica.on(event as never, listener as never);
    expect(codeOf(on('data', () => {}))).toBe('bad-argument');
    expect(codeOf(on('status', undefined))).toBe('bad-argument');
    expect(codeOf(on('progress', () => {}))).toBe('no error');
  });

  it('A1 of subscribe is refused at once for no listener, and for what is no key', async () => {
    const replica = await joined();
    expect(codeOf(() => replica.subscribe(undefined as never))).toBe('bad-argument');
    expect(codeOf(() => replica.subscribe('a', null as never))).toBe('bad-argument');
    expect(codeOf(() => replica.subscribe(['a', 'b'] as never, () => {}))).toBe('bad-key');
  });

  it.each([[undefined], [null], ['text'], [{}]])(
    'P13 of atLeast with %j is a promise that rejects',
    async (given) => {
      const replica = await joined();
      await expect(replica.atLeast(given as never)).rejects.toMatchObject({ code: 'bad-argument' });
    },
  );
});

describe('What is printed of a replica', () => {
  it.each([
    ['fixed', 'hush'],
    ['a function', () => 'hush'],
  ] as const)('S23 never shows its token, %s', async (_how, token) => {
    const replica = await joined({ token });
    expect(inspect(replica)).toBe("Replica Map(1) { 'a' => { key: 'a', n: 1 } }");
    const all = inspect(replica, { depth: 9, customInspect: false });
    expect(all).toContain('isRenewed');
    expect(all + JSON.stringify(replica)).not.toContain('hush');
  });
});
