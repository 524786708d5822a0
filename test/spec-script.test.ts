import { describe, expect, it } from 'vitest';
import { checkBadInputs, checkSpec, readSpec, titlesIn } from '../scripts/spec.mjs';

const page = [
  '# Specification',
  '- **P1** One promise.',
  '- **V3** A rule on values.',
  '- **V4** Another.',
  '- **V5** Not there yet.',
  'A word on **V9**, which is no rule.',
  '## Gaps',
  '| rule | what is missing |',
  '| --- | --- |',
  '| V5 | all of it |',
].join('\n');

const check = (source: string, spec = page, name = 'test/a.test.ts'): string[] =>
  checkSpec(spec, new Map([[name, source]])).problems;

const complete = "it('P1 V3 V4 all of them', () => {});";

describe('the check of the specification', () => {
  it('reads rules in order, and those with gaps', () => {
    expect(readSpec(page)).toEqual({ rules: ['P1', 'V3', 'V4', 'V5'], gaps: ['V5'] });
    const two = page.replace('| V5 |', '| V4, V5 |');
    expect(readSpec(two).gaps).toEqual(['V4', 'V5']);
  });

  it('finds nothing where every rule has a test or a gap, and counts', () => {
    const { problems, counts } = checkSpec(page, new Map([['test/a.test.ts', complete]]));
    expect(problems).toEqual([]);
    expect(counts).toBe('4 rules, 3 with tests, 1 in gaps');
  });

  it('tells of a rule without a test, also where only a suite or a comment names it', () => {
    expect(check("it('P1 V3 two', f);")).toEqual(['V4 has no test']);
    expect(check("it('P1 V3 two', f);\n// it('V4 off', f);")).toEqual(['V4 has no test']);
    expect(check("it('P1 V3 two', f);\ndescribe('V4 without tests', () => {});")).toHaveLength(1);
  });

  it('takes rules from the start of a title, from anywhere in it, and from suites around', () => {
    const source = [
      "describe('P1 a suite (with V3)', () => {",
      '  it.each([',
      "    ['a (', 1],",
      "  ])('%s of %i', f);",
      '});',
      'it.each(rows)(',
      '  `V4 on a line of its own`,',
      '  f,',
      ');',
    ].join('\n');
    expect(check(source)).toEqual([]);
    expect(titlesIn(source).map(({ kind, title, line }) => [kind, title, line])).toEqual([
      ['describe', 'P1 a suite (with V3)', 1],
      ['it', '%s of %i', 2],
      ['it', 'V4 on a line of its own', 6],
    ]);
  });

  it('a suite lends its rules to the tests in it only', () => {
    const source = "describe('V4 a suite', () => {\n});\nit('P1 V3 behind it', f);";
    expect(check(source)).toEqual(['V4 has no test']);
  });

  it('tells of a rule that does not exist, with its place', () => {
    const wrong = `${complete}\nit('V30 no such rule', f);\nit('X1 no such family', f);`;
    expect(check(wrong)).toEqual([
      'test/a.test.ts:2 names V30, which is no rule: V30 no such rule',
      'test/a.test.ts:3 names X1, which is no rule: X1 no such family',
    ]);
    expect(check(`${complete}\nit('goes by V31 too', f);`)).toHaveLength(1);
  });

  it('lets pass words of other families behind the start, and bad inputs up to 112', () => {
    expect(check(`${complete}\nit('keeps C1 and UTF8, P1-like or not', f);`)).toEqual([]);
    expect(check(`${complete}\nit('V3 BI-1 BI-112 survives', f);`)).toEqual([]);
    expect(check(`${complete}\nit('BI-113 is none', f);`)).toHaveLength(1);
    expect(check(`${complete}\nit('survives BI-0', f);`)).toHaveLength(1);
  });

  it('wants a test or a gap for each of the 112 bad inputs', () => {
    const numbers = Array.from({ length: 110 }, (_, i) => `BI-${i + 1}`);
    const tests = new Map([['test/a.test.ts', `it('${numbers.join(' ')} V3 and more', f);`]]);
    const gap = `${page}\n| BI-112, BI-1 | some |`;
    expect(checkBadInputs(gap, tests)).toEqual({
      problems: ['BI-111 has no test and is not in Gaps'],
      counts: '112 bad inputs, 110 with tests, 2 in gaps',
    });
    expect(check(complete, gap)).toEqual([]);
    expect(check(complete, `${page}\n| BI-113 | none |`)).toEqual([
      'Gaps names BI-113, which is no rule',
    ]);
  });

  it('tells of a rule that stands twice, and of a gap in none', () => {
    expect(check(complete, page.replace('**V4**', '**V3**'))).toContain('SPEC.md has V3 twice');
    expect(check(complete, page.replace('| V5 |', '| V7 |'))).toEqual([
      'Gaps names V7, which is no rule',
      'V5 has no test',
    ]);
  });

  it('takes the comment on top of a scenario for its title', () => {
    const scenario = '# P1 V3 V4 a story.\n# Told in two lines, V8.\n\nadd-consumer 1\n# V77\n';
    expect(check(scenario, page, 'test/scenarios/a.txt')).toEqual([
      expect.stringContaining('test/scenarios/a.txt:1 names V8'),
    ]);
  });
});
