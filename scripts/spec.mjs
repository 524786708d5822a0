// Holds SPEC.md against the tests: rules without a test, and tests that name rules there are not.
// @ts-check
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { readCall } from './tool-call.mjs';

const USAGE = `usage: npm run spec

Lists rules of SPEC.md without a test, and tests that name rules there are not.`;

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..');
/** Bad inputs are numbered in a family of their own. */
const BAD_INPUTS = 112;

/**
 * @typedef {{ rules: string[], gaps: string[] }} Spec
 * @typedef {{ file: string, line: number, title: string, ids: string[] }} Naming
 */

/** The rules of the page in order, and those that its table of gaps names. @param {string} page */
export function readSpec(page) {
  const rules = [...page.matchAll(/^- \*\*([A-Z]+\d+)\*\* /gm)].map((match) => match[1] ?? '');
  const table = page.split(/^## Gaps$/m)[1] ?? '';
  const gaps = [...table.matchAll(/^\| ((?:[A-Z]+|BI-)\d+(?:,? (?:[A-Z]+|BI-)\d+)*) \|/gm)];
  return { rules, gaps: gaps.flatMap((match) => (match[1] ?? '').split(/,? /)) };
}

const BAD_INPUT = /^BI-(\d+)$/;
/** Any rule-like words in front count, also of a family that does not exist. */
const IN_FRONT = /^(?:(?:[A-Z]{1,2}\d+|BI-\d+) )+/;

/** What a title names: words in front, and anywhere words of a known family. */
/** @param {string} title @param {ReadonlySet<string>} families */
function idsIn(title, families) {
  const front = (IN_FRONT.exec(`${title} `)?.[0] ?? '').trim();
  const ids = new Set(front === '' ? [] : front.split(' '));
  for (const [word, family] of title.matchAll(/(?<![\w-])([A-Z]{1,2})-?\d+(?![\w-])/g)) {
    if (BAD_INPUT.test(word) || (families.has(family ?? '') && !word.includes('-'))) ids.add(word);
  }
  return [...ids];
}

const CALL = /(?<![\w.$])(describe|it|test)(?:\.\w+)*\(/g;

/** The offset behind the bracket that closes the one before `at`. */
/** @param {string} source @param {number} at */
function closing(source, at) {
  const skip = /'(?:\\.|[^'\\\n])*'|"(?:\\.|[^"\\\n])*"|`(?:\\.|[^`\\])*`|\/\/.*|[()]/g;
  skip.lastIndex = at;
  for (let depth = 1, match; (match = skip.exec(source)) !== null;) {
    if (match[0] === '(') depth++;
    if (match[0] === ')' && --depth === 0) return skip.lastIndex;
  }
  return source.length;
}

