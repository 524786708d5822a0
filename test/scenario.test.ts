import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { play, titleOf, verbs, verbsOf } from './support/scenario.ts';
import { consumerText, hubText } from './support/scenario/output-text.ts';

const FOLDER = join(import.meta.dirname, 'scenarios');
const scenarios = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.txt'))
  .sort()
  .map((name) => {
    const text = readFileSync(join(FOLDER, name), 'utf8');
    return { name, text, title: titleOf(text) };
  });

/** `REWRITE=1 npx vitest run test/scenario.test.ts` writes what happens into the files. */
const REWRITES = process.env['REWRITE'] === '1';

describe('scenarios', () => {
  it.each(scenarios)('$title ($name)', ({ name, text }) => {
    const played = play(text);
    const path = join(FOLDER, name);
    if (REWRITES) writeFileSync(path, played);
    expect(played).toBe(readFileSync(path, 'utf8'));
  });

  it('each begins with the rules that it is about, and fits on a screen', () => {
    const wrong = scenarios.filter(({ title }) => !/^(?:[A-Z]\d+ )+\S/.test(title));
    expect(wrong.map(({ name }) => name)).toEqual([]);
    const long = scenarios.flatMap(({ name, text }) =>
      text.split('\n').flatMap((line, i) => (line.length > 100 ? [`${name}:${i + 1}`] : [])),
    );
    expect(long).toEqual([]);
  });

  it('use every verb there is', () => {
    const used = new Set(scenarios.flatMap(({ text }) => verbsOf(text)));
    expect([...used].sort()).toEqual(Object.keys(verbs).sort());
  });
});

describe('the scenario player', () => {
  it('keeps comments and empty lines, and replaces what was said to happen', () => {
    const text = '# A comment\nhub\n\nput a:1\n  version 9\n  and more\n';
    expect(play(text)).toBe('# A comment\nhub\n\nput a:1\n  version 1\n');
  });

  it.each([
    ['a verb', 'hub\nfly 1\n', "line 2, 'fly 1': Error: there is no verb 'fly'"],
    ['an option', 'hub\nput a:1 colour=2\n', 'unknown options: colour'],
    ['a limit', 'hub colour=2\n', "there is no limit named 'colour'"],
    ['a consumer', 'hub\nstall 7\n', 'there is no consumer 7'],
    ['a word', 'hub\nstatus now\n', 'no words were expected'],
  ])('says where %s is unknown', (_what, text, message) => {
    expect(() => play(text)).toThrow(message);
  });

  it('prints outputs of kinds that it does not know', () => {
    const output = { kind: 'deflate', job: 3, bytes: new Uint8Array(9) };
    expect(consumerText(output as never)).toBe('deflate job=3 bytes=9 bytes');
    expect(hubText({ ...output, session: 1 } as never)).toBe('deflate job=3 bytes=9 bytes');
  });
});
