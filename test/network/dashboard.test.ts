import { createServer, request as httpRequest } from 'node:http';
import type { IncomingHttpHeaders } from 'node:http';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import { connect } from '../../src/client/index.ts';
import type { Replica } from '../../src/client/index.ts';
import { DiffStreamError } from '../../src/core/errors.ts';
import { eventLimits } from '../../src/server/event-log.ts';
import { serve } from '../../src/server/index.ts';
import type { EventRow, Hub, HubRow, PageRow, SessionRow } from '../../src/server/index.ts';
import { startFaultProxy } from '../../src/testing/fault-proxy.ts';
import { Cleanup, until } from './wait.ts';

const cleanup = new Cleanup();
afterEach(() => {
  vi.restoreAllMocks();
  return cleanup.run();
});

interface Answer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly text: string;
}

interface Asked {
  readonly path?: string;
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** Not by fetch, which would not say another name than that of the host. */
function ask(hub: Hub, { path = '/', method = 'GET', headers = {}, body }: Asked): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const options = { port: hub.port, host: '127.0.0.1', path, method, headers };
    const request = httpRequest(options, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (part: string) => (text += part));
      response.on('end', () => {
        resolve({ status: response.statusCode ?? 0, headers: response.headers, text });
      });
    });
    request.once('error', reject);
    request.end(body);
  });
}

function secretIn(page: string): string {
  return /name="diffstream-secret" content="([^"]*)"/.exec(page)?.[1] ?? 'none';
}

function assertNever(): never {
  throw new Error('no rows today');
}

function isTrouble({ what }: EventRow): boolean {
  return what === 'trouble';
}

async function rowsOf(hub: Hub): Promise<Replica<PageRow>> {
  const rows = cleanup.add(connect<PageRow>(`${hub.url}/$hub`));
  await rows.ready;
  return rows;
}

/** The status of the answer to an upgrade; 101 where it was taken. */
function upgrade(hub: Hub, path: string, headers: Record<string, string>): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`${hub.url}${path}`, { headers });
    socket.on('error', () => {});
    socket.once('unexpected-response', (_request, response) => resolve(response.statusCode ?? 0));
    socket.once('open', () => {
      socket.close();
      resolve(101);
    });
  });
}

describe('the page of a hub', () => {
  it('is there only where it was asked for, and needs nothing from anywhere else', async () => {
    const without = cleanup.add(await serve());
    expect((await ask(without, {})).status).toBe(426);
    expect(without.pageUrl).toBeUndefined();
    const hub = cleanup.add(await serve({ dashboard: true }));
    expect(hub.pageUrl).toBe(`http://127.0.0.1:${hub.port}/`);
    const { status, headers, text } = await ask(hub, {});
    expect(status).toBe(200);
    const policy = String(headers['content-security-policy']);
    expect(policy).toContain("default-src 'none'");
    expect(policy).toContain("frame-ancestors 'none'");
    expect(policy).not.toContain('unsafe');
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'content-type': 'text/html; charset=utf-8',
    });
    const nonces = new Set(text.match(/nonce="[^"]+"/g));
    expect(nonces.size).toBe(1);
    expect(policy).toContain([...nonces][0]?.slice(7, -1));
    const again = (await ask(hub, {})).text;
    expect(again.includes([...nonces][0] ?? '')).toBe(false);
    const shell = text
      .replace(/<script[\s\S]*<\/script>/, '')
      .replace(/<style[\s\S]*<\/style>/, '');
    expect(shell.length).toBeLessThan(2000);
    expect(shell).not.toMatch(/(?:src|href)="(?!data:)/);
    expect(secretIn(text)).toBe('');
  });

  it('answers a head without a body, and leaves other paths as they were', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    expect(await ask(hub, { method: 'HEAD' })).toMatchObject({ status: 200, text: '' });
    expect((await ask(hub, { path: '/rows' })).status).toBe(426);
    expect((await ask(hub, { method: 'POST' })).status).toBe(426);
    expect((await ask(hub, { path: '/act', method: 'POST', body: '{}' })).status).toBe(426);
  });

  it('is not handed out under a name that is not its own', async () => {
    const hub = cleanup.add(await serve({ dashboard: { hosts: ['Hub.Example'] } }));
    const statusFor = async (host: string): Promise<number> =>
      (await ask(hub, { headers: { host } })).status;
    const own = ['127.0.0.1', 'localhost:80', '[::1]:9', 'a.localhost', 'hub.example', '10.0.0.7'];
    for (const name of own) expect([name, await statusFor(name)]).toEqual([name, 200]);
    const foreign = ['evil.example', 'localhost.evil.example', "a';", '127.0.0.1.nip.example'];
    for (const name of foreign) expect([name, await statusFor(name)]).toEqual([name, 403]);
  });

  it('needs the own server of the hub', async () => {
    const server = createServer();
    await expect(serve({ server, dashboard: true })).rejects.toMatchObject({
      code: 'bad-argument',
    });
    cleanup.add(await serve({ dashboard: false }));
  });
});

