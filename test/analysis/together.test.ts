import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';

import { Frame } from '../../src/cache/frame.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import { findingsOf } from '../../src/analysis/findings.ts';
import type { Update } from '../../src/analysis/update.ts';
import { UpdateTimes } from '../../src/analysis/update-times.ts';
import { verdictOf } from '../../src/analysis/verdict.ts';
import { frameBytes, messageBytes } from '../../src/analysis/wire.ts';
import { headlineOf } from '../../src/cli/analyze-headline.ts';
import { SeededRandom } from '../../src/testing/index.ts';
import { measure, measuredValues, updatesOf } from './measured.ts';

const PRICES = { consumers: 100, perGb: 0.09, perCpuHour: 0.04 };

interface Station {
  readonly id: string;
  readonly name: string;
  bikes: number;
}

/** States of sixty stations, most of which change from one to the next. */
function snapshots(count = 30): Station[][] {
  const random = new SeededRandom('stations');
  const stations = Array.from({ length: 60 }, (_, i) => ({
    id: `s-${i}`,
    name: `the station at the corner of the ${i}th street`,
    bikes: random.below(40),
  }));
  return Array.from({ length: count }, () => {
    for (const station of stations) if (random.below(4) > 0) station.bikes = random.below(40);
    return structuredClone(stations);
  });
}

const sets = snapshots();
const rows = sets.flatMap((set, i) =>
  set.map((row) => Object.assign({ t: 1.7e12 + i * 60_000 }, row)),
);
const alone = (updates: readonly Update[]): Update[] =>
  updates.map((update) => Object.assign({}, update, { message: undefined }));

describe('updates that came together', () => {
  const { updates } = updatesOf(sets, 'id');
  const findings = findingsOf(measure(updates));
  const together = findings.together;

  it('in one array are one message for each way to send them, and not the wrong answer', () => {
    expect(together).toMatchObject({ by: 'item', messages: 29 });
    const verdict = verdictOf(findings, PRICES);
    const apart = verdictOf(findingsOf(measure(alone(updates))), PRICES);
    expect([verdict.answer, apart.answer]).toEqual(['diffs', 'compress']);
    expect(verdict.best.compress.bytes / verdict.best.diffs.bytes).toBeGreaterThan(2);
    expect(verdict.alone).toBeUndefined();
    expect(headlineOf(verdict, findings)).toMatch(
      /^Diffs pay: DiffStream dense needs [\d.]+× fewer/,
    );
  });

  it('leave the bytes of each change as they are', () => {
    const apart = findingsOf(measure(alone(updates)));
    expect(apart.together).toBeUndefined();
    expect(findings.strategies).toEqual(apart.strategies);
    expect([findings.wire, findings.wireTotal]).toEqual([apart.wire, apart.wireTotal]);
  });

  it('have the bytes that counting them again comes to', () => {
    const producer = new ProducerCache({ epoch: { term: 1, incarnation: '0000000000000001' } });
    let [full, gzip, compact] = [0, 0, 0];
    for (const [i, set] of sets.entries()) {
      const from = producer.version;
      const texts: Buffer[] = [];
      for (const [number, station] of set.entries()) {
        const text = JSON.stringify(station);
        if (JSON.stringify(producer.get(station.id)) === text) continue;
        producer.set(station.id, station);
        texts.push(Buffer.from([number]), Buffer.from(text));
      }
      const message = Buffer.concat(texts);
      if (i === 0) continue;
      full += messageBytes(message.length);
      gzip += messageBytes(gzipSync(message).length);
      const frame = producer.frame(from);
      expect(frame).toBeInstanceOf(Frame);
      compact += frameBytes(frame.body().length);
    }
    expect(together?.wireTotal).toMatchObject({ 'full-json': full, compact });
    expect(together?.gzipTotal).toBe(gzip);
  });

  it('with the same time are told in the headline, beside each alone', () => {
    const { findings: found } = measuredValues(rows, 'id');
    const verdict = verdictOf(found, PRICES);
    expect(verdict).toMatchObject({ answer: 'diffs', together: { by: 'time' } });
    expect(verdict.alone?.answer).toBe('compress');
    const headline = headlineOf(verdict, found);
    expect(headline).toMatch(
      /^Diffs pay if updates of one time leave in one message, \d+ at once: /,
    );
    expect(headline).toContain('Each alone: no, use compression.');
  });

  it('only now and then are as good as alone', () => {
    const seldom = rows
      .slice(0, 400)
      .map((row, i) => Object.assign({}, row, { t: 1.7e12 + i * 1000 }));
    const { findings: found } = measuredValues(seldom, 'id');
    expect(found.together).toBeUndefined();
    expect(verdictOf(found, PRICES)).toMatchObject({ together: undefined, alone: undefined });
  });

  it('have the last state of a key that comes twice', () => {
    const message = { by: 'item' } as const;
    const put = (n: number, mark?: Update['message']): Update => ({
      ...{ op: 'put', key: 'k', value: { n }, t: undefined, message: mark },
    });
    const found = findingsOf(measure([put(1), put(2, message), put(3, message)]));
    expect(found.counts.changed).toBe(2);
    expect(found.together).toMatchObject({ messages: 1, updates: 1 });
  });

  it('after updates that came alone are counted with these', () => {
    const message = { by: 'item' } as const;
    const put = (key: string, n: number, mark?: Update['message']): Update => ({
      ...{ op: 'put', key, value: { n }, t: undefined, message: mark },
    });
    const feed = [
      put('a', 1),
      put('b', 1),
      put('a', 2),
      put('a', 3, message),
      put('b', 3, message),
    ];
    const { together: found, wireTotal } = findingsOf(measure(feed));
    expect(found).toMatchObject({ messages: 2, updates: 3 });
    expect(found?.wireTotal['full-json']).toBe(wireTotal['full-json'] - 2);
  });
});

describe('times of updates', () => {
  it('are moments where they differ from the one before, though they may fall', () => {
    const times = new UpdateTimes();
    for (const t of [5, 5, 3, 3, 9, undefined, 1, 1]) times.add(t);
    expect(times).toMatchObject({ moments: 4, updates: 7, first: 1, last: 9 });
  });
});
