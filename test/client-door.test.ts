import { readFileSync } from 'node:fs';
import { posix } from 'node:path';
import { describe, expect, it } from 'vitest';

/** What a module needs at run time: types are erased. */
const STATIC = /^import (?!type\b)[^;]*?from '(\.[^']+)';/gms;
const LATER = /\bimport\('(\.[^']+)'\)/g;

function reached(path: string, pattern: RegExp, found = new Set<string>()): Set<string> {
  if (found.has(path)) return found;
  found.add(path);
  const source = readFileSync(path, 'utf8');
  for (const [, name = ''] of source.matchAll(pattern)) {
    reached(posix.join(posix.dirname(path), name), pattern, found);
  }
  return found;
}

/** Files that only a producer, a hub or a reader of stand-alone messages needs. */
const LEFT_OUT =
  /(-writer|-encoder|quote-index|new-texts|producer|publisher|journal|data-msg|consumer)\.ts$/;

const DOOR = 'src/client/browser.ts';

describe('What a browser loads', () => {
  it('holds what reads frames, and nothing that writes them', () => {
    const needed = [...reached(DOOR, STATIC)];
    expect(needed).toContain('src/core/patch-reader.ts');
    expect(needed.filter((path) => LEFT_OUT.test(path))).toEqual([
      'src/cache/frame-consumer.ts',
      'src/protocol/consumer-message-writer.ts',
    ]);
  });

  it('holds the reader of dense frames later, and not their writer', () => {
    const starts = [...reached(DOOR, STATIC)].flatMap((path) =>
      [...readFileSync(path, 'utf8').matchAll(LATER)].map(([, name = '']) =>
        posix.join(posix.dirname(path), name),
      ),
    );
    expect(starts).toEqual(['src/dense/frame-reader.ts']);
    const later = [...reached('src/dense/frame-reader.ts', STATIC)];
    expect(later.filter((path) => LEFT_OUT.test(path))).toEqual([]);
    expect(later).not.toContain('src/dense/frame-coder.ts');
  });
});
