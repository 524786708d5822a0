import { spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';

import { endAll, run, start } from './support/command.ts';

const folder = mkdtempSync(join(tmpdir(), 'diffstream-pipe-'));
let pipes = 0;

afterEach(endAll);
afterAll(() => rmSync(folder, { recursive: true }));

function newPipe(): string {
  const path = join(folder, `pipe-${++pipes}`);
  spawnSync('mkfifo', [path]);
  return path;
}

describe.skipIf(process.platform === 'win32')('a named pipe', () => {
  it('without a writer does not keep a command from its end', async () => {
    const serving = start('serve', newPipe());
    await serving.prints('stdout', /serving/);
    serving.signal('SIGINT');
    expect(await serving.end()).toBe(0);
    const inspecting = start('inspect', newPipe());
    // It tells nothing before its end: the signal comes whenever it likes.
    const stop = setInterval(() => inspecting.signal('SIGINT'), 50);
    expect(['SIGINT', 130]).toContain(await inspecting.end());
    clearInterval(stop);
  });

  it('gives a feed like a file', async () => {
    const pipe = newPipe();
    const serving = start('serve', pipe, '--json');
    await serving.prints('stdout', /serving/);
    spawn('sh', ['-c', `(echo '{"key":1}'; echo '{"key":2}') > '${pipe}'`]);
    const [told] = await serving.prints('stdout', /.*input-ended.*/);
    expect(JSON.parse(told)).toMatchObject({ lines: 2, applied: 2, entries: 2 });
    serving.signal('SIGTERM');
    expect(await serving.end()).toBe(0);
  });

  it('gives bytes like a file, and cannot be read twice', async () => {
    const pipe = newPipe();
    const inspecting = start('inspect', pipe, '--as', 'patch');
    spawn('sh', ['-c', `printf 'ff' > '${pipe}'`]);
    expect(await inspecting.end()).toBe(1);
    expect(inspecting.stderr).toContain('malformed');
    const looped = await run('serve', newPipe(), '--loop');
    expect([looped.code, looped.stderr]).toEqual([2, expect.stringContaining('--loop needs')]);
    const experiment = await run('lab', newPipe());
    expect([experiment.code, experiment.stderr]).toEqual([1, expect.stringContaining('no file')]);
    const traced = await run('lab', '--trace', newPipe());
    expect([traced.code, traced.stderr]).toEqual([2, expect.stringContaining('has to be a file')]);
  });
});
