import { execFile } from 'node:child_process';
import { cp, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support/source.ts';

const DIST = join(ROOT, 'dist');
let folder: string;

interface Ended {
  readonly code: number;
  readonly out: string;
}

function run(args: readonly string[], cwd = ROOT): Promise<Ended> {
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd, timeout: 15_000 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, out: `${stdout}${stderr}` });
    });
  });
}

const door = (name: string, dist = DIST): string =>
  JSON.stringify(pathToFileURL(join(dist, name, 'index.js')).href);

/** Runs a program in a process of its own; it has to end by itself. */
async function program(source: string): Promise<Ended> {
  const file = join(folder, `${Math.random().toString(36).slice(2)}.mjs`);
  await writeFile(file, source);
  return run([file]);
}

beforeAll(async () => {
  const { code, out } = await run([join(ROOT, 'scripts', 'ready.mjs')]);
  if (code !== 0) throw new Error(out);
  folder = await mkdtemp(join(tmpdir(), 'diffstream-process-'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true }));

describe('a process', () => {
  it('ends by itself once its hub and its replicas are closed', async () => {
    const { code, out } = await program(`
      import { serve } from ${door('server')};
      import { connect } from ${door('client')};
      const hub = await serve();
      hub.stream('rows').update({ key: 'a', n: 1 });
      const replica = connect(hub.url + '/rows');
      await replica.ready;
      console.log(replica.get('a').n, replica.status);
      await replica.close();
      await hub.close();
    `);
    expect([code, out]).toEqual([0, '1 live\n']);
  });

  it('ends by itself when a replica is closed that never got through', async () => {
    const { code, out } = await program(`
      import { connect } from ${door('client')};
      const replica = connect('ws://127.0.0.1:1/rows');
      replica.on('error', ({ code }) => {
        console.log(code);
        replica.close();
      });
      const late = connect('ws://127.0.0.1:1/rows');
      late.close();
      setTimeout(() => console.log('alive'), 10_000).unref();
    `);
    expect([code, out]).toEqual([0, 'unreachable\n']);
  });

  it('ends by itself when a replica closes whose hub says nothing any more', async () => {
    const { code, out } = await program(`
      import { createServer } from 'node:net';
      import { connect } from ${door('client')};
      const server = createServer(() => {}).listen(0, '127.0.0.1', () => {
        const replica = connect('ws://127.0.0.1:' + server.address().port + '/rows');
        setTimeout(() => {
          replica.close();
          server.unref();
          console.log(replica.status);
        }, 50);
      });
      server.on('connection', (socket) => socket.unref());
    `);
    expect([code, out]).toEqual([0, 'closed\n']);
  });

  it('keeps running while a replica waits for its hub', async () => {
    const { code, out } = await program(`
      import { connect } from ${door('client')};
      connect('ws://127.0.0.1:1/rows');
      setTimeout(() => {
        console.log('alive');
        process.exit(7);
      }, 500).unref();
    `);
    expect([code, out]).toEqual([7, 'alive\n']);
  });

  it('without the package ws is told what to install, and the rest works', async () => {
    const lonely = join(folder, 'lonely');
    await cp(DIST, join(lonely, 'dist'), {
      recursive: true,
      filter: (source) => !source.includes(`${DIST}/bin`),
    });
    await writeFile(join(lonely, 'package.json'), '{"type":"module"}');
    const { code, out } = await program(`
      import { serve } from ${door('server', join(lonely, 'dist'))};
      import { connect } from ${door('client', join(lonely, 'dist'))};
      delete globalThis.WebSocket;
      try {
        await serve();
      } catch ({ code, message, recovery }) {
        console.log(code, recovery, message);
      }
      const replica = connect('ws://127.0.0.1:1/rows');
      replica.on('error', ({ code, message }) => {
        console.log(code, message);
        replica.close();
      });
    `);
    expect(code).toBe(0);
    const [server, client] = out.split('\n');
    expect(server).toMatch(/^missing-dependency fix-the-call .*npm install ws/);
    expect(client).toMatch(/^missing-dependency .*npm install ws/);
  });
});