/** Titles of tests and suites with their places, from a file's text. @param {string} source */
export function titlesIn(source) {
  const found = [];
  for (const call of source.matchAll(CALL)) {
    const line = source.slice(0, call.index).split('\n').length;
    const start = source.lastIndexOf('\n', call.index) + 1;
    const before = source.slice(start, call.index);
    if (/^\s*(?:\/\/|\*|\/\*)/.test(before) || /['"`]/.test(before)) continue;
    // `it.each(rows)('title')`: the title is in the second pair of brackets.
    let open = call.index + call[0].length;
    const end = closing(source, open);
    if (source[end] === '(') open = end + 1;
    const text = /^\s*(['"`])((?:\\.|(?!\1)[^\\])*)\1/.exec(source.slice(open))?.[2];
    if (text === undefined) continue;
    found.push({
      kind: call[1] ?? '',
      title: text,
      line,
      at: call.index,
      end: closing(source, open),
    });
  }
  return found;
}

/** Each test with the rules that its title and those of the suites around it name. */
/** @param {ReadonlyMap<string, string>} tests @param {ReadonlySet<string>} families */
export function namings(tests, families) {
  /** @type {Naming[]} */
  const all = [];
  for (const [file, source] of tests) {
    if (file.endsWith('.txt')) {
      // A scenario: the comment on top is its title.
      const title = /^(?:#.*\n)+/.exec(source)?.[0].replaceAll(/^# ?/gm, '') ?? '';
      all.push({ file, line: 1, title, ids: idsIn(title, families) });
      continue;
    }
    const titles = titlesIn(source);
    for (const { kind, title, line, at } of titles) {
      if (kind === 'describe') continue;
      const around = titles.filter((one) => one.kind === 'describe' && one.at < at && at < one.end);
      const ids = [...around, { title }].flatMap((one) => idsIn(one.title, families));
      all.push({ file, line, title, ids });
    }
  }
  return all;
}

/** @param {string} id */
function isBadInput(id) {
  const number = Number(BAD_INPUT.exec(id)?.[1] ?? 0);
  return number >= 1 && number <= BAD_INPUTS;
}

/** Bad inputs that have neither a test nor a place among the gaps, and the words that count. */
/** @param {string} page @param {ReadonlyMap<string, string>} tests */
export function checkBadInputs(page, tests) {
  const gaps = new Set(readSpec(page).gaps);
  const tested = new Set(namings(tests, new Set()).flatMap(({ ids }) => ids));
  const all = Array.from({ length: BAD_INPUTS }, (_, i) => `BI-${i + 1}`);
  const problems = all
    .filter((id) => !tested.has(id) && !gaps.has(id))
    .map((id) => `${id} has no test and is not in Gaps`);
  const covered = all.filter((id) => tested.has(id)).length;
  const inGaps = all.filter((id) => gaps.has(id)).length;
  const counts = `${BAD_INPUTS} bad inputs, ${covered} with tests, ${inGaps} in gaps`;
  return { problems, counts };
}

/** @param {string[]} words */
function repeated(words) {
  return [...new Set(words.filter((one, i) => words.indexOf(one) !== i))];
}

/** What is wrong, as lines, and the line that counts. */
/** @param {string} page @param {ReadonlyMap<string, string>} tests */
export function checkSpec(page, tests) {
  const { rules, gaps } = readSpec(page);
  const known = new Set(rules);
  const families = new Set(rules.map((id) => id.replace(/\d+$/, '')));
  const all = namings(tests, families);
  const tested = new Set(all.flatMap(({ ids }) => ids));
  const problems = [
    ...repeated(rules).map((id) => `SPEC.md has ${id} twice`),
    ...gaps
      .filter((id) => !known.has(id) && !isBadInput(id))
      .map((id) => `Gaps names ${id}, which is no rule`),
    ...rules.filter((id) => !tested.has(id) && !gaps.includes(id)).map((id) => `${id} has no test`),
  ];
  for (const { file, line, title, ids } of all) {
    for (const id of ids) {
      if (known.has(id) || isBadInput(id)) continue;
      problems.push(`${file}:${line} names ${id}, which is no rule: ${title.split('\n')[0]}`);
    }
  }
  const covered = rules.filter((id) => tested.has(id)).length;
  const inGaps = rules.filter((id) => gaps.includes(id)).length;
  const counts = `${rules.length} rules, ${covered} with tests, ${inGaps} in gaps`;
  return { problems: [...new Set(problems)], counts };
}

/** Sources of all tests, by path. */
function readTests() {
  /** @type {Map<string, string>} */
  const tests = new Map();
  for (const entry of readdirSync(join(ROOT, 'test'), { recursive: true, withFileTypes: true })) {
    const path = join(entry.parentPath, entry.name);
    const scenario = entry.name.endsWith('.txt') && path.includes('scenarios');
    if (!entry.isFile() || !(entry.name.endsWith('.ts') || scenario)) continue;
    tests.set(path.slice(ROOT.length + 1).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
  }
  return tests;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  readCall({ usage: USAGE });
  const page = readFileSync(join(ROOT, 'SPEC.md'), 'utf8');
  const tests = readTests();
  const checks = [checkSpec(page, tests), checkBadInputs(page, tests)];
  const problems = checks.flatMap((check) => check.problems);
  for (const problem of problems) console.log(problem);
  for (const { counts } of checks) console.log(counts);
  if (problems.length > 0) process.exitCode = 1;
}
