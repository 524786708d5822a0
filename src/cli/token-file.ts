import { createHash } from 'node:crypto';
import { open } from 'node:fs/promises';
import { DiffStreamError } from '../core/errors.ts';
import { checkedToken } from '../protocol/proof.ts';
import { printable } from './printable.ts';

/** Some twenty thousand tokens of 50 characters, in bytes. */
const FILE_BYTES_MAX = 1 << 20;
/** The file is looked at anew after this, in ms: a herd that comes back asks once. */
const READ_EVERY_MS = 1000;

/** Tokens in a file, one a line; empty lines and those that begin with # do not count. */
export class TokenFile {
  private readonly path: string;
  private readAtMs = Number.NEGATIVE_INFINITY;
  private reading: Promise<readonly string[]> = Promise.resolve([]);

  constructor(path: string) {
    this.path = path;
  }

  /** The first one. `bad-input` where there is none, or no such file. */
  async first(): Promise<string> {
    const [first] = await this.tokens();
    if (first !== undefined) return first;
    throw new DiffStreamError('bad-input', `there is no token in ${printable(this.path)}`);
  }

  /** Whether it is one of them. What is compared are hashes: the time it takes tells nothing. */
  async has(token: string): Promise<boolean> {
    const wanted = hashOf(token);
    return (await this.tokens()).some((held) => hashOf(held) === wanted);
  }

  private tokens(): Promise<readonly string[]> {
    const nowMs = performance.now();
    if (nowMs - this.readAtMs < READ_EVERY_MS) return this.reading;
    this.readAtMs = nowMs;
    this.reading = this.read();
    return this.reading;
  }

  private async read(): Promise<readonly string[]> {
    const text = await this.text();
    const lines = text.split(/\r?\n/).map((line) => line.trim());
    return lines.filter((line) => line !== '' && !line.startsWith('#')).map(checkedToken);
  }

  private async text(): Promise<string> {
    const path = printable(this.path);
    const tooLong = `${path} is larger than a file of tokens may be, ${FILE_BYTES_MAX} bytes`;
    try {
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
      const why = (cause as Error).message;
      throw new DiffStreamError('bad-input', `tokens cannot be read: ${printable(why)}`, { cause });
    }
  }
}

function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('hex');
}
