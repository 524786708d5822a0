/**
 * Keeps PROTOCOL.md true. The examples are made anew, the tables held against the code, and
 * bytes of every kind are read by a decoder that was written from the page alone.
 */
import { readFileSync } from 'node:fs';
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TAG } from './support/tags.ts';
import { DiffCache } from '../src/index.ts';
import type { Key, ProducerCache, Value } from '../src/index.ts';
import { CLOSE, MESSAGE, PROTOCOL_VERSION } from '../src/protocol/index.ts';
import { depthOf, runs, soakTimeoutMs, values } from './support/arbitrary-values.ts';
import { fromHex, toHex } from './support/damaged-bytes.ts';
import {
  applyPatchBytes,
  decodeFrame,
  decodeMessage,
  decodeValue,
} from './support/page-decoder.mjs';
import {
  checkOf,
  collectionWords,
  digestOf,
  digestText,
  wordsText,
} from './support/page-digest.mjs';

const EPOCH = '1795305600000.9f3c2a1b00d4e5f6';
const NAME = 'demo';
const root = new URL('..', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');
const page = read('PROTOCOL.md');

function block(kind: string): string {
  const found = new RegExp(`\`\`\`${kind}\n([\\s\\S]*?)\`\`\``).exec(page)?.[1];
  if (found === undefined) throw new Error(`the page has no block '${kind}'`);
  return found.trim();
}

/** Name and value of the rows of the table whose header has these cells. */
function table(...header: string[]): [name: string | undefined, value: string | undefined][] {
  const start = page.indexOf(`| ${header.join(' | ')} |`);
  expect(start).toBeGreaterThan(0);
  const lines = page.slice(start).split('\n\n')[0]?.split('\n').slice(2) ?? [];
  return lines.map((line) => {
    const cells = line.split('|').map((cell) => cell.trim().replaceAll('`', ''));
    return [cells[2], cells[1]?.split(' ')[0]];
  });
}

/** A constant of a source that is no door's export: names with numbers. */
function constant(path: string, name: string): Record<string, number> {
  const body = new RegExp(`const ${name} = \\{(.*?)\\} as const`, 's').exec(read(path))?.[1] ?? '';
  const pairs = [...body.matchAll(/(\w+): (0x[\da-f]+|\d+)/g)];
  return Object.fromEntries(pairs.map(([, key, value]) => [key, Number(value)]));
}

const example = JSON.parse(block('json')) as { c: Record<string, Value> };

/** The producer of the page's example, with both its commits made. */
function exampleMade(): { producer: ProducerCache; message: Uint8Array } {
  const producer = DiffCache.producer({ epoch: EPOCH, name: NAME });
  producer.update(example);
  const next = { ...example, c: { ...example.c, c3: 'Maybe' } };
  return { producer, message: producer.update(next).encode() };
}

describe('the page on the protocol', () => {
  it('shows the very bytes that the code makes of its example', () => {
    const { producer, message } = exampleMade();
    expect(toHex(message)).toBe(block('hex message'));
    expect(toHex(producer.frame(1).encode())).toBe(block('hex frame'));
    expect(page).toContain(producer.head().digest);
  });

  it('explains each byte of the example once, in order', () => {
    const [ofMessage = '', ofFrame = ''] = page
      .slice(page.indexOf('```hex message'))
      .split('| bytes | meaning |')
      .slice(1)
      .map((part) => [...part.matchAll(/^\| `([\da-f ]+)` \|/gm)].map(([, hex]) => hex).join(''));
    expect(ofMessage.replaceAll(' ', '')).toBe(block('hex message'));
    expect(ofFrame.replaceAll(' ', '')).toBe(block('hex frame'));
  });

  it('uses the object of the README', () => {
    const readme = /const data = (\{[\s\S]*?\n\});/.exec(read('README.md'))?.[1] ?? '';
    const strict = readme.replaceAll(/(\w+):/g, '"$1":').replaceAll("'", '"');
    expect(JSON.parse(strict.replaceAll(/,(\s*\})/g, '$1'))).toEqual(example);
  });

  it('lists the tags of values, the types of messages, codes of ops and of closing', () => {
    const hex = (rows: ReturnType<typeof table>): unknown =>
      Object.fromEntries(rows.map(([name, value]) => [name, Number.parseInt(value ?? '', 16)]));
    const decimal = (rows: ReturnType<typeof table>): unknown =>
      Object.fromEntries(rows.map(([name, value]) => [name, Number(value)]));
    expect(hex(table('first byte', 'name', 'what it is'))).toEqual(TAG);
    expect(hex(table('type', 'name', 'from', 'what follows'))).toEqual(MESSAGE);
    const codes = constant('src/core/patch-layout.ts', 'CODE');
    expect(Object.keys(codes)).toHaveLength(8);
    expect(decimal(table('code', 'name', 'body'))).toEqual(codes);
    expect(decimal(table('code', 'name', 'when'))).toEqual(CLOSE);
    expect(page).toContain(`This is protocol **${PROTOCOL_VERSION}**`);
  });
});

