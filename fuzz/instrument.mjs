/**
 * Copies the built files to a folder of their own and, if asked, makes each branch of the pure
 * layers count how often it is taken. A copy also keeps a long run apart from later builds.
 */
// @ts-check
import { cpSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseAst } from 'rolldown/parseAst';

/** Folders of the build that targets need. */
const COPIED = ['core', 'cache', 'dense', 'protocol', 'testing', 'cli'];
/** What is counted: the pure layers, and the reader of feeds. */
const COUNTED = [
  /^(?:core|cache|dense|protocol)\//,
  /^cli\/(?:feed-record|line-splitter|lossy-number|duplicate-name)/,
];
/** The array of counters, found by every module of a thread under this name. */
export const COUNTERS = '__diffstreamCounters';

/** @typedef {{ type: string, start: number, end: number, [name: string]: unknown }} Node */
/** @typedef {{ file: string, sites: number }} Counted */

/** What goes into a source, and where; what closes comes before what opens at the same place. */
class Insertions {
  /** @type {Map<number, string[]>} */
  opening = new Map();
  /** @type {Map<number, string[]>} */
  closing = new Map();

  /** @param {Map<number, string[]>} side @param {number} at @param {string} text */
  #put(side, at, text) {
    const there = side.get(at);
    if (there === undefined) side.set(at, [text]);
    else there.push(text);
  }

  /** @param {number} at @param {string} text */
  open(at, text) {
    this.#put(this.opening, at, text);
  }

  /** @param {number} at @param {string} text */
  close(at, text) {
    this.#put(this.closing, at, text);
  }

  /** @param {string} source */
  into(source) {
    const places = [...new Set([...this.opening.keys(), ...this.closing.keys()])];
    places.sort((a, b) => a - b);
    let text = '';
    let from = 0;
    for (const at of places) {
      text += source.slice(from, at);
      text += (this.closing.get(at) ?? []).join('') + (this.opening.get(at) ?? []).join('');
      from = at;
    }
    return text + source.slice(from);
  }
}

/** Walks over a module and puts counters in, numbered from `first`. */
class Counting {
  insertions = new Insertions();

  /** @param {number} first */
  constructor(first) {
    this.next = first;
  }

  #count() {
    return `C$[${this.next++}]++`;
  }

  /** @param {unknown} node */
  visit(node) {
    if (Array.isArray(node)) {
      for (const part of node) this.visit(part);
      return;
    }
    if (typeof node !== 'object' || node === null) return;
    const one = /** @type {Node} */ (node);
    if (typeof one.type !== 'string') return;
    /** @type {(() => void)[]} */
    const after = [];
    this.#mark(one, after);
    for (const [name, part] of Object.entries(one)) if (name !== 'type') this.visit(part);
    for (const work of after) work();
  }

  /** @param {Node} node @param {(() => void)[]} after */
  #mark(node, after) {
    switch (node.type) {
      case 'FunctionDeclaration':
      case 'FunctionExpression':
      case 'ArrowFunctionExpression':
      case 'CatchClause':
      case 'ForStatement':
      case 'ForOfStatement':
      case 'ForInStatement':
      case 'WhileStatement':
      case 'DoWhileStatement':
        return this.#wrap(node['body'], after);
      case 'IfStatement':
        this.#wrap(node['consequent'], after);
        if (node['alternate'] !== null) return this.#wrap(node['alternate'], after);
        after.push(() => this.insertions.close(node.end, ` else {${this.#count()};}`));
        return;
      case 'ConditionalExpression':
        this.#wrap(node['consequent'], after);
        return this.#wrap(node['alternate'], after);
      case 'LogicalExpression':
        return this.#wrap(node['right'], after);
      case 'SwitchCase': {
        const [first] = /** @type {Node[]} */ (node['consequent']);
        if (first !== undefined) this.insertions.open(first.start, `${this.#count()};`);
      }
    }
  }

  /** @param {unknown} part @param {(() => void)[]} after */
  #wrap(part, after) {
    if (part === null || part === undefined) return;
    const { type, start, end } = /** @type {Node} */ (part);
    if (type === 'BlockStatement' || type === 'FunctionBody') {
      this.insertions.open(start + 1, `${this.#count()};`);
      return;
    }
    const isStatement = type.endsWith('Statement') || type.endsWith('Declaration');
    this.insertions.open(start, isStatement ? `{${this.#count()};` : `(${this.#count()},`);
    after.push(() => this.insertions.close(end, isStatement ? '}' : ')'));
  }
}

/** @param {string} source @param {number} first @returns {{ text: string, next: number }} */
export function withCounters(source, first) {
  const counting = new Counting(first);
  counting.visit(parseAst(source));
  const text = counting.insertions.into(source);
  return { text: `const C$=globalThis.${COUNTERS};${text}`, next: counting.next };
}

/**
 * @param {string} dist @param {string} folder @param {boolean} counted
 * @returns {Counted[]} how many sites each file has, in the order of their numbers
 */
export function copyBuild(dist, folder, counted) {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{"type":"module"}');
  for (const part of COPIED) {
    cpSync(join(dist, part), join(folder, part), {
      recursive: true,
      filter: (path) => !/\.(?:map|d\.ts)$/.test(path),
    });
  }
  /** @type {Counted[]} */
  const all = [];
  if (!counted) return all;
  let next = 0;
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort()) {
    const file = name.replaceAll('\\', '/');
    if (!file.endsWith('.js') || !COUNTED.some((pattern) => pattern.test(file))) continue;
    const path = join(folder, file);
    const made = withCounters(readFileSync(path, 'utf8'), next);
    writeFileSync(path, made.text);
    all.push({ file, sites: made.next - next });
    next = made.next;
  }
  return all;
}
