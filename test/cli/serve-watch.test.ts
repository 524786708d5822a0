import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { SeededRandom } from '../../src/testing/index.ts';
import { endAll, run, start } from './support/command.ts';
import type { Command } from './support/command.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-cli-'));
});

afterEach(async () => {
  await endAll();
  await rm(folder, { recursive: true });
});

/** A feed of records with creations, changes and deletions, and the file a replica makes of it. */
function feed(updates: number): { lines: string; finalFile: string } {
  const random = new SeededRandom('feed');
  const state = new Map<string, unknown>();
  let lines = '';
  for (let n = 0; n < updates; n++) {
    const key = `item ${random.below(200)}`;
    const isGone = state.has(key) && random.chance(0.1);
    const value = {
      n,
      zeta: random.below(9),
      alpha: { 10: 'ü'.repeat(random.below(30)), 2: null },
    };
    lines += `${JSON.stringify(isGone ? { op: 'del', key } : { op: 'put', key, value })}\n`;
    if (isGone) state.delete(key);
    else state.set(key, value);
  }
  const sorted = [...state].sort(([a], [b]) => (a < b ? -1 : 1));
  const finalFile = sorted.map(([key, value]) => `${JSON.stringify({ key, value })}\n`).join('');
  return { lines, finalFile };
}

async function urlOf(server: Command): Promise<string> {
  const [, url = ''] = await server.prints('stdout', /serving (ws:\S+)\n/);
  return url;
}

