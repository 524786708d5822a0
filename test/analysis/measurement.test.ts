import { once } from 'node:events';
import { constants, createDeflateRaw, deflateRawSync, gzipSync } from 'node:zlib';

import fastJson from 'fast-json-patch';
import { describe, expect, it } from 'vitest';

import { findingsOf } from '../../src/analysis/findings.ts';
import { levelOf } from '../../src/analysis/sampling.ts';
import { SizeHistogram } from '../../src/analysis/size-histogram.ts';
import type { StrategyId } from '../../src/analysis/strategies.ts';
import type { Update } from '../../src/analysis/update.ts';
import { diff } from '../../src/core/patch.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import type { Value } from '../../src/core/value.ts';
import { makeDenseCoder } from '../../src/dense/index.ts';
import { SeededRandom } from '../../src/testing/index.ts';
import { telemetry } from './generated-feeds.ts';
import { measure, updatesOf } from './measured.ts';

const { updates } = updatesOf(telemetry(), 'id');

const put = (key: string | number, value: unknown): Update => ({
  op: 'put',
  key,
  value: value as Value,
  t: undefined,
});

/** Bytes of changes, counted once more in the plainest way there is; keys have one byte. */
function countedAgain(): Record<string, number> {
  const sums = { 'full-json': 0, 'gzip-each': 0, 'json-patch': 0, 'deflate-previous': 0 };
  const own = { compact: 0, dense: 0 };
  const held = new Map<unknown, Value>();
  const coder = makeDenseCoder(defaultLimits);
  for (const update of updates) {
    if (update.op !== 'put') continue;
    const { key, value } = update;
    const base = held.get(key);
    held.set(key, value);
    if (base === undefined) {
      coder.encode([{ kind: 'put', key, value }]);
      continue;
    }
    const text = JSON.stringify(value);
    const dictionary = Buffer.from(JSON.stringify(base));
    sums['full-json'] += Buffer.byteLength(text) + 1;
    sums['gzip-each'] += gzipSync(text).length + 1;
    sums['json-patch'] +=
      JSON.stringify(fastJson.compare(base as object, value as object)).length + 1;
    sums['deflate-previous'] += deflateRawSync(text, { level: 9, dictionary }).length + 1;
    const patch = diff(base, value);
    own.compact += (patch?.encode().length ?? 0) + 1;
    if (patch?.op === undefined) continue;
    own.dense += coder.encode([{ kind: 'patch', key, op: patch.op, base }])?.length ?? 0;
  }
  return { ...sums, ...own };
}

/** The bytes that a WebSocket's compression makes of each message, by zlib's public stream. */
async function throughStream(messages: readonly Buffer[]): Promise<number[]> {
  const stream = createDeflateRaw({ level: 6 });
  const lengths: number[] = [];
  let length = 0;
  stream.on('data', (chunk: Buffer) => (length += chunk.length));
  for (const message of messages) {
    length = 0;
    stream.write(message);
    await new Promise<void>((resolve) => stream.flush(constants.Z_SYNC_FLUSH, () => resolve()));
    lengths.push(length - 4);
  }
  stream.end();
  await once(stream, 'end');
  return lengths;
}

