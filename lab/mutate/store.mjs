// What is known from earlier runs: results of mutants, as long as their source is what it was.
// @ts-check
import { createHash } from 'node:crypto';
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { dirname } from 'node:path';

/** @param {string} text */
export const hashOf = (text) => createHash('sha256').update(text).digest('hex').slice(0, 16);

/** Lines of JSON, the last of a name counting. */
export class Store {
  /** @param {string} file */
  constructor(file) {
    this.file = file;
    /** @type {Map<string, any>} */
    this.known = new Map();
    mkdirSync(dirname(file), { recursive: true });
    if (!existsSync(file)) return;
    for (const line of readFileSync(file, 'utf8').split('\n')) {
      if (line === '') continue;
      const { name, ...rest } = JSON.parse(line);
      this.known.set(name, rest);
    }
  }

  /** @param {string} name @param {object} result */
  set(name, result) {
    this.known.set(name, result);
    appendFileSync(this.file, `${JSON.stringify({ name, ...result })}\n`);
  }

  clear() {
    this.known.clear();
    rmSync(this.file, { force: true });
  }
}

/** @param {string} file @param {() => Promise<object>} make @param {string} key */
export async function remembered(file, key, make) {
  if (existsSync(file)) {
    const held = JSON.parse(readFileSync(file, 'utf8'));
    if (held.key === key) return held.value;
  }
  const value = await make();
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify({ key, value }));
  return value;
}