describe('serve and watch', () => {
  it('keep three replicas equal, one of them late and one killed and started again', async () => {
    const { lines, finalFile } = feed(3000);
    await writeFile(join(folder, 'feed.ndjson.gz'), gzipSync(lines));
    const server = start('serve', join(folder, 'feed.ndjson.gz'), '--rate', '1500');
    const url = await urlOf(server);
    const out = (name: string): string => join(folder, `${name}.ndjson`);
    const watch = (name: string): Command => start('watch', url, '--json', '--out', out(name));
    const [steady, killed] = [watch('steady'), watch('killed')];
    await killed.prints('stdout', /"cmd":"update"/);
    killed.signal('SIGKILL');
    expect(await killed.end()).toBe('SIGKILL');
    const replicas = [steady, watch('killed'), watch('late')];
    await server.prints('stderr', /the input has ended: 3,000 lines, 3,000 applied, 0 refused/);
    for (const replica of replicas) await replica.prints('stdout', /"version":3000\b/);
    for (const replica of replicas) replica.signal('SIGINT');
    for (const replica of replicas) expect(await replica.end()).toBe(0);
    for (const name of ['steady', 'killed', 'late']) {
      expect(await readFile(out(name), 'utf8')).toBe(finalFile);
    }
    server.signal('SIGTERM');
    expect(await server.end()).toBe(0);
  });

  it('report refused lines with their numbers and serve the rest', async () => {
    const bad = '{"key":1,"a":1}\nhello\n{"id":2}\n{"key":3,"a":1e999}\n{"key":4,"s":"\\ud800"}\n';
    await writeFile(join(folder, 'bad.ndjson'), `${bad}{"key":5}\n`);
    const server = start('serve', join(folder, 'bad.ndjson'));
    const url = await urlOf(server);
    await server.prints('stderr', /6 lines, 2 applied, 4 refused; 2 entries at version 1/);
    expect(server.stderr).toMatch(/error bad-input: line 2: not JSON: .*\n {2}\S/);
    expect(server.stderr).toMatch(/error bad-input: line 3: the object has no member "key"/);
    expect(server.stderr).toMatch(/error bad-input: line 4: the number 1e999/);
    expect(server.stderr).toMatch(/error bad-value: line 5: .*lone surrogate/);
    const once = await run('watch', url, '--once');
    expect(once).toMatchObject({
      code: 0,
      stdout: '{"key":1,"value":{"key":1,"a":1}}\n{"key":5,"value":{"key":5}}\n',
    });
    expect((await run('watch', url, '--once', '--key', '5')).stdout).toContain('{"key":5,');
  });

  it('follow the standard input while it is open, and end when interrupted', async () => {
    const server = start('serve', '-', '--key', 'id', '--stream', 'prices', '--json');
    const [, url = ''] = await server.prints(
      'stdout',
      /"event":"serving","url":"(ws:\S+\/prices)"/,
    );
    const watcher = start('watch', url, '--json', '--key', 'a');
    server.stdin.write('{"id":"a","price":1}\n');
    await watcher.prints('stdout', /"version":1,"cmd":"new","key":"a"/);
    server.stdin.write('{"id":"b","price":1}\n{"id":"a","price":2}\n');
    await watcher.prints('stdout', /"cmd":"update","key":"a","value":{"id":"a","price":2}}\n/);
    expect(watcher.stdout).not.toContain('"key":"b"');
    watcher.signal('SIGINT');
    server.signal('SIGINT');
    expect([await watcher.end(), await server.end()]).toEqual([0, 0]);
  });

  it('S21 S22 let in who shows a token of a file, as long as it stands there', async () => {
    const [tokens, own, feedFile] = ['tokens', 'own', 'feed.ndjson'].map((n) =>
      join(folder, n),
    ) as [string, string, string];
    await writeFile(feedFile, '{"key":1}\n');
    await writeFile(tokens, '# who may read\n\nalpha\r\n  beta \n');
    const server = start('serve', feedFile, '--tokens', tokens);
    const url = await urlOf(server);
    const denied = await run('watch', url, '--once');
    expect(denied).toMatchObject({ code: 3, stdout: '' });
    expect(denied.stderr).toMatch(/error unauthorized: the hub refused: .*\n.*--token-file/);
    for (const token of ['# who may read', 'gamma']) {
      await writeFile(own, `${token}\n`);
      const wrong = await run('watch', url, '--once', '--token-file', own, '--timeout', '500ms');
      expect([wrong.code, wrong.stdout]).toEqual([token === 'gamma' ? 3 : 1, '']);
    }
    await writeFile(own, '\nbeta\nwhatever follows\n');
    expect(await run('watch', url, '--once', '--token-file', own)).toMatchObject({
      code: 0,
      stdout: '{"key":1,"value":{"key":1}}\n',
    });
    const late = await run('watch', url, '--once', '--token-file', join(folder, 'none'));
    expect([late.code, late.stderr]).toEqual([1, expect.stringMatching(/tokens cannot be read/)]);
    const empty = await run('serve', feedFile, '--tokens', feedFile.replace('feed', 'none'));
    expect(empty.stderr).toMatch(/error bad-input: tokens cannot be read/);
  });

  it('S22 S23 wait for a token, and while the file of tokens is empty', async () => {
    const [tokens, own] = ['tokens', 'own'].map((n) => join(folder, n)) as [string, string];
    await writeFile(tokens, 'alpha');
    await writeFile(own, 'gamma');
    const server = start('serve', '-', '--tokens', tokens);
    const url = await urlOf(server);
    server.stdin.write('{"key":1}\n');
    const watcher = start('watch', url, '--token-file', own);
    await watcher.prints('stderr', /unauthorized: the hub refused/);
    // One that is being written says nothing of anybody.
    await writeFile(tokens, '');
    await watcher.prints('stderr', /unreachable: the hub refused/);
    await writeFile(tokens, 'gamma');
    const live = await watcher.prints('stderr', /live at version (\d)/);
    expect(live[1]).toBe('1');
  });

  it('give an empty collection for an input without updates', async () => {
    await writeFile(join(folder, 'empty.ndjson'), '\n');
    const server = start('serve', join(folder, 'empty.ndjson'));
    const out = join(folder, 'out.ndjson');
    const once = await run('watch', await urlOf(server), '--once', '--out', out);
    expect(once.code).toBe(0);
    expect(await readFile(out, 'utf8')).toBe('');
  });

  it('P5 leave replicas what they hold while a file is read anew, or cannot be', async () => {
    const path = (name: string): string => join(folder, name);
    const [feedFile, broken, before, after] = ['feed.ndjson', 'broken.gz', 'a', 'b'].map(path) as [
      ...[string, string, string, string],
    ];
    const lines = Array.from({ length: 5000 }, (_, key) => `{"key":${key},"n":${key * 7}}\n`);
    await writeFile(feedFile, lines.join(''));
    await writeFile(broken, 'garbage');
    const first = start('serve', feedFile);
    const { port, href } = new URL(await urlOf(first));
    expect((await run('watch', href, '--once', '--out', before)).code).toBe(0);
    const watcher = start('watch', href, '--json', '--out', after);
    await watcher.prints('stdout', /"version":1,"cmd":"new","key":4999/);
    const seen = watcher.stdout.length;
    first.signal('SIGKILL');
    await first.end();
    const second = start('serve', broken, '--port', port);
    await second.prints('stderr', /0 applied, 1 refused; 0 entries at version 0/);
    second.signal('SIGTERM');
    expect(await second.end()).toBe(1);
    const third = start('serve', feedFile, '--port', port);
    await third.prints('stderr', /5,000 applied, 0 refused; 5,000 entries at version 1/);
    await watcher.prints('stderr', /live at version 1[^]*live at version 1/);
    watcher.signal('SIGINT');
    expect(await watcher.end()).toBe(0);
    expect(watcher.stdout.slice(seen)).toBe('');
    expect(await readFile(after, 'utf8')).toBe(await readFile(before, 'utf8'));
  });

  it('take no - for a file of the final state', async () => {
    const refused = await run('watch', 'ws://127.0.0.1:1/feed', '--once', '--out', '-');
    expect(refused).toMatchObject({ code: 2, stdout: '' });
    expect(refused.stderr).toContain('--out takes a file; --once without it prints the state');
  });

  it('say that a port is in use, and what to do', async () => {
    await writeFile(join(folder, 'feed.ndjson'), '{"key":1}\n');
    const first = start('serve', join(folder, 'feed.ndjson'));
    const { port } = new URL(await urlOf(first));
    const second = await run('serve', join(folder, 'feed.ndjson'), '--port', port);
    expect(second.code).toBe(3);
    expect(second.stderr).toMatch(/^error address-in-use: .*\n {2}.*--port/);
    expect(first.hasEnded).toBe(false);
  });

  it('say that nobody answers: watch --once gives up, watch keeps trying', async () => {
    const nobody = 'ws://127.0.0.1:1/feed';
    const out = join(folder, 'out.ndjson');
    await writeFile(out, 'old');
    const watcher = start('watch', nobody, '--out', out);
    const once = await run('watch', nobody, '--once', '--timeout', '300ms');
    expect(once.code).toBe(3);
    expect(once.stderr).toMatch(/error unreachable: .*ECONNREFUSED.*\n {2}\S/);
    await watcher.prints('stderr', /warning unreachable: .*ECONNREFUSED.*\n {2}Trying again/);
    watcher.signal('SIGINT');
    expect(await watcher.end()).toBe(130);
    expect(await readFile(out, 'utf8')).toBe('old');
  });
});

