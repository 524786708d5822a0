/** The house rules a machine can check, as functions from a source to its violations. */
import { lineOf, literalAt, maskSource } from './source.ts';

/** Longest line, in characters: two files side by side on one screen. */
const MAX_COLUMNS = 100;
/** Longest file, in lines: beyond it a file holds more than one concept. */
const MAX_FILE_LINES = 500;
/** Longest function, in lines: one screen. */
const MAX_FUNCTION_LINES = 70;

// Written with brackets so that this file does not report itself.
const MARKERS = /\b(?:TO[D]O|FIX[M]E|XX[X])\b/;
const FORBIDDEN = /registry[.]npmjs|npmjs[.]org|[/]work[/]/;

const EMPTY_NAMES = /(?:^|[-.])(?:utils?|helpers?|types?|common|misc)\.(?:ts|tsx|mjs)$/;
const DOOR = /^src\/(?:[a-z]+\/)?index\.ts$/;

export function longLines(path: string, source: string): string[] {
  return source
    .split('\n')
    .flatMap((line, i) =>
      line.length > MAX_COLUMNS ? [`${path}:${i + 1} has ${line.length} columns`] : [],
    );
}

export function longFile(path: string, source: string): string[] {
  const lines = source.split('\n').length - 1;
  return lines > MAX_FILE_LINES ? [`${path} has ${lines} lines`] : [];
}

/** Whether the code before a `{` makes it the body of a function. */
function opensFunction(before: string): boolean {
  if (/=>\s*$/.test(before)) return true;
  if (!/\)\s*(?::[^={};]*)?$/.test(before)) return false;
  return !/^(?:\}?\s*else\s+)?(?:if|for|while|switch|catch|with)\b/.test(before.trim());
}

/** Functions of more lines than allowed, by counting braces: close enough, and never silent. */
export function longFunctions(path: string, source: string): string[] {
  const masked = maskSource(source);
  const problems: string[] = [];
  const open: { start: number; isFunction: boolean }[] = [];
  let header = 0;
  for (let i = 0; i < masked.length; i++) {
    const char = masked[i];
    if (char === '{') {
      const before = masked.slice(header, i);
      const start = header + before.length - before.trimStart().length;
      open.push({ start, isFunction: opensFunction(before) });
    } else if (char === '}') {
      const block = open.pop();
      const first = lineOf(masked, block?.start ?? 0);
      const lines = lineOf(masked, i) - first + 1;
      if (block?.isFunction && lines > MAX_FUNCTION_LINES) {
        problems.push(`${path}:${first} has a function of ${lines} lines`);
      }
    }
    if (char === '{' || char === '}' || char === ';') header = i + 1;
  }
  return problems;
}

export function forbiddenText(path: string, source: string): string[] {
  return source.split('\n').flatMap((line, i) => {
    const words = [FORBIDDEN.exec(line)?.[0], MARKERS.exec(line)?.[0]];
    return words
      .filter((word) => word !== undefined)
      .map((word) => `${path}:${i + 1} says ${word}`);
  });
}

/**
 * Lists that become arguments of a call: beyond some 120,000 of them the engine throws. `concat`
 * or a loop takes any number.
 */
export function spreadPushes(path: string, source: string): string[] {
  const found = maskSource(source).matchAll(/\.(?:push|unshift)\(\s*\.\.\./g);
  return Array.from(found, ({ index }) => `${path}:${lineOf(source, index)} pushes a list at once`);
}

export function emptyName(path: string): string[] {
  const file = path.slice(path.lastIndexOf('/') + 1);
  const barrel = /^index\.(?:ts|tsx|mjs)$/.test(file) && !DOOR.test(path);
  return EMPTY_NAMES.test(file) || barrel ? [`${path} is not named for a concept`] : [];
}

/** Tests switched off or singled out, and titles used twice in one file. */
export function testProblems(path: string, source: string): string[] {
  const masked = maskSource(source);
  const switched = /\b(?:it|test|describe|suite|bench)(?:\.\w+)*\.(?:only|skip)\b(?!If)/g;
  const problems = [...masked.matchAll(switched)].map(
    (match) => `${path}:${lineOf(masked, match.index)} uses ${match[0]}`,
  );
  const seen = new Set<string>();
  for (const match of masked.matchAll(/\b(?:it|test)(?:\.\w+)*\s*\(\s*(?=['"`])/g)) {
    const at = match.index + match[0].length;
    const title = literalAt(source, at);
    if (seen.has(title)) problems.push(`${path}:${lineOf(masked, at)} repeats '${title}'`);
    seen.add(title);
  }
  return problems;
}