describe('the stream of the hub itself', () => {
  it('tells of streams, sessions and answers, and counts whole values by session', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    const producer = hub.stream<{ key: string; text: string }>('rows');
    producer.update({ key: 'a', text: 'x'.repeat(500) });
    const replica = cleanup.add(connect(`${hub.url}/rows?name=first`));
    await replica.ready;
    const rows = await rowsOf(hub);
    for (let n = 0; n < 10; n++) producer.update({ key: 'a', text: 'x'.repeat(500) + String(n) });
    const row = (): PageRow | undefined => rows.get('stream/rows');
    await until(() => (row() as { version: number } | undefined)?.version === 11);
    expect(row()).toMatchObject({ entries: 1, sessions: 1, digest: producer.head().digest });
    const { sentBytes, wholeBytes } = row() as { sentBytes: number; wholeBytes: number };
    // The state for who joined, and ten updates.
    expect(wholeBytes).toBeGreaterThan(11 * 500);
    expect(sentBytes).toBeLessThan(2000);
    const [session] = hub.sessions();
    expect(session).toMatchObject({ stream: 'rows', name: 'first', state: 'serving' });
    expect(rows.get(`session/${session?.id}`)).toMatchObject({ name: 'first', version: 11 });
    const events = [...rows.values()].filter(({ kind }) => kind === 'event');
    expect(events).toMatchObject([{ who: 'first', what: 'everything', from: 0, to: 1 }]);
  });

  it('tells how who was cut off went on, by the name it gave itself', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    const producer = hub.stream<{ key: string; n: number }>('rows');
    producer.update({ key: 'a', n: 0 });
    const proxy = cleanup.add(await startFaultProxy({ target: { port: hub.port }, seed: 1 }));
    const session = { backoffMinMs: 20, backoffMaxMs: 50 };
    const url = `${proxy.url('/rows')}?x=1&name=far-away`;
    const replica = cleanup.add(connect(url, { session }));
    await replica.ready;
    const rows = await rowsOf(hub);
    proxy.cutAll();
    producer.update({ key: 'a', n: 1 });
    const eventOf = (what: string): PageRow | undefined =>
      [...rows.values()].find((row) => row.kind === 'event' && row.what === what);
    await until(() => eventOf('changes') !== undefined);
    expect(eventOf('changes')).toMatchObject({ who: 'far-away', from: 1, to: 2 });
    expect(eventOf('everything')).toMatchObject({ who: 'far-away', from: 0, to: 1 });
    expect(rows.get('stream/rows')).toMatchObject({ rungs: { everything: 1, changes: 1 } });
    await replica.close();
    proxy.corruptAll();
  });

  it('is no part of what the hub tells of its streams, and cannot be taken by one', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    await rowsOf(hub);
    expect(hub.sessions()).toEqual([]);
    expect(hub.metrics()).not.toContain('$hub');
    expect(() => hub.stream('$hub')).toThrow('cannot name a stream');
    const without = cleanup.add(await serve());
    const rows = cleanup.add(connect(`${without.url}/$hub`));
    let told = '';
    rows.on('error', ({ code }) => (told = code));
    await until(() => told === 'unknown-stream');
  });

  it('costs a commit nothing while nobody looks', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    const producer = hub.stream<number>('rows');
    // Nothing but the hub's own sending hears of commits, with a page as without one.
    const without = cleanup.add(await serve()).stream<number>('rows');
    const heard = (cache: object): number => (cache as { listeners: Set<unknown> }).listeners.size;
    expect(heard(producer)).toBe(heard(without));
    producer.set('a', 0);
    const replica = cleanup.add(connect(`${hub.url}/rows`));
    await replica.ready;
    const looks = vi.spyOn(producer, 'changedAfter');
    for (let n = 1; n <= 9; n++) producer.set('a', n);
    expect(looks).not.toHaveBeenCalled();
    // What was not counted one by one is known all the same: a byte for each update, and the state.
    const rows = await rowsOf(hub);
    await until(() => rows.has('stream/rows'));
    expect(rows.get('stream/rows')).toMatchObject({ wholeBytes: 10 });
  });

  it('rests while nobody looks', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    let asked = 0;
    const watched = cleanup.add(
      await serve({
        dashboard: {
          rows: () => {
            asked++;
            return [];
          },
        },
      }),
    );
    hub.stream('rows').batch(() => {});
    expect(asked).toBe(0);
    const rows = await rowsOf(watched);
    await until(() => asked >= 3);
    await rows.close();
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 1200));
    expect(asked - before).toBeLessThanOrEqual(1);
  });

  it('tells what ended a session, shortened, and keeps a bounded number of events', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    hub.stream('rows').batch(() => {});
    const rows = await rowsOf(hub);
    const socket = new WebSocket(`${hub.url}/rows?name=wrong`);
    socket.on('open', () => socket.send(Buffer.from([255, 255, 255])));
    await until(() => [...rows.values()].some((row) => row.kind === 'event'));
    const found = [...rows.values()].find((row) => row.kind === 'event');
    expect(found).toMatchObject({ who: 'wrong', what: 'error', stream: 'rows' });
    for (let n = 0; n < 2 * eventLimits.toldMax; n++) {
      const cause = `${n} ${'x'.repeat(10_000)}`;
      hub.dashboard?.tell({ stream: 'rows', who: 'w', what: 'trouble', from: 0, to: 0, cause });
    }
    const told = (): EventRow[] =>
      [...rows.values()].filter((row) => row.kind === 'event').filter(isTrouble);
    await until(() => told().length === eventLimits.toldMax);
    expect(told()[0]?.cause.length).toBe(eventLimits.causeLengthMax);
    // What it told first is of another kind, and still there.
    expect([...rows.values()].some((row) => row.kind === 'event' && row.who === 'wrong')).toBe(
      true,
    );
  });

  it('goes on while the clock of people is set back, at times that they can read', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    hub.stream('rows').batch(() => {});
    const replica = cleanup.add(connect(`${hub.url}/rows`));
    await replica.ready;
    const rows = await rowsOf(hub);
    const hubRow = (): HubRow => rows.get('hub') as HubRow;
    const session = `session/${hub.sessions()[0]?.id}`;
    const { lastRungMs } = rows.get(session) as SessionRow;
    const [upMs, hourMs] = [hubRow().upMs, 3_600_000];
    const real = Date.now;
    vi.spyOn(Date, 'now').mockImplementation(() => real() - hourMs);
    await until(() => hubRow().upMs > upMs + 300);
    expect(hubRow().nowMs).toBeLessThan(real() - hourMs + 1);
    const moved = (rows.get(session) as SessionRow).lastRungMs - lastRungMs;
    expect(Math.abs(moved + hourMs)).toBeLessThan(1000);
  });

  it('counts garbage, and lets it push out nothing', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    hub.stream('rows').batch(() => {});
    hub.dashboard?.tell({
      ...{ stream: 'rows', who: 'w', what: 'fault' },
      from: 0,
      to: 0,
      cause: 'c',
    });
    const rows = await rowsOf(hub);
    const throwGarbage = (n: number): Promise<void> =>
      new Promise((resolve) => {
        const socket = new WebSocket(`${hub.url}/$hub?name=n${n}`);
        socket.on('open', () => socket.send(Buffer.alloc(1 + (n % 200), n)));
        socket.on('error', () => {});
        socket.on('close', () => resolve());
      });
    for (let n = 0; n < 300; n += 30) {
      await Promise.all(Array.from({ length: 30 }, (_, i) => throwGarbage(n + i)));
    }
    const events = (): EventRow[] => [...rows.values()].filter((row) => row.kind === 'event');
    const counted = (): number =>
      events().reduce((sum, { what, count }) => sum + (what === 'error' ? count : 0), 0);
    await until(() => counted() === 300);
    expect(events().length).toBeLessThan(10);
    expect(events().some(({ what }) => what === 'fault')).toBe(true);
  });

  it('is closed to other sites in the same browser', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    const own = `127.0.0.1:${hub.port}`;
    expect(await upgrade(hub, '/$hub', {})).toBe(101);
    expect(await upgrade(hub, '/$hub', { origin: `http://${own}` })).toBe(101);
    expect(await upgrade(hub, '/$hub', { origin: 'http://evil.example' })).toBe(403);
    expect(await upgrade(hub, '/$hub', { origin: 'null' })).toBe(403);
    const rebound = { origin: 'http://evil.example', host: 'evil.example' };
    expect(await upgrade(hub, '/$hub', rebound)).toBe(403);
    // A program says what host it likes, and no origin.
    expect(await upgrade(hub, '/$hub', { host: 'hub.internal' })).toBe(101);
    const rows = await rowsOf(hub);
    const event = (): PageRow | undefined =>
      [...rows.values()].find(({ kind }) => kind === 'event');
    await until(() => event() !== undefined);
    expect(event()).toMatchObject({ who: 'a web page', what: 'error', stream: '$hub', count: 3 });
  });

  it('is open to pages of origins that are named, which opens no other stream', async () => {
    const origins = ['https://Ops.Example:443/', 'app://ops'];
    const hub = cleanup.add(await serve({ dashboard: { origins }, origins: [] }));
    hub.stream('rows').batch(() => {});
    const statusFor = (path: string, origin: string): Promise<number> =>
      upgrade(hub, path, { origin, host: `10.0.0.7:${hub.port}` });
    for (const origin of ['https://ops.example', 'app://ops', `http://10.0.0.7:${hub.port}`]) {
      expect([origin, await statusFor('/$hub', origin)]).toEqual([origin, 101]);
    }
    const foreign = ['http://ops.example', 'https://ops.example:444', 'https://ops.example.evil'];
    for (const origin of [...foreign, 'app://ops2', 'null', '']) {
      expect([origin, await statusFor('/$hub', origin)]).toEqual([origin, 403]);
    }
    expect(await statusFor('/rows', 'https://ops.example')).toBe(403);
    expect(await statusFor('/rows', `http://10.0.0.7:${hub.port}`)).toBe(101);
  });

  it('BI-102 streams are open to any page, or to those of the origins that are named', async () => {
    const open = cleanup.add(await serve());
    const origin = 'https://any.example';
    expect(await upgrade(open, '/rows', { origin })).toBe(101);
    const shut = cleanup.add(await serve({ origins: ['https://shop.example'] }));
    expect(await upgrade(shut, '/rows', { origin })).toBe(403);
    expect(await upgrade(shut, '/rows', { origin: `http://127.0.0.1:${shut.port}` })).toBe(403);
    expect(await upgrade(shut, '/rows', { origin: 'https://shop.example' })).toBe(101);
    expect(await upgrade(shut, '/rows', {})).toBe(101);
  });

  it('says what is no origin, and listens nowhere then', async () => {
    const port = cleanup.add(await serve()).port;
    await cleanup.run();
    for (const wrong of ['shop.example', '*', 'https://a/b', 'null', '', 'https://u@a']) {
      const options = [{ origins: [wrong] }, { dashboard: { origins: [wrong] } }];
      for (const option of options) {
        await expect(serve({ port, ...option })).rejects.toMatchObject({ code: 'bad-argument' });
      }
    }
    const wrongs = ['https://shop.example', [7], {}] as unknown as string[][];
    for (const origins of wrongs) {
      await expect(serve({ port, origins })).rejects.toMatchObject({ code: 'bad-argument' });
    }
    cleanup.add(await serve({ port }));
  });
});

