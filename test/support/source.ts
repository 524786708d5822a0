/** Reading TypeScript sources as text, for the tests that check the code itself. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');

/** Text of every file under the given folders, by path from the root with forward slashes. */
export function readTree(folders: readonly string[], name: RegExp): Map<string, string> {
  const files = new Map<string, string>();
  for (const folder of folders) {
    if (!existsSync(join(ROOT, folder))) continue;
    for (const entry of readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })) {
      if (!entry.isFile() || !name.test(entry.name)) continue;
      const path = join(entry.parentPath, entry.name);
      if (path.includes('node_modules')) continue;
      files.set(relative(ROOT, path).replaceAll('\\', '/'), readFileSync(path, 'utf8'));
    }
  }
  return files;
}

const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%^~<>]|\b(?:return|typeof|case|throw|else|in|of))\s*$/;

/** How far the comment, string or regular expression that starts at `at` reaches, or 0. */
function opaqueEnd(source: string, at: number): number {
  const two = source.slice(at, at + 2);
  if (two === '//') return endOr(source.indexOf('\n', at), source);
  if (two === '/*') return endOr(source.indexOf('*/', at + 2) + 2, source);
  const char = source[at];
  if (char === "'" || char === '"') return quotedEnd(source, at, char);
  if (char === '/' && BEFORE_REGEX.test(source.slice(Math.max(0, at - 20), at))) {
    return regexEnd(source, at);
  }
  return 0;
}

function endOr(end: number, source: string): number {
  return end < 2 ? source.length : end;
}

function quotedEnd(source: string, at: number, quote: string): number {
  for (let i = at + 1; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (source[i] === quote || source[i] === '\n') return i + 1;
  }
  return source.length;
}

function regexEnd(source: string, at: number): number {
  let inClass = false;
  for (let i = at + 1; i < source.length; i++) {
    const char = source[i];
    if (char === '\n') return 0; // a division after all
    if (char === '\\') i++;
    else if (char === '[') inClass = true;
    else if (char === ']') inClass = false;
    else if (char === '/' && !inClass) return i + 1;
  }
  return 0;
}

/**
 * The source with comments and the insides of strings, templates and regular expressions turned
 * into spaces. Same length and same lines, so an offset means the same place in both. The quotes
 * of strings and the code inside `${…}` stay.
 */
export function maskSource(source: string): string {
  let out = '';
  const blank = (text: string): string => text.replaceAll(/[^\n]/g, ' ');
  // One entry per open template: the depth of braces at which its `${` ends.
  const templates: number[] = [];
  let depth = 0;
  let inTemplate = false;
  for (let i = 0; i < source.length;) {
    const char = source.charAt(i);
    if (inTemplate) {
      const hole = source.startsWith('${', i);
      if (char === '`') templates.pop();
      inTemplate = char !== '`' && !hole;
      if (hole) templates[templates.length - 1] = ++depth;
      const width = hole || char === '\\' ? 2 : 1;
      const keep = hole || char === '`';
      out += keep ? source.slice(i, i + width) : blank(source.slice(i, i + width));
      i += width;
      continue;
    }
    const end = opaqueEnd(source, i);
    if (end > i) {
      const quoted = (char === "'" || char === '"') && end - i >= 2;
      out += quoted
        ? char + blank(source.slice(i + 1, end - 1)) + char
        : blank(source.slice(i, end));
      i = end;
      continue;
    }
    if (char === '`') {
      templates.push(-1);
      inTemplate = true;
    } else if (char === '{') depth++;
    else if (char === '}') inTemplate = templates.at(-1) === depth--;
    out += char;
    i++;
  }
  return out;
}

/** The text of the string literal whose opening quote is at `at`. */
export function literalAt(source: string, at: number): string {
  const quote = source.charAt(at);
  return source.slice(at + 1, source.indexOf(quote, at + 1));
}

export function lineOf(source: string, offset: number): number {
  return source.slice(0, offset).split('\n').length;
}
