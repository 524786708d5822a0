import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { errorCodes } from '../src/core/errors.ts';
import { defaultLimits } from '../src/core/limits.ts';
import { DiffCache } from '../src/index.ts';
import { defaultSessionLimits } from '../src/protocol/session-limits.ts';
import { defaultAuthorizeLimits } from '../src/server/authorize-limits.ts';
import { defaultHttpLimits } from '../src/transport/http-limits.ts';

const root = new URL('..', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');

/** The first JavaScript block of the README. */
function readmeExample(): string {
  const block = /```js\n([\s\S]*?)```/.exec(read('README.md'))?.[1];
  if (block === undefined) throw new Error('the README has no example');
  return block;
}

/** Rows of the tables of a page whose first cell is code, as cells. */
function rows(page: string): string[][] {
  return page
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.split('|').map((cell) => cell.trim().replaceAll('`', '')));
}

describe('documents', () => {
  it('the README example runs as printed, and prints what its comments say', () => {
    const code = readmeExample();
    const expected = [...code.matchAll(/console\.log\(.*\); \/\/ (.*)/g)].map((match) => match[1]);
    const output = execFileSync(process.execPath, ['--input-type=module', '--eval', code], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(expected.length).toBeGreaterThan(3);
    expect(output.trim().split('\n')).toEqual(expected);
  });

  it('the README example has 151 bytes with the spacing of old, and its update at most 32', () => {
    const data = {
      key: 314_159,
      a: 'Some really, really important text',
      b: 42,
      c: { c1: true, c2: false } as Record<string, unknown>,
      d: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9],
    };
    const producer = DiffCache.producer();
    producer.update(data);
    data.c['c3'] = 'Maybe';
    expect(producer.update(data).encode().length).toBeLessThanOrEqual(32);
    // Python's json.dumps puts a space after each comma and colon between tokens.
    const spaced = JSON.stringify(data, null, 1).replaceAll(/\n\s*/g, ' ');
    expect(spaced.replaceAll(/([[{]) | (?=[\]}])/g, '$1').length).toBe(151);
  });

  it('the reference lists every error with its recovery and blame', () => {
    const listed = rows(read('docs/reference.md'))
      .filter(([, name]) => name !== undefined && name in errorCodes)
      .map(([, code, recovery, blame]) => [code, [recovery, blame]]);
    expect(Object.fromEntries(listed)).toEqual(errorCodes);
  });

  it('the reference lists every limit with its default', () => {
    const listed = rows(read('docs/reference.md'))
      .filter(([, name]) => name !== undefined && /(?:Max|Ms|Bytes|PerTurn)$/.test(name))
      .map(([, name, value]) => [name, Number(value)]);
    expect(Object.fromEntries(listed)).toEqual({
      ...{ ...defaultLimits, ...defaultSessionLimits },
      ...{ ...defaultHttpLimits, ...defaultAuthorizeLimits },
    });
  });
});