describe('what a page may ask for', () => {
  async function hubThatActs(): Promise<{ hub: Hub; taken: unknown[]; secret: string }> {
    const taken: unknown[] = [];
    const act = (request: unknown): unknown => {
      if (request === null) throw new DiffStreamError('bad-argument', 'nothing was asked for');
      if (request === 'fail') throw new Error('a secret of the inside');
      taken.push(request);
      return 'done';
    };
    const hub = cleanup.add(await serve({ dashboard: { act } }));
    return { hub, taken, secret: secretIn((await ask(hub, {})).text) };
  }

  const post = { path: '/act', method: 'POST', body: '{"n":1}' };

  it('is done for who knows the secret of the page, and for nobody else', async () => {
    const { hub, taken, secret } = await hubThatActs();
    const headers = { 'x-diffstream-secret': secret };
    expect(secret.length).toBeGreaterThan(30);
    expect(await ask(hub, { ...post, headers })).toMatchObject({
      status: 200,
      text: '{"done":"done"}\n',
    });
    expect(taken).toEqual([{ n: 1 }]);
    const refused: Asked[] = [
      post,
      { ...post, headers: { 'x-diffstream-secret': `${secret}x` } },
      { ...post, headers: { 'x-diffstream-secret': '' } },
      { ...post, headers: { ...headers, origin: 'http://evil.example' } },
      { ...post, headers: { ...headers, host: 'evil.example' } },
    ];
    for (const one of refused) expect((await ask(hub, one)).status).toBe(403);
    expect((await ask(hub, { ...post, method: 'GET', headers })).status).toBe(405);
    expect(taken).toHaveLength(1);
  });

  it('is refused in words where it makes no sense, and says no inner secret', async () => {
    const { hub, secret } = await hubThatActs();
    const headers = { 'x-diffstream-secret': secret };
    const send = (body: string): Promise<Answer> => ask(hub, { ...post, headers, body });
    expect(await send('null')).toMatchObject({ status: 400 });
    expect(await send('{')).toMatchObject({ status: 400 });
    expect(await send(JSON.stringify('x'.repeat(5000)))).toMatchObject({ status: 413 });
    const failed = await send('"fail"');
    expect(failed.status).toBe(500);
    expect(failed.text).not.toContain('inside');
  });

  it('goes on when rows of others throw or are no JSON, and says what was wrong', async () => {
    let give = (): (readonly [string, PageRow])[] => [];
    const hub = cleanup.add(await serve({ dashboard: { rows: () => give() } }));
    const page = await rowsOf(hub);
    const bad = { kind: 'event', cause: '\ud800' } as PageRow;
    const troubles = { 'no rows today': () => assertNever(), 'lone surrogate': () => bad };
    for (const [cause, row] of Object.entries(troubles)) {
      let asked = 0;
      give = () => {
        asked++;
        return [['bad', row()]];
      };
      await until(() => asked > 0);
      give = () => [];
      const isTold = (told: PageRow): boolean =>
        told.kind === 'event' && told.cause.includes(cause);
      await until(() => [...page.values()].some(isTold));
      expect(page.status).toBe('live');
    }
  });

  it('answers an act whose outcome is no JSON, and a page in a connection of its own', async () => {
    const hub = cleanup.add(await serve({ dashboard: { act: () => 1n } }));
    const page = await ask(hub, {});
    expect(page.headers.connection).toBe('close');
    const headers = { 'x-diffstream-secret': secretIn(page.text) };
    const answer = await ask(hub, { path: '/act', method: 'POST', headers, body: '{}' });
    expect([answer.status, JSON.parse(answer.text)]).toEqual([500, { error: 'it failed' }]);
  });
});
