/** Pages with commands and what they print: found, run and compared. */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';

/** A command as the page prints it, and the lines below it, up to the next one. */
export interface Shown {
  readonly command: string;
  readonly output: readonly string[];
}

/** A fenced block of commands, in which `…` on a line stands for lines left out. */
export interface Block {
  /** Where its first line stands in the page, counted from 0, and how many lines it has. */
  readonly line: number;
  readonly lines: number;
  readonly shown: readonly Shown[];
}

const FENCE = '```';
const LEFT_OUT = '…';

export function blocksOf(page: string): Block[] {
  const lines = page.split('\n');
  const blocks: Block[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (lines[i] !== `${FENCE}console`) continue;
    const end = lines.indexOf(FENCE, i);
    blocks.push({ line: i + 1, lines: end - i - 1, shown: shownIn(lines.slice(i + 1, end)) });
    i = end;
  }
  return blocks;
}

function shownIn(lines: readonly string[]): Shown[] {
  const shown: { command: string; output: string[] }[] = [];
  for (const line of lines) {
    if (line.startsWith('$ ')) shown.push({ command: line.slice(2), output: [] });
    else shown.at(-1)?.output.push(line);
  }
  return shown;
}

/**
 * What differs from one machine, and one run, to the next: times and money, and the bytes that the
 * platform's deflate makes.
 */
export function masked(line: string): string {
  const own = /deflate|gzip/i.test(line) ? line.replaceAll(/[\d.,]+/g, '#') : line;
  return own
    .replaceAll(/\$?[\d.,]+(?= ?(?:µs|ms|s|cores?|h)(?![a-z]))/g, '#')
    .replaceAll(/\$[\d.,]+/g, '$#')
    .replaceAll(/[\d.,]+ % of a core/g, '# % of a core')
    .replaceAll(/# {2,}|# ?(?=µs)/g, '# ')
    .replaceAll(/ {2,}/g, ' ')
    .trimEnd();
}

/** Whether lines are those of a page, which may leave some out. */
export function isAsShown(shown: readonly string[], printed: readonly string[]): boolean {
  let at = 0;
  let anywhere = false;
  for (const line of shown) {
    if (line.trim() === LEFT_OUT) {
      anywhere = true;
      continue;
    }
    const wanted = masked(line);
    const found = printed.findIndex((each, i) => i >= at && masked(each) === wanted);
    if (found < 0 || (!anywhere && found !== at)) return false;
    at = found + 1;
    anywhere = false;
  }
  return anywhere || at === printed.length;
}

/** How a line begins, up to its first figure: a line of a table is known again by it. */
const labelOf = (line: string): string => /^\s*\S\D*?(?=\s{2}|[:\d]|$)/.exec(line)?.[0] ?? '';

/**
 * The same lines as the page shows, as they are now. What it leaves out stays left out; the line
 * after a gap is looked for by how it begins.
 */
export function shownNow(shown: readonly string[], printed: readonly string[]): string[] {
  if (!shown.some((line) => line.trim() === LEFT_OUT)) return [...printed];
  const now: string[] = [];
  let at = 0;
  for (const line of shown) {
    if (line.trim() === LEFT_OUT) {
      now.push(LEFT_OUT);
      continue;
    }
    const found = printed.findIndex((each, i) => i >= at && labelOf(each) === labelOf(line));
    const place = now.at(-1) === LEFT_OUT && found >= 0 ? found : at;
    now.push(printed[place] ?? line);
    at = place + 1;
  }
  return now;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** A shell in a folder of its own, in which `diffstream` is the one of this checkout. */
export class GuideShell {
  private readonly folder: string;
  private readonly env: NodeJS.ProcessEnv;
  private readonly behind: ChildProcess[] = [];
  private port: Promise<number> | undefined;

  constructor(folder: string, root: string) {
    this.folder = folder;
    const bin = join(folder, '.bin');
    mkdirSync(bin);
    const program = join(bin, 'diffstream');
    const entry = join(root, 'dist', 'bin', 'diffstream.js');
    writeFileSync(program, `#!/bin/sh\nexec "${process.execPath}" "${entry}" "$@"\n`);
    chmodSync(program, 0o755);
    this.env = { ...process.env, PATH: `${bin}:${process.env['PATH'] ?? ''}`, NO_COLOR: '1' };
  }

  /**
   * Runs a command to its end; one that ends with `&` goes on until `close`, and its output is
   * what it says until it listens. 8080 in it is a free port.
   */
  async run(command: string): Promise<string[]> {
    const port = String(await (this.port ??= freePort()));
    const goesOn = command.endsWith(' &');
    const text = command.replace(/ &$/, '').replaceAll('8080', port);
    const child = spawn('/bin/sh', ['-c', goesOn ? `exec ${text}` : text], {
      cwd: this.folder,
      env: this.env,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let printed = '';
    let noted = '';
    const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
    const listens = new Promise<void>((resolve) => {
      child.stdout.on('data', (chunk: Buffer) => {
        printed += String(chunk);
        if (printed.includes('ws://')) resolve();
      });
      child.stderr.on('data', (chunk: Buffer) => {
        noted += String(chunk);
        if (noted.includes('ws://')) resolve();
      });
    });
    if (goesOn) this.behind.push(child);
    await (goesOn ? Promise.race([listens, ended]) : ended);
    const output = (printed === '' ? noted : printed).replaceAll(port, '8080').trimEnd();
    return output === '' ? [] : output.split('\n');
  }

  close(): void {
    for (const child of this.behind) child.kill('SIGTERM');
  }
}
