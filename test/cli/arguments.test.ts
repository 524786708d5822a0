import { describe, expect, it } from 'vitest';

import { checkPositionals, parseArguments } from '../../src/cli/arguments.ts';
import { duration, readDuration } from '../../src/cli/duration.ts';
import { durationText } from '../../src/core/duration.ts';
import { choice, count, flag, rate, text } from '../../src/cli/option.ts';
import { checkStreamUrl } from '../../src/cli/stream-url.ts';
import { suggestion } from '../../src/core/suggestion.ts';

const table = {
  for: duration('time', 20_000),
  replicas: count('replicas', 3, { min: 1, max: 9 }),
  rate: rate('pace', 400),
  faults: choice('faults', ['none', 'hostile'], 'none'),
  out: text('file', 'file', undefined),
  json: flag('json'),
};

const parse = (...args: string[]) => parseArguments(args, table);
const failure = (...args: string[]): string => {
  try {
    parse(...args);
  } catch (error) {
    expect(error).toMatchObject({ code: 'bad-argument' });
    return (error as Error).message;
  }
  return 'none';
};

describe('arguments', () => {
  it('have the values of the table where they are left out', () => {
    expect(parse('file')).toEqual({
      positionals: ['file'],
      values: {
        ...{ for: 20_000, replicas: 3, rate: 400, faults: 'none' },
        ...{ out: undefined, json: false },
      },
      help: false,
    });
  });

  it('are read with a space, with =, anywhere, and the last one counts', () => {
    const { positionals, values } = parse(
      ...['--for', '2m', '-', '--rate=1.5', '--json', '--replicas', '2', '--replicas=4'],
    );
    expect(positionals).toEqual(['-']);
    expect(values).toMatchObject({ for: 120_000, rate: 1.5, json: true, replicas: 4 });
    expect(parse('--out=--odd').values.out).toBe('--odd');
  });

  it('that are unknown are named, with the one most likely meant', () => {
    expect(failure('--replica', '2')).toBe(
      'there is no option "--replica"; did you mean --replicas?',
    );
    expect(failure('--jsno')).toContain('did you mean --json?');
    expect(failure('--zzzzzz')).toBe('there is no option "--zzzzzz"');
    expect(failure('-x')).toContain('there is no option "-x"');
    expect(failure('--__proto__', '1')).toContain('there is no option "--__proto__"');
  });

  it.each([
    [['--for', 'soon'], '--for: expected a duration such as 20s, 500ms or 2m, got "soon"'],
    [['--for', '-5s'], '--for: expected a duration'],
    [['--for', '99999h'], 'at most 24 days'],
    [['--replicas', '0'], '--replicas: expected a whole number from 1 to 9, got "0"'],
    [['--replicas', '1e3'], 'whole number'],
    [['--rate', 'fast'], 'updates per second, 0 or more'],
    [['--faults', 'some'], '--faults: expected one of none, hostile, got "some"'],
    [['--out'], '--out needs a value: --out <file>'],
    [['--out', '--json'], '--out needs a value: --out <file>'],
    [['--out='], 'expected some text'],
    [['--json=yes'], '--json takes no value, got "yes"'],
  ])('%j are refused with what was expected', (args, message) => {
    expect(failure(...args)).toContain(message);
  });

  it('ask for help whatever else they hold', () => {
    expect(parse('--wrong', '--help').help).toBe(true);
    expect(parse('-h').help).toBe(true);
  });

  it('are counted', () => {
    const one = { min: 1, max: 1, usageText: '<url>' };
    expect(() => checkPositionals([], one)).toThrow('expected <url>');
    expect(() => checkPositionals(['a', 'b'], one)).toThrow('"b" is one argument too many');
    expect(() => checkPositionals(['a'], one)).not.toThrow();
  });
});

describe('a duration', () => {
  it('is a number with a unit, or of seconds', () => {
    const read = ['20s', '500ms', '2m', '1.5h', '3', '0'].map(readDuration);
    expect(read).toEqual([20_000, 500, 120_000, 5_400_000, 3000, 0]);
  });

  it('is shown the short way', () => {
    const shown = [500, 20_000, 120_000, 7_200_000, 1500].map(durationText);
    expect(shown).toEqual(['500ms', '20s', '2m', '2h', '1.5s']);
  });
});

describe('the URL of a stream', () => {
  it.each(['ws://127.0.0.1:80/feed', 'wss://host/a%20b'])('can be %s', (url) => {
    expect(checkStreamUrl(url)).toBe(url);
  });

  it.each([
    ['feed', 'is not a URL'],
    ['http://127.0.0.1:80/feed', 'begins with http://'],
    ['ws://127.0.0.1:80', 'names no stream'],
    ['ws://127.0.0.1:80/', 'names no stream'],
  ])('cannot be %s', (url, message) => {
    expect(() => checkStreamUrl(url)).toThrow(message);
  });
});

describe('a suggestion', () => {
  it('is the nearest name, if any is near', () => {
    const verbs = ['demo', 'serve', 'watch', 'inspect'];
    const meant = ['dmeo', 'server', 'wacth', 'insp', 'xyz', ''].map((verb) =>
      suggestion(verb, verbs),
    );
    expect(meant).toEqual(['demo', 'serve', 'watch', 'inspect', undefined, undefined]);
  });
});
