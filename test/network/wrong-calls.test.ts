import { runInNewContext } from 'node:vm';
import { createServer } from 'node:http';
import { inspect } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { connect } from '../../src/client/index.ts';
import type { ConnectOptions, Replica } from '../../src/client/index.ts';
import { DiffCache } from '../../src/index.ts';
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

describe('A wrong call of serve, stream, connect or DiffCache', () => {
  const codeOfServe = async (options: object): Promise<unknown> =>
    serve(options).then(
      (hub) => hub.close(),
      ({ code, message }: { code: string; message: string }) => [code, message],
    );

  it('L1 names an option that there is not, so that authorise opens no hub to all', async () => {
    const names =
      'port, host, server, limits, session, authorize, authorizeLimits, connectionsMax, ' +
      'connectionsPerAddressMax, http, origins, dashboard';
    expect(await codeOfServe({ authorise: () => false })).toEqual([
      'bad-argument',
      `serve has no option 'authorise', but ${names}`,
    ]);
    expect(await codeOfServe({ authorise: undefined })).toBeUndefined();
    const hub = cleanup.add(await serve());
    const wrong = [
      () => hub.stream('rows', { keyname: 'id' } as object),
      () => connect(`${hub.url}/rows`, { tokn: 'x' } as object),
      () => DiffCache.producer({ keyname: 'id' } as object),
      () => DiffCache.consumer({ keyName: 'id' } as object),
    ];
    expect(wrong.map(codeOf)).toEqual(wrong.map(() => 'bad-argument'));
  });

  it.each([['8080x'], ['8080'], [-1], [65_536], [1.5], [Number.NaN]])(
    'L1 %j is no port',
    async (port) => {
      const [code, message] = (await codeOfServe({ port })) as string[];
      expect([code, message]).toEqual(['bad-argument', expect.stringContaining('0 to 65535')]);
    },
  );

  it('A1 an address that is not reached is told without what is secret in it', async () => {
    const url = 'ws://user:s3cret@127.0.0.1:1/rows?apikey=s3cret';
    const replica = cleanup.add(connect(url));
    const message = await new Promise<string>((resolve) => {
      replica.on('error', (error) => resolve(error.message));
    });
    expect(message).toContain('ws://127.0.0.1:1/rows cannot be reached');
    expect(message).not.toContain('s3cret');
  });

  it.each([
    ['http://user:s3cret@host/rows?apikey=s3cret', "'http://host/rows' is not a URL that starts"],
    ['rows?apikey=s3cret', "'rows' is not a URL that starts with ws:// or wss://"],
    ['ws://user:s3cret@host/rows?a#s3cret', "'ws://host/rows' is followed by #, which no socket"],
  ])('A1 %j is refused without what is secret in it', (url, what) => {
    expect(() => connect(url)).toThrow(what);
    expect(codeOf(() => connect(url))).toBe('bad-argument');
    expect(() => connect(url)).not.toThrow(/s3cret/);
  });

  it('a port is refused beside a server, which listens by itself', async () => {
    const server = createServer();
    expect(await codeOfServe({ server, port: 8080 })).toEqual([
      'bad-argument',
      'a server that is passed listens by itself: leave out the option port',
    ]);
  });

  it('a stream that is open is not had with other options than it has', async () => {
    const hub = cleanup.add(await serve());
    const rows = hub.stream('rows', { keyName: 'id' });
    for (const same of [{}, { keyName: 'id' }, { copy: true, codec: 'auto' } as const]) {
      expect(hub.stream('rows', same)).toBe(rows);
    }
    expect(() => hub.stream('rows', { keyName: 'sku' })).toThrow(
      'the stream \'rows\' is open with keyName "id", not "sku"',
    );
    expect(codeOf(() => hub.stream('rows', { strict: true }))).toBe('bad-argument');
    const { epoch } = rows;
    const bounded = hub.stream('bounded', { limits: { keyBytesMax: 10 }, epoch });
    for (const same of [{}, { limits: { keyBytesMax: 10 } }, { epoch }]) {
      expect(hub.stream('bounded', same)).toBe(bounded);
    }
    const others = [{ limits: { keyBytesMax: 20 } }, { epoch: { ...epoch, term: 7 } }];
    for (const other of others) {
      expect(codeOf(() => hub.stream('bounded', other))).toBe('bad-argument');
    }
  });

  it('a host that names none is refused, since the platform would take all there are', async () => {
    for (const host of ['', 5, null]) {
      expect(await codeOfServe({ host })).toEqual([
        'bad-argument',
        `the host has to be a name or an address, not ${JSON.stringify(host)}`,
      ]);
    }
  });

  it('L1 limits and a dashboard that cannot be are refused before a port is opened', async () => {
    const wrong = [{ limits: { nope: 1 } }, { limits: { depthMax: 500 } }, { dashboard: 5 }];
    for (const options of wrong) {
      expect(await codeOfServe(options)).toMatchObject(['bad-argument', expect.any(String)]);
    }
  });

  it('a codec that there is not is taken for no other', async () => {
    const hub = cleanup.add(await serve());
    const calls = [
      () => hub.stream('rows', { codec: 'Dense' as never }),
      () => connect(`${hub.url}/rows`, { codec: 'Compact' as never }),
    ];
    for (const call of calls) expect(call).toThrow('the codec is auto, compact or dense, not "');
  });

  it('a stream has no name that leads elsewhere in a URL', async () => {
    const hub = cleanup.add(await serve());
    for (const name of ['.', '..']) expect(codeOf(() => hub.stream(name))).toBe('bad-argument');
    for (const name of ['...', '.a', 'a.', '..a']) {
      expect(codeOf(() => hub.stream(name))).toBe('no error');
    }
  });

  it('a URL has to be text, and so has the name of a stream', async () => {
    const hub = cleanup.add(await serve());
    expect(codeOf(() => connect(new URL(`${hub.url}/rows`) as never))).toBe('bad-argument');
    expect(codeOf(() => hub.stream(undefined as never))).toBe('bad-argument');
  });
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

describe('Options and callbacks of another kind', () => {
  const wrong = { code: 'bad-argument' };

  it('L4 are refused by a cache, and not taken for a default', () => {
    const given = [
      ...[5, null, { copy: 'no' }, { strict: 1 }, { freeze: 0 }, { limits: 5 }, { limits: null }],
    ];
    for (const options of given) {
      expect(codeOf(() => DiffCache.producer(options as never))).toBe('bad-argument');
    }
    expect(codeOf(() => DiffCache.consumer({ limits: 5 } as never))).toBe('bad-argument');
    const producer = DiffCache.producer();
    producer.set('a', { n: 1 });
    expect(codeOf(() => producer.batch(undefined as never))).toBe('bad-argument');
    expect(codeOf(() => producer.mutate('a', undefined as never))).toBe('bad-argument');
    const inBatch = () => producer.batch((tx) => tx.mutate('a', null as never));
    expect(inBatch).toThrow('the recipe of mutate has to be a function, not null');
    expect(producer.version).toBe(1);
  });

  it('L4 are refused by a hub and a replica', async () => {
    for (const options of [null, { server: 5 }, { server: {} }, { session: 5 }, { http: 'x' }]) {
      await expect(serve(options as never)).rejects.toMatchObject(wrong);
    }
    const hub = cleanup.add(await serve());
    for (const options of [{ drain: 5 }, { drainMs: -1 }, { drainMs: NaN }, { drainMs: '2s' }]) {
      await expect(hub.close(options as never)).rejects.toMatchObject(wrong);
    }
    const replica = await joined();
    const token = { epoch: '1.0123456789abcdef', version: 9 };
    for (const options of [null, { sginal: 1 }, { signal: 5 }, { signal: new AbortController() }]) {
      await expect(replica.atLeast(token, options as never)).rejects.toMatchObject(wrong);
    }
    const connecting = () => connect(`${hub.url}/rows`, { signal: new AbortController() as never });
    expect(connecting).toThrow('the signal of connect has to be an AbortSignal');
    expect(codeOf(() => connect(`${hub.url}/rows`, { signal: 5 as never }))).toBe('bad-argument');
  });

  it('L4 bytes of another realm are bytes', () => {
    const bytes = [...DiffCache.producer().set('a', 1).encode()];
    const foreign = runInNewContext('Uint8Array.from(bytes)', { bytes }) as Uint8Array;
    expect(DiffCache.consumer().update(foreign)).toEqual(['new', 'a', 1]);
    const frame = [
      ...DiffCache.producer()
        .replaceAll([['a', 1]])
        .encode(),
    ];
    const other = runInNewContext('Uint8Array.from(frame)', { frame }) as Uint8Array;
    expect(DiffCache.consumer().apply(other)).toEqual([['new', 'a', 1]]);
  });
});
