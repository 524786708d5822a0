import { mkdtemp, readFile, readdir, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { checkWritable, replicaLines, writeReplicaFile } from '../../src/cli/replica-file.ts';
import type { Key } from '../../src/index.ts';

let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-file-'));
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

describe('the file of a replica', () => {
  it('holds numeric keys first, ascending, then strings by UTF-16 code units', () => {
    const keys: Key[] = ['b', 10, 'a', '10', 9, -3, '', '\u{1f600}', '\uffee', 'B', 0, 'é'];
    const lines = [...replicaLines(keys.map((key) => [key, 1]))];
    expect(lines.map((line) => (JSON.parse(line) as { key: Key }).key)).toEqual([
      -3,
      0,
      9,
      10,
      '',
      '10',
      'B',
      'a',
      'b',
      'é',
      '\u{1f600}',
      '\uffee',
    ]);
  });

  it('has one entry a line, members in their order', async () => {
    const path = join(folder, 'out.ndjson');
    const entries: [Key, unknown][] = [
      ['k"1', { z: 1, a: [null, 'line\nend'] }],
      [2, 'text'],
    ];
    await writeReplicaFile(path, entries);
    expect(await readFile(path, 'utf8')).toBe(
      '{"key":2,"value":"text"}\n{"key":"k\\"1","value":{"z":1,"a":[null,"line\\nend"]}}\n',
    );
    expect(await readdir(folder)).toEqual(['out.ndjson']);
  });

  it('is written whole, also when it is large', async () => {
    const path = join(folder, 'large.ndjson');
    const entries = Array.from({ length: 20_000 }, (_, n) => [n, 'x'.repeat(50)] as const);
    await writeReplicaFile(path, entries);
    expect((await readFile(path, 'utf8')).split('\n')).toHaveLength(20_001);
  });

  it('replaces an old file as a whole, keeps its permissions, and follows links', async () => {
    const path = join(folder, 'old.ndjson');
    await writeFile(path, 'old', { mode: 0o640 });
    await symlink(path, join(folder, 'link'));
    await writeReplicaFile(join(folder, 'link'), [[1, 1]]);
    expect(await readFile(path, 'utf8')).toBe('{"key":1,"value":1}\n');
    expect((await stat(path)).mode & 0o777).toBe(0o640);
    expect(await readdir(folder)).toEqual(['link', 'old.ndjson']);
  });

  it('leaves the old file as it was when writing fails, and nothing beside it', async () => {
    const path = join(folder, 'old.ndjson');
    await writeFile(path, 'old');
    const entries = function* (): Generator<[Key, unknown]> {
      yield [1, 1];
      throw new Error('no more');
    };
    await expect(writeReplicaFile(path, entries())).rejects.toMatchObject({ code: 'bad-input' });
    expect(await readFile(path, 'utf8')).toBe('old');
    expect(await readdir(folder)).toEqual(['old.ndjson']);
  });

  it('is refused before anything else where it could not be written', async () => {
    await checkWritable(join(folder, 'new.ndjson'));
    expect(await readdir(folder)).toEqual([]);
    await expect(checkWritable(join(folder, 'no', 'such'))).rejects.toThrow('folder does not');
    await expect(checkWritable(folder)).rejects.toThrow('it is a folder');
  });

  it('leaves devices in their place', async () => {
    await checkWritable('/dev/null');
    await writeReplicaFile('/dev/null', [[1, 1]]);
    expect((await stat('/dev/null')).isFile()).toBe(false);
  });
});
