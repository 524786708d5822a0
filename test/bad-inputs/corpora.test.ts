/** Texts that parsers and programs are known to trip over: more of some rows, by hand. */
import { describe, expect, it } from 'vitest';
import type { SeededRandom } from '../../src/testing/seeded-random.ts';
import { someText } from './support/benches.ts';
import { feed, recordOf } from './support/feed-text.ts';
import { underLaw, VARIANTS } from './support/general-law.ts';
import { carried, within } from './support/ways-in.ts';

/** What every reader of JSON has to take, as the value of a member. */
const right: readonly string[] = [
  ...['null', 'true', 'false', '""', '[]', '{}', '[[]]', '[{}]', '{"":0}', '[ ]', '{ }'],
  ...['0', '-0', '-1', '1E22', '1e-2', '1E+2', '0e+1', '20e1', '-123', '123.456', '0.1', '1.5e3'],
  ...['1\t', '\n1', ' [1 , 2\r\n]', '{"a":1 , "b" : 2}', '[1,2,null,true]', '[null,1,"1",{}]'],
  ...[
    '"\\u0000"',
    '"\\"\\\\\\/\\b\\f\\n\\r\\t"',
    '"\\u00e9"',
    '"\\uD834\\uDD1E"',
    '"\u2028\u2029"',
  ],
  ...['"\\u0061\\u30af\\u30EA"', '"\u007f"', '"\ufeff"', '"\uffff"', '"asd "', '"/*x*/"', '"//"'],
  ...['{"a\\u0000b":1}', '{"\\uDFAA\\u0061":1}'.replace('\\uDFAA', '\\u0062'), '{"length":-9}'],
  ...['{"__proto__":{"x":1}}', '{"a":{"a":{"a":{}}}}', '[1,[2,[3,[4]]]]', '"\u{1f600}"'],
];

/** What none may take: the faults that hand-written parsers overlook. */
const wrong: readonly string[] = [
  ...['', ' ', '[', ']', '{', '}', '[1', '[1,', '[1,]', '[,1]', '[1,,2]', '[1 2]', '["a"', '["a",'],
  ...['{"a"', '{"a":', '{"a":1', '{"a":1,', '{"a":1,}', '{,}', '{a:1}', "{'a':1}", '{"a" 1}'],
  ...['{"a"::1}', '{"a":1 "b":2}', '{1:1}', '{null:1}', '{"a":1,,"b":2}', '{[]:1}', '{"a":1}}'],
  ...[
    '+1',
    '01',
    '-01',
    '1.',
    '.5',
    '-.5',
    '-',
    '--1',
    '1e',
    '1e+',
    '1eE2',
    '1.e1',
    '0x1',
    '1_000',
  ],
  ...['0b1', '1 000', '-1x', '\uff11', 'NaN', 'Infinity', '-Infinity', 'inf', '1e1.5', '2.e3'],
  ...['nul', 'tru', 'True', 'NULL', 'undefined', 'nil', 'a', '\u00e9', '*', '#', ';', '1;', '=1'],
  ...['"', '"a', 'a"', "'a'", '"\\"', '"\\x00"', '"\\u"', '"\\u00"', '"\\u00g0"', '"\\a"', '"\\0"'],
  ...[
    '"\\U0041"',
    '"\\ud8',
    '"\t"',
    '"\u0000"',
    '"\u001f"',
    '"a\u0001"',
    '"a" "b"',
    '"\\\u{1f600}"',
  ],
  ...['1 // x', '/* x */ 1', '1 # x', '{"a":1}/', '[1]x', '1 2', 'true false', '[1]]', '\u00a01'],
  ...[
    '\ufeff1',
    '\u20601',
    '\u000b1',
    '\u000c1',
    '[\u00a0]',
    '<1>',
    '{"a":<null>}',
    '[1:2]',
    '`a`',
  ],
];

/** Bytes that are no UTF-8, within a string. */
const wrongBytes: readonly (readonly number[])[] = [
  ...[[0xff], [0xc0, 0xaf], [0xe5], [0xed, 0xa0, 0x80], [0xf4, 0xbf, 0xbf, 0xbf], [0x81], [0xfc]],
  ...[
    [0xe0, 0x80, 0x80],
    [0xc3, 0x28],
    [0xfe, 0xff, 0, 0x61],
    [0xff, 0xfe, 0x61, 0],
  ],
];

const lineOf = (value: string, random: SeededRandom): string =>
  random.chance(0.5) ? `{"key":"k","v":${value}}` : `{"op":"put","key":7,"value":[0,${value},1]}`;