describe('the decoder written from the page', () => {
  it('C1 G1 reads the example, and finds the digest and the check it promises', () => {
    const message = decodeMessage(fromHex(block('hex message')));
    const { command, key, base, version } = message;
    expect([command, key, base, version]).toEqual(['update', 314_159, 1, 2]);
    const next = message.apply(example);
    expect(JSON.stringify(next)).toBe(
      JSON.stringify(example).replace('"c2":false', '"c2":false,"c3":"Maybe"'),
    );
    expect(digestText(digestOf(next))).toBe(message.digest);

    const frame = decodeFrame(fromHex(block('hex frame')));
    const [change] = frame.changes;
    expect(change?.kind).toBe('patch');
    expect(change?.apply(example)).toEqual(next);
    const words = collectionWords([[314_159, next]], NAME);
    expect(wordsText(words)).toBe(exampleMade().producer.head().digest);
    expect(checkOf(words, NAME, frame.epoch, frame.from, frame.to)).toBe(frame.check);
  });

  it('M5 finds any flipped bit of the example', () => {
    const genuine = fromHex(block('hex message'));
    for (let bit = 0; bit < genuine.length * 8; bit++) {
      const bytes = genuine.with(bit >> 3, (genuine[bit >> 3] as number) ^ (1 << (bit & 7)));
      let right = false;
      try {
        const message = decodeMessage(bytes);
        right = digestText(digestOf(message.apply(example))) === message.digest;
      } catch {
        // Refused, which is as good.
      }
      expect(right, `bit ${bit}`).toBe(false);
    }
  });

  it('C5 G1 reads every golden vector, to the same digest', () => {
    interface Vector {
      value?: Value;
      base?: Value;
      target?: Value;
      hex: string;
      digest: string;
    }
    const vectors = (name: string): Vector[] =>
      JSON.parse(read(`test/vectors/${name}.json`)) as Vector[];
    for (const { value, hex, digest } of vectors('values')) {
      const decoded = decodeValue(fromHex(hex));
      expect(JSON.stringify(decoded)).toBe(JSON.stringify(value));
      expect(digestText(digestOf(decoded))).toBe(digest);
    }
    for (const { base, target, hex, digest } of vectors('patches')) {
      const next = applyPatchBytes(fromHex(hex), base);
      expect(JSON.stringify(next)).toBe(JSON.stringify(target));
      expect(digestText(digestOf(next))).toBe(digest);
    }
  });

  const keys: readonly Key[] = [0, -1, 2 ** 51, -(2 ** 53 - 1), '', 'key', 'key 1', 'k😀x', 'k😃x'];

  it(
    'C5 M5 F3 G4 follows any history, by messages and by frames',
    () => {
      const step = fc.tuple(fc.constantFrom(...keys), fc.option(values, { freq: 4 }));
      fc.assert(
        fc.property(fc.array(step, { minLength: 1, maxLength: 12 }), (steps) => {
          const producer = DiffCache.producer<Value>({ epoch: EPOCH, name: NAME });
          const copy = new Map<Key, unknown>();
          const history = [new Map<Key, unknown>()];
          for (const [key, value] of steps) {
            if (value === null ? !producer.has(key) : depthOf(value) > 128) continue;
            const sent = value === null ? producer.delete(key) : producer.set(key, value);
            const message = decodeMessage(sent.encode());
            expect([message.key, message.version]).toEqual([key, sent.version]);
            const next = message.apply(copy.get(key));
            const digest = next === undefined ? '0'.repeat(16) : digestText(digestOf(next));
            expect(digest).toBe(message.digest);
            if (next === undefined) copy.delete(key);
            else copy.set(key, next);
            history[producer.version] = new Map(copy);
          }
          expect(wordsText(collectionWords(copy, NAME))).toBe(producer.head().digest);
          for (const [from, held] of history.entries()) {
            const frame = decodeFrame(producer.frame(from).encode());
            for (const { kind, key, apply } of frame.changes) {
              if (kind === 'delete') held.delete(key);
              else held.set(key, apply(held.get(key)));
            }
            const words = collectionWords(held, NAME);
            expect(checkOf(words, NAME, frame.epoch, frame.from, frame.to)).toBe(frame.check);
          }
        }),
        runs(150),
      );
    },
    soakTimeoutMs,
  );
});
