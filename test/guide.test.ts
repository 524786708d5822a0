import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { blocksOf, GuideShell, isAsShown, masked, shownNow } from './support/guide-page.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const path = join(root, 'docs', 'guide.md');

describe('docs/guide.md', () => {
  it('shows what its commands print; REWRITE=1 writes it anew', { timeout: 180_000 }, async () => {
    const page = readFileSync(path, 'utf8');
    const blocks = blocksOf(page);
    expect(blocks.length).toBeGreaterThan(3);
    const folder = mkdtempSync(join(tmpdir(), 'diffstream-guide-'));
    cpSync(join(root, 'examples'), join(folder, 'examples'), { recursive: true });
    const shell = new GuideShell(folder, root);
    const lines = page.split('\n');
    const differing: { command: string; printed: string[] }[] = [];
    try {
      for (const { line, lines: count, shown } of blocks) {
        const now: string[] = [];
        for (const { command, output } of shown) {
          const printed = await shell.run(command);
          if (!isAsShown(output, printed)) differing.push({ command, printed });
          now.push(`$ ${command}`, ...shownNow(output, printed));
        }
        // A block is put back as one text, so that the numbers of the lines below stay.
        lines.splice(line, count, now.join('\n'), ...Array<string>(count - 1).fill('\0'));
      }
    } finally {
      shell.close();
      rmSync(folder, { recursive: true, force: true });
    }
    const rewrites = process.env['REWRITE'] === '1';
    if (rewrites) writeFileSync(path, lines.filter((line) => line !== '\0').join('\n'));
    expect(rewrites ? [] : differing).toEqual([]);
    expect(page).not.toMatch(/^(?:error|fault)[ :]/m);
  });
});

describe('how the guide is compared', () => {
  it('masks what differs from machine to machine, and nothing else', () => {
    expect(masked('send 81 µs, $0.08 for 100 kB')).toBe('send # µs, $# for 100 kB');
    expect(masked('  full JSON   44 µs    -   $7.82  $782')).toBe(
      masked('  full JSON  9 µs  -  $1  $2'),
    );
    expect(masked('2.57 MB in 3 keys')).toBe('2.57 MB in 3 keys');
  });

  it('lets a page leave lines out where it says so', () => {
    expect(isAsShown(['a', '…', 'd'], ['a', 'b', 'c', 'd'])).toBe(true);
    expect(isAsShown(['a', '…'], ['a', 'b'])).toBe(true);
    expect(isAsShown(['a', 'd'], ['a', 'b', 'd'])).toBe(false);
    expect(isAsShown(['a', '…', 'x'], ['a', 'b'])).toBe(false);
    expect(isAsShown(['a'], ['a', 'b'])).toBe(false);
    const now = ['all 7', '  in 3', '  out 4', '  both  9'];
    expect(shownNow(['all 1', '…', '  both  2'], now)).toEqual(['all 7', '…', '  both  9']);
  });
});