describe('JSON texts of a feed', () => {
  it('BI-30 those that are right are taken, as JSON.parse takes them', () => {
    const outcomes = underLaw('BI-30 right', (random, n) => {
      const line = lineOf(right[n % right.length] as string, random).replaceAll('\n', ' ');
      const parsed = JSON.parse(line) as { key: string | number; value?: unknown };
      return () => {
        const record = recordOf(line);
        const value = record.op === 'put' ? record.value : undefined;
        const wanted = parsed.key === 7 ? parsed.value : parsed;
        if (JSON.stringify(value) !== JSON.stringify(wanted)) return 'another value';
        return carried(record.key, value);
      };
    });
    expect(outcomes).toEqual({ handled: VARIANTS });
  });

  it('BI-31 those that are wrong are refused, whatever surrounds them', () => {
    const outcomes = underLaw('BI-31 wrong', (random, n) => {
      const line = lineOf(wrong[n % wrong.length] as string, random);
      return () => feed(line);
    });
    expect(outcomes).toEqual({ 'refused bad-input': VARIANTS });
  });

  it('BI-33 bytes that are no UTF-8 are refused, not replaced', () => {
    const outcomes = underLaw('BI-33 feed', (random, n) => {
      const [before, after] = lineOf(
        `"${someText(random).replaceAll(/["\\\0]/g, '')}HERE"`,
        random,
      ).split('HERE') as [string, string];
      const bytes = wrongBytes[n % wrongBytes.length] as readonly number[];
      const line = Buffer.concat([Buffer.from(before), Buffer.from(bytes), Buffer.from(after)]);
      return () => feed(line);
    });
    expect(outcomes).toEqual({ 'refused bad-input': VARIANTS });
  });

  it('BI-44 those that nest by the hundred thousand cost no stack', () => {
    const outcomes = underLaw(
      'BI-44 feed',
      (random, n) => {
        const depth = n % 100 === 0 ? 100_000 : 2 + random.below(500);
        const open = random.pick(['[', '{"a":']);
        const close = open === '[' ? ']' : '}';
        const whole = `{"key":"k","v":${open.repeat(depth)}1${close.repeat(depth)}}`;
        const line = random.chance(0.5) ? whole : whole.slice(0, -1 - random.below(depth));
        return { act: () => feed(line), bytes: line.length };
      },
      { frameBytes: 4 * 1024 * 1024 },
    );
    const { used = 0, 'refused bad-input': refused = 0 } = outcomes;
    expect(used + refused).toBe(VARIANTS);
    expect(used).toBeGreaterThan(300);
  });

  it('BI-40 names that come twice are found, and those that only seem to are not', () => {
    const outcomes = underLaw('BI-40 feed', (random, n) => {
      const name = JSON.stringify(`${someText(random, 8)}n`);
      const twice = [
        `{${name}:1,${name}:1}`,
        `{"b":[{${name}:{},"c":"\\":",${name}:null}]}`,
        '{"\\u0061":1,"a":2}',
        '{"__proto__":1,"__proto__":2}',
      ];
      const once = [
        `{"a":{${name}:1},"b":{${name}:1}}`,
        `[{${name}:1},{${name}:1}]`,
        '{"x":"\\"a\\":1,\\"a\\":2"}',
        '{"a":":","b":"\\\\"}',
        '{"1":1,"01":2,"a":[":",":"]}',
      ];
      const value = random.pick(n % 2 === 0 ? twice : once);
      return () => feed(lineOf(value, random));
    });
    expect(outcomes).toEqual({ 'refused bad-input': 500, used: 500 });
  });
});

/** Strings that have broken programs: names of nothing, markup, commands, strange writing. */
const naughty: readonly string[] = [
  ...[
    'undefined',
    'null',
    'NULL',
    '(null)',
    'nil',
    'NaN',
    'true',
    'TRUE',
    '\\',
    '\\\\',
    '0/0',
    '.',
  ],
  ...['0', '00', '1.00', '$1.00', '-1/2', '1e02', '0x0', '1E400', '-Infinity', '1,000,000', '..'],
  ...[',./;[]-=', '<>?:"{}|_+', '!@#$%^&*()`~', '%s%n%x', '%d', '{0}', '${7*7}', '#{1}', '$(ls)'],
  ...['<b>x</b>', '<script>alert(1)</script>', '<!--', ']]>', '&#0;', '&amp;', "' OR 1=1 --", '";'],
  ...['; rm x', '| cat', '../../etc/passwd', 'C:\\con', 'aux', '/dev/null', '~', '-rf', '--help'],
  ...[
    '\u2206\u00e5\u00df',
    '\u0666\u0667',
    '\u00bd\u00b2',
    '\u0e01\u0e33',
    '\u202eabc\u202c',
    '\u200b',
  ],
  ...[
    '\u05d0\u0628',
    '\u0300'.repeat(40),
    'Z\u0351\u036b\u0343a',
    '\u{1f468}\u200d\u{1f469}',
    '\u{e0001}',
  ],
  ...['\u{1f1e6}\u{1f1e7}', '\u{1f44d}\u{1f3fd}', '\u{1d4d0}', '\u{20000}', '\u{10ffff}', '\ufdfa'],
  ...[
    '\u0131\u0130',
    '\u00df\u1e9e',
    '\ufb00',
    '\u03c2\u03c3',
    '\u1680\u180e\u3000',
    '\u00ad',
    '\u034f',
  ],
  ...[
    'a\r\nb',
    '\r',
    '\n\n',
    '\t',
    ' lead',
    'trail ',
    '\u0085',
    '\u001b[0m',
    '\u0007',
    '\u007f',
    '\u0000',
  ],
];

describe('strings that have broken programs', () => {
  it('BI-35 are keys, names and values like others', () => {
    const outcomes = underLaw('BI-35 naughty', (random, n) => {
      const text = naughty[n % naughty.length] as string;
      const pair = text + random.pick(naughty);
      const values = [text, { [text]: pair, [pair]: text }, within(random, [text, pair]), pair];
      return () => carried(random.chance(0.5) ? text : pair, ...values);
    });
    expect(outcomes).toEqual({ handled: VARIANTS });
  });

  it('BI-111 are told of on one line, where a feed holds them and is wrong', () => {
    const outcomes = underLaw('BI-111 feed', (random, n) => {
      const text = naughty[n % naughty.length] as string;
      const line = random.pick([
        JSON.stringify({ op: text, key: 'k' }),
        JSON.stringify({ [text]: 1 }),
        `{"key":"k","v":${JSON.stringify(text)} ${text.replaceAll(/[\n\r]/g, '\u001b')}`,
        `{"key":${JSON.stringify(text)}}${text.replaceAll(/[\n\r]/g, '')}x`,
      ]);
      return () => feed(line);
    });
    expect(outcomes).toEqual({ 'refused bad-input': VARIANTS });
  });
});
