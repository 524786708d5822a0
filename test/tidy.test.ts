import { describe, expect, it } from 'vitest';
import { ROOT, maskSource, readTree } from './support/source.ts';
import {
  emptyName,
  forbiddenText,
  longFile,
  longFunctions,
  longLines,
  spreadPushes,
  testProblems,
} from './support/tidy-rule.ts';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

type Rule = (path: string, source: string) => string[];

const CODE = /\.(?:ts|tsx|mjs)$/;
const code = readTree(['src', 'test', 'scripts', 'lab', 'fuzz', 'bench', 'examples'], CODE);
const tests = new Map([...code].filter(([path]) => path.startsWith('test/')));
const product = new Map([...code].filter(([path]) => !path.startsWith('test/')));
const text = new Map([...code, ...readTree(['docs'], /\.\w+$/), ...readTree(['.ci'], /./)]);
for (const name of readdirSync(ROOT)) {
  const ours = /\.(?:md|json|mjs|ts)$/.test(name) || name === '.npmrc';
  if (ours) text.set(name, readFileSync(join(ROOT, name), 'utf8'));
}

const broken = (files: ReadonlyMap<string, string>, rule: Rule): string[] =>
  [...files].flatMap(([path, source]) => rule(path, source));

describe('tidy', () => {
  it('lines have at most 100 columns', () => {
    expect(broken(code, longLines)).toEqual([]);
  });

  it('files have at most 500 lines', () => {
    expect(broken(code, longFile)).toEqual([]);
  });

  it('functions have at most 70 lines', () => {
    expect(broken(product, longFunctions)).toEqual([]);
  });

  it('lists of any length become no arguments', () => {
    const source = new Map([...product].filter(([path]) => path.startsWith('src/')));
    expect(broken(source, spreadPushes)).toEqual([]);
  });

  it('files are named for the one concept they define', () => {
    expect(broken(code, emptyName)).toEqual([]);
  });

  it('no text holds a marker for later, a registry host or a machine path', () => {
    expect(broken(text, forbiddenText)).toEqual([]);
  });

  it('no test is switched off, singled out or titled like another of its file', () => {
    expect(broken(tests, testProblems)).toEqual([]);
  });
});

describe('the tidy checks themselves', () => {
  it('report a list that is pushed at once, and pass one in brackets or in words', () => {
    const source = 'a.push(...b);\na.push(\n  ...b);\n// a.push(...b)\na = [...b]; a.push(b);\n';
    expect(spreadPushes('a.ts', source)).toEqual([
      'a.ts:1 pushes a list at once',
      'a.ts:2 pushes a list at once',
    ]);
  });

  const lines = (count: number): string => 'x();\n'.repeat(count);

  it('report a line of 101 columns and pass one of 100', () => {
    expect(longLines('a.ts', `${'x'.repeat(100)}\n${'x'.repeat(101)}`)).toEqual([
      'a.ts:2 has 101 columns',
    ]);
  });

  it('report a file of 501 lines and pass one of 500', () => {
    expect(longFile('a.ts', lines(500))).toEqual([]);
    expect(longFile('a.ts', lines(501))).toEqual(['a.ts has 501 lines']);
  });

  it.each([
    ['a function', 'export function f(a: A): B {', '}'],
    ['a method', 'class C {\n  async m(): Promise<void> {', '}\n}'],
    ['an arrow function', 'const f = (a: A): B => {', '};'],
  ])('report %s of more than 70 lines, though a string holds a brace', (_what, head, tail) => {
    const body = (count: number): string => `${head}\n'}';\n${lines(count)}${tail}`;
    expect(longFunctions('a.ts', body(67))).toEqual([]);
    expect(longFunctions('a.ts', body(68))).toHaveLength(1);
  });

  it('pass a long class, a long object and a long block', () => {
    const long = ['class C {', 'const o = {', 'for (const a of b) {', 'if (a) {'];
    for (const head of long) expect(longFunctions('a.ts', `${head}\n${lines(99)}}`)).toEqual([]);
  });

  it('report markers, registry hosts and machine paths', () => {
    const bad = ['// TO' + 'DO: later', 'https://registry.' + 'npmjs.com', '/wo' + 'rk/main'];
    for (const line of bad) expect(forbiddenText('a.ts', line)).toHaveLength(1);
    expect(forbiddenText('a.ts', 'network/mainly')).toEqual([]);
  });

  it('report names that name nothing, and barrels that are no door', () => {
    const bad = ['src/core/utils.ts', 'src/core/json-types.ts', 'src/core/deep/index.ts'];
    for (const path of bad) expect(emptyName(path)).toHaveLength(1);
    for (const path of ['src/index.ts', 'src/server/index.ts', 'src/core/key.ts']) {
      expect(emptyName(path)).toEqual([]);
    }
  });

  it('report tests switched off, singled out or repeated', () => {
    // Texts for the rule to find: none of these is a test.
    const bad = ["it.only('a', f);", "describe.skip('a', f);", "it('a', f); it('a', f);"];
    for (const source of bad) expect(testProblems('a.ts', source)).toHaveLength(1);
    expect(testProblems('a.ts', "it.skipIf(x)('a', f); it('b', f); list.skip(1);")).toEqual([]);
  });

  it('masking keeps every offset and the code inside templates', () => {
    const source = "a('x{'); // {\nb(`{${c({ d: `}` })}`); e = f / g / h; i = /[/{]/;";
    const masked = maskSource(source);
    expect(masked).toHaveLength(source.length);
    expect(masked).toBe("a('  ');     \nb(` ${c({ d: ` ` })}`); e = f / g / h; i =       ;");
  });
});
