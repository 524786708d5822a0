import { createHash } from 'node:crypto';
import { open, stat } from 'node:fs/promises';
import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import { checkedToken } from '../protocol/proof.ts';
import { printable } from './printable.ts';

/** Some twenty thousand tokens of 50 characters, in bytes. */
const FILE_BYTES_MAX = 1 << 20;
/** The file is looked at anew after this, in ms: a herd that comes back asks once. */
const READ_EVERY_MS = 1000;

interface Tokens {
  readonly first: string;
  readonly hashes: ReadonlySet<string>;
}

/** Tokens in a file, one a line; empty lines and those that begin with # do not count. */
export class TokenFile {
  private readonly path: string;
  private readAtMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<Tokens> = Promise.resolve({ first: '', hashes: new Set() });

  constructor(path: string) {
    this.path = path;
  }

  /** The first one. `bad-input` where there is none, or no such file. */
  async first(): Promise<string> {
    return (await this.tokens()).first;
  }

  /**
   * Whether it is one of them; `bad-input` as above. What is compared are hashes: the time it takes
   * tells nothing.
   */
  async has(token: string): Promise<boolean> {
    return (await this.tokens()).hashes.has(hashOf(token));
  }

  private tokens(): Promise<Tokens> {
    const nowMs = performance.now();
    if (nowMs - this.readAtMs < READ_EVERY_MS) return this.reading;
    this.readAtMs = nowMs;
    this.reading = this.read();
    return this.reading;
  }

  private async read(): Promise<Tokens> {
    const path = printable(this.path);
    const tokens: string[] = [];
    for (const [i, line] of (await this.text()).split(/\r?\n/).entries()) {
      const token = line.trim();
      if (token === '' || token.startsWith('#')) continue;
      try {
        tokens.push(checkedToken(token));
      } catch (cause) {
        const what = `${path}, line ${i + 1}: ${causeText(cause)}`;
        throw new DiffStreamError('bad-input', what, { cause });
      }
    }
    const [first] = tokens;
    // A file that is being written is empty for a moment: that says nothing of anybody.
    if (first === undefined) {
      throw new DiffStreamError('bad-input', `there is no token in ${path}`);
    }
    return { first, hashes: new Set(tokens.map(hashOf)) };
  }

  private async text(): Promise<string> {
    const path = printable(this.path);
    const tooLong = `${path} is larger than a file of tokens may be, ${FILE_BYTES_MAX} bytes`;
    try {
      // Opening a pipe would wait for somebody who writes.
      if (!(await stat(this.path)).isFile()) throw new Error(`${path} is no file`);
      const file = await open(this.path);
      try {
        const bytes = Buffer.alloc(FILE_BYTES_MAX + 1);
        const { bytesRead } = await file.read(bytes, 0, bytes.length, 0);
        if (bytesRead > FILE_BYTES_MAX) throw new DiffStreamError('bad-input', tooLong);
        return bytes.toString('utf8', 0, bytesRead);
      } finally {
        await file.close();
      }
    } catch (cause) {
      if (cause instanceof DiffStreamError) throw cause;
      const why = printable(causeText(cause));
      throw new DiffStreamError('bad-input', `tokens cannot be read: ${why}`, { cause });
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