describe('a measurement', () => {
  const findings = findingsOf(measure(updates));
  const total = (id: StrategyId): number | undefined =>
    findings.strategies.find((each) => each.id === id)?.changes.total;

  it('counts for each strategy what counting again in another way comes to', () => {
    const again = countedAgain();
    for (const [id, bytes] of Object.entries(again)) {
      expect([id, total(id as StrategyId)]).toEqual([id, bytes]);
    }
  });

  it('sends all messages through one deflate context, new entries too', async () => {
    const keys = new Map<unknown, number>();
    const seen = new Set<unknown>();
    const isChange: boolean[] = [];
    const messages = updates.map((update) => {
      const value = update.op === 'put' ? update.value : null;
      const isNew = !keys.has(update.key);
      const number = keys.get(update.key) ?? keys.size;
      keys.set(update.key, number);
      const text = String(update.key);
      const head = isNew ? [number, text.length, ...Buffer.from(text)] : [number];
      isChange.push(seen.has(update.key));
      seen.add(update.key);
      return Buffer.concat([Buffer.from(head), Buffer.from(JSON.stringify(value))]);
    });
    const lengths = await throughStream(messages);
    const changes = lengths.filter((_, i) => isChange[i]);
    expect(total('deflate-context')).toBe(changes.reduce((sum, length) => sum + length, 0));
  });

  it('looks at every result, and its own are right', () => {
    for (const { id, checked, measured } of findings.strategies) {
      expect([id, checked, measured]).toEqual([id, findings.counts.changed, checked]);
    }
    const own = findings.strategies.filter(({ id }) => id === 'compact' || id === 'dense');
    const none = { order: 0, value: 0, error: 0 };
    expect(own.map(({ wrong }) => wrong)).toEqual([none, none]);
  });

  it('counts changes where others lose null or the order of members', () => {
    const feed = [
      put('k', { a: 1, b: 2 }),
      put('k', { a: null, b: 2 }),
      put('k', { n: 0, a: null, b: 2 }),
    ];
    const { strategies } = findingsOf(measure(feed));
    const wrongOf = (id: StrategyId): unknown => strategies.find((each) => each.id === id)?.wrong;
    expect(wrongOf('merge-patch')).toEqual({ order: 1, value: 1, error: 0 });
    expect(wrongOf('json-patch')).toEqual({ order: 1, value: 0, error: 0 });
    expect(wrongOf('compact')).toEqual({ order: 0, value: 0, error: 0 });
  });

  it('tells the first state, what is new later, repeats, deletions and their like apart', () => {
    const del = (key: string): Update => ({ op: 'del', key, t: undefined });
    const measurement = measure([
      put('a', [1]),
      put('b', [1]),
      put('a', [2]),
      put('a', [2]),
      put('c', [1]),
      del('b'),
      del('b'),
      put('b', [3]),
    ]);
    const { counts, keys, strategies } = findingsOf(measurement);
    const unchanged = { changed: 1, unchanged: 1, deleted: 1, unknown: 1 };
    expect(counts).toEqual({ created: 4, firstEntries: 2, ...unchanged });
    expect(keys).toBe(3);
    const [full] = strategies;
    // Number, length and text of the key where it is new, and the value.
    expect(full).toMatchObject({ firstState: 12, creations: 6 + 4, deletions: 1 });
    expect(full?.all).toBe(12 + 10 + 1 + 4);
  });

  it('refuses what is no value, and goes on as if it had not come', () => {
    const measurement = measure([put('k', { text: 'a' })]);
    expect(() => measurement.take(put('k', { text: '\ud800' }))).toThrow(/lone surrogate/);
    expect(measurement.take(put('k', { text: 'b' }))).toBe('changed');
    expect(measurement.counts.changed).toBe(1);
  });

  it('measures what is too slow on a sample, on the same changes as full JSON', () => {
    let now = 0;
    // Each look at the clock takes a while: a thousand ms are soon over.
    const slow = findingsOf(measure(updates, () => (now += 0.4)));
    const gzip = slow.strategies.find(({ id }) => id === 'gzip-each');
    expect(gzip?.measured).toBeLessThan(slow.counts.changed / 2);
    expect(gzip?.measured).toBeGreaterThan(7);
    const all = total('gzip-each') ?? 0;
    expect(Math.abs((gzip?.changes.total ?? 0) / all - 1)).toBeLessThan(0.05);
    const compact = slow.strategies.find(({ id }) => id === 'compact');
    expect(compact?.changes).toEqual(
      findings.strategies.find(({ id }) => id === 'compact')?.changes,
    );
  });
});

describe('samples and quantiles', () => {
  it('each level has a half of the one below', () => {
    const count = 40_000;
    const levels = Array.from({ length: count }, (_, i) => levelOf(i));
    for (const level of [1, 2, 3, 5]) {
      const share = levels.filter((each) => each >= level).length / count;
      expect(Math.abs(share * 2 ** level - 1)).toBeLessThan(0.1);
    }
  });

  it('a histogram is exact below 4,096 and near above', () => {
    const random = new SeededRandom('sizes');
    for (const most of [4000, 4_000_000]) {
      const sizes = Array.from({ length: 999 }, () => random.below(most)).sort((a, b) => a - b);
      const histogram = new SizeHistogram();
      for (const size of sizes) histogram.add(size);
      expect(histogram.sum).toBe(sizes.reduce((sum, size) => sum + size, 0));
      for (const share of [0.01, 0.5, 0.95, 1]) {
        const exact = sizes[Math.ceil(share * 999) - 1] ?? 0;
        const got = histogram.quantile(share);
        expect(got).toBeLessThanOrEqual(exact);
        expect(got).toBeGreaterThanOrEqual(most === 4000 ? exact : exact * 0.9995 - 1);
      }
    }
    expect(new SizeHistogram().quantile(0.5)).toBeNaN();
  });
});
