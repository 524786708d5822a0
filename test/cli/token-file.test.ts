import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { TokenFile } from '../../src/cli/token-file.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'diffstream-tokens-'));
});
afterEach(() => rm(folder, { recursive: true }));

async function fileOf(text: string): Promise<TokenFile> {
  const path = join(folder, 'tokens');
  await writeFile(path, text);
  return new TokenFile(path);
}

describe('a file of tokens', () => {
  it('has a token a line, without what stands around it', async () => {
    const file = await fileOf('\ufeff\n# a comment\r\n  alpha\t\r\n\nbeta gamma\n');
    expect(await file.first()).toBe('alpha');
    const tokens = ['alpha', 'beta gamma', 'beta', '', '# a comment', 'Alpha', 'alpha '];
    const held = await Promise.all(tokens.map((token) => file.has(token)));
    expect(held).toEqual([true, true, false, false, false, false, false]);
  });

  it('says what is wrong with it, and where', async () => {
    const wrong: [string, RegExp][] = [
      ['', /there is no token in .*tokens/],
      ['# only\n\n', /there is no token/],
      [`a\nb\n${'x'.repeat(3073)}\n`, /tokens, line 3: a token has to be .*3072/],
      ['x'.repeat((1 << 20) + 1), /larger than/],
    ];
    for (const [text, message] of wrong) {
      const file = await fileOf(text);
      const error = { code: 'bad-input', message: expect.stringMatching(message) as string };
      await expect(file.first()).rejects.toMatchObject(error);
      await expect(file.has('a')).rejects.toMatchObject(error);
    }
    const other = { code: 'bad-input', message: expect.stringMatching(/cannot be read/) as string };
    await expect(new TokenFile(folder).first()).rejects.toMatchObject(other);
    await expect(new TokenFile(join(folder, 'none')).first()).rejects.toMatchObject(other);
  });

  it.skipIf(process.platform === 'win32')('waits for nobody who might write a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const reading = new TokenFile(join(folder, 'pipe')).first();
    await expect(reading).rejects.toMatchObject({ code: 'bad-input' });
  });
});
