import { describe, expect, it } from 'vitest';

import type { FeedProblem } from '../../src/cli/feed-record.ts';
import { newTally, publishFeed } from '../../src/cli/feed-publisher.ts';
import type { FeedSource } from '../../src/cli/feed-source.ts';
import { ProblemLog } from '../../src/cli/problem-log.ts';
import { DiffCache } from '../../src/index.ts';

async function* once(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
}

/** A source that, after its text, waits for ever, as a terminal does. */
async function* open(text: string): AsyncGenerator<Buffer> {
  yield Buffer.from(text);
  await new Promise(() => {});
}

const sourceOf = (chunks: () => AsyncIterable<Buffer>, canRepeat = true): FeedSource => ({
  name: 'a test',
  canRepeat,
  chunks,
});

describe('publishing a feed', () => {
  const setUp = (source: FeedSource, more: { loop?: boolean; perSecond?: number } = {}) => {
    const target = DiffCache.producer();
    const problems: FeedProblem[] = [];
    const tally = newTally();
    const controller = new AbortController();
    const { signal } = controller;
    const onProblem = (problem: FeedProblem): void => void problems.push(problem);
    const base = { keyName: 'key', perSecond: 0, loop: false };
    const done = publishFeed({ ...base, ...more, source, target, signal, tally, onProblem });
    return { target, problems, tally, controller, done };
  };

  it('applies puts and deletions, and counts what changed nothing', async () => {
    const text = '{"key":1,"n":1}\n{"key":1,"n":1}\n{"key":2}\n{"op":"del","key":1}\n';
    const { target, tally, done } = setUp(sourceOf(() => once(text)));
    await done;
    expect([...target]).toEqual([[2, { key: 2 }]]);
    expect(tally).toEqual({ lines: 4, applied: 3, unchanged: 1, refused: 0, warnings: 0 });
  });

  it('reports what the producer refuses with its line number, and goes on', async () => {
    const deep = `${'['.repeat(200)}${']'.repeat(200)}`;
    const text = [
      '{"key":1,"s":"\\ud800"}',
      '{"key":"\\udc00"}',
      `{"key":2,"deep":${deep}}`,
      '{"op":"del","key":"absent"}',
      'garbage',
      '{"key":3}',
    ].join('\n');
    const { target, problems, tally, done } = setUp(sourceOf(() => once(text)));
    await done;
    expect([...target.keys()]).toEqual([3]);
    expect(problems.map(({ line, error }) => [line, error.code])).toEqual([
      [1, 'bad-value'],
      [2, 'bad-key'],
      [3, 'bad-value'],
      [4, 'unknown-key'],
      [5, 'bad-input'],
    ]);
    for (const { line, error } of problems) expect(error.message).toContain(`line ${line}: `);
    expect(tally).toMatchObject({ lines: 6, applied: 1, refused: 5 });
  });

  it('begins again at the end, if wanted, until it is interrupted', async () => {
    let passes = 0;
    const source = sourceOf(() => {
      passes++;
      if (passes === 3) controller.abort();
      return once('{"key":1}\n');
    });
    const { tally, controller, done } = setUp(source, { loop: true });
    await done;
    expect(passes).toBe(3);
    expect(tally).toMatchObject({ lines: 2, applied: 1, unchanged: 1 });
  });

  it('does not loop over an input without any update', async () => {
    const { tally, done } = setUp(
      sourceOf(() => once('bad\n')),
      { loop: true },
    );
    await done;
    expect(tally).toMatchObject({ lines: 1, refused: 1 });
  });

  it('ends when interrupted although the input stays open, without half a line', async () => {
    const { target, problems, controller, done } = setUp(
      sourceOf(() => open('{"key":1}\n{"key":2'), false),
    );
    while (target.size === 0) await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await done;
    expect([...target.keys()]).toEqual([1]);
    expect(problems).toEqual([]);
  });

  it('keeps to its pace', async () => {
    const lines = Array.from({ length: 21 }, (_, n) => `{"key":${n}}\n`).join('');
    const startMs = performance.now();
    const { tally, done } = setUp(
      sourceOf(() => once(lines)),
      { perSecond: 100 },
    );
    await done;
    expect(tally.applied).toBe(21);
    expect(performance.now() - startMs).toBeGreaterThan(190);
  });

  it('tells a hundred problems and counts the rest', async () => {
    const { problems, done } = setUp(sourceOf(() => once('bad\n'.repeat(150))));
    await done;
    const told: string[] = [];
    const log = new ProblemLog({
      error: (error) => void told.push(error.message),
      warning: () => {},
      note: (line) => void told.push(line),
    });
    for (const problem of problems) log.add(problem);
    expect(told).toHaveLength(101);
    expect(told.at(-1)).toContain('only counted');
  });
});