describe('the command line', () => {
  it('has a help for itself and for each verb, and a version', async () => {
    const [help, plain] = await Promise.all([run('--help'), run()]);
    expect(help.code).toBe(0);
    expect(plain.stdout).toBe(help.stdout);
    expect((await run('help', '--help')).stdout).toBe(help.stdout);
    for (const verb of ['demo', 'serve', 'watch', 'inspect']) {
      expect(help.stdout).toContain(`  ${verb} `);
      const [long, short] = await Promise.all([run('help', verb), run(verb, '--help')]);
      expect([long.code, short.code, short.stdout]).toEqual([0, 0, long.stdout]);
      expect(long.stdout).toContain('130  interrupted');
    }
    expect((await run('--version')).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
  });

  it('refuses what it does not know, with exit code 2', async () => {
    const [verb, option, missing] = await Promise.all([
      run('sreve'),
      run('serve', '--prot', '1'),
      run('watch'),
    ]);
    expect([verb.code, option.code, missing.code]).toEqual([2, 2, 2]);
    expect(verb.stderr).toContain('there is no verb "sreve"; did you mean serve?');
    expect(option.stderr).toContain('there is no option "--prot"; did you mean --port?');
    expect(option.stderr).toContain('See `diffstream help serve`');
    expect(missing.stderr).toContain('expected <url>');
  });

  it('refuses a file that cannot be read before it listens', async () => {
    const { code, stderr, stdout } = await run('serve', join(folder, 'nowhere.ndjson'));
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toContain('there is no such file');
  });
});
