import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

import { DiffStreamError } from '../../src/core/errors.ts';
import { commandFor } from '../../src/lab/experiment/command.ts';
import { experimentBounds } from '../../src/lab/experiment/experiment.ts';
import { readExperiment, realRuns } from '../../src/lab/experiment/read-experiment.ts';
import { networkArgument, networkFromText } from '../../src/lab/experiment/read-network.ts';
import { presets } from '../../src/lab/network.ts';
import { ROOT } from '../support/source.ts';

const folder = join(ROOT, 'lab', 'experiments');
const files = readdirSync(folder);

function errorOf(work: () => unknown): DiffStreamError {
  try {
    work();
  } catch (error) {
    if (error instanceof DiffStreamError) return error;
    throw error;
  }
  throw new Error('nothing was wrong with it');
}

describe('an experiment', () => {
  it.each(files)('that comes with the package can be read: %s', (file) => {
    const json: unknown = JSON.parse(readFileSync(join(folder, file), 'utf8'));
    const { name, question, runs } = readExperiment(json);
    expect(`${name}.json`).toBe(file);
    expect(question).toMatch(/\?$/);
    expect(runs.length).toBeGreaterThan(0);
    expect(new Set(runs.map(({ id }) => id)).size).toBe(runs.length);
  });

  it('is a cross product, and lines in which one thing is varied', () => {
    const { runs } = readExperiment({
      workloads: ['ticker', { name: 'big-config', size: 10 }],
      networks: ['lan', 'wan'],
      codecs: ['json', 'dense'],
      vary: [{ of: 'consumers', values: [1, 2], workloads: 'auctions', codecs: 'compact' }],
    });
    expect(runs).toHaveLength(2 * 2 * 2 + 2 * 2);
    expect(runs[0]?.id).toBe('ticker/lan/json');
    expect(runs.at(-1)?.id).toBe('auctions/wan/compact/consumers=2');
    expect(runs.at(-1)?.settings.consumers).toBe(2);
    expect(runs.at(-1)?.varied).toEqual({ of: 'consumers', value: 2 });
  });

  it('takes overrides in the place of what it says, lines included where they are of time', () => {
    const json = {
      rate: 5,
      codecs: ['dense'],
      vary: [{ of: 'rate', values: [1], for: '1h', codecs: ['compact'] }],
    };
    const { runs } = readExperiment(json, { for: '2s', codecs: ['auto'], seed: 'other' });
    expect(runs.map(({ settings }) => settings.codec)).toEqual(['auto', 'compact']);
    expect(runs.map(({ settings }) => settings.forMs)).toEqual([2000, 2000]);
    expect(runs.map(({ settings }) => settings.seed)).toEqual(['other', 'other']);
  });

  it.each([
    [{ workloads: ['auction'] }, 'workloads[0].name: there is no workload "auction"; did you mean'],
    [{ networks: ['mobil'] }, 'networks[0]: there is no network "mobil"; did you mean mobile?'],
    [{ codecs: ['lan', 'dens'] }, 'codecs[0]: there is no codec "lan"; there are json, json-'],
    [{ consumer: 3 }, 'there is no member "consumer"; did you mean consumers?'],
    [{ consumers: 1.5 }, 'consumers: expected a whole number from 1 to 256, got 1.5'],
    [{ consumers: 2, slow: 3 }, 'slow: 3 slow consumers are more than there are: 2'],
    [{ for: '10 days' }, 'for: expected a duration such as "20s", from 1s to 3600s, got "10 days"'],
    [{ for: '1ms' }, 'for: expected a duration'],
    [{ rate: 0 }, 'rate: expected a number from 0.01 to 10000, got 0'],
    [{ rate: 'fast' }, 'rate: expected a number from 0.01 to 10000, got "fast"'],
    [{ codecs: [] }, 'codecs: expected at least one element, got []'],
    [{ workloads: [{ name: 'ticker', size: 1e9 }] }, 'workloads[0].size: expected a whole number'],
    [{ workloads: [{ trace: 'a', size: 3 }] }, 'workloads[0]: there is no member "size"'],
    [{ networks: [{ name: 'a b' }] }, 'networks[0].name: expected letters, digits'],
    [
      { networks: [{ name: 'x', delay: 3 }] },
      'networks[0]: there is no member "delay"; did you mean',
    ],
    [{ networks: [{ name: 'x', delayMs: -1 }] }, 'networks[0].delayMs: expected a number from 0'],
    [{ networks: ['lan:delayMs=soon'] }, 'networks[0]: expected member=number, got "delayMs=soon"'],
    [{ vary: [{ of: 'colour', values: [1] }] }, 'vary[0].of: there is no variable "colour"'],
    [
      { vary: [{ of: 'slow', values: [9] }] },
      'vary[0].values[0]: expected slow from 0 to 4, got 9',
    ],
    [{ vary: [{ of: 'size' }] }, 'vary[0].values: expected a list of numbers'],
    [{ vary: [{ of: 'rate', values: ['1'] }] }, 'vary[0].values[0]: expected a number, got "1"'],
    [{ name: '../up' }, 'name: expected letters, digits'],
    [{ seed: 0.5 }, 'seed: expected a text'],
    [{ consumers: 256, rate: 10_000, for: '1h' }, 'are more than the limit of 5000000'],
    [[], 'expected an object'],
    ['default', 'expected an object'],
    [null, 'expected an object'],
  ])('with a mistake names the member: %j', (json, message) => {
    const error = errorOf(() => readExperiment(json));
    expect(error.code).toBe('bad-argument');
    expect(error.message).toContain(message);
  });

  it('is bounded in runs, and in processes', () => {
    const codecs = ['json', 'json-deflate', 'compact', 'dense', 'auto'];
    const values = Array.from({ length: 50 }, (_, i) => i + 1);
    const many = { codecs, vary: [{ of: 'rate', values }] };
    expect(errorOf(() => readExperiment(many)).message).toContain('runs are more than the limit');
    const crowd = readExperiment({ consumers: experimentBounds.realConsumersMax + 1 });
    expect(errorOf(() => realRuns(crowd)).message).toContain('processes are more than');
    const counted = readExperiment({ codecs: ['json'] });
    expect(errorOf(() => realRuns(counted)).message).toContain('only compact, dense and auto');
  });

  it('does not take a name that every object has for a member', () => {
    expect(errorOf(() => readExperiment(JSON.parse('{"__proto__":1}'))).message).toContain(
      'there is no member "__proto__"',
    );
    expect(readExperiment({}).runs).toHaveLength(1);
  });
});

describe('the command that repeats a run', () => {
  const runs = readExperiment({
    seed: "it's",
    workloads: ['game-tick', { name: 'order-book', size: 7, change: 2 }, { trace: 'a b.gz' }],
    networks: ['lan', { name: 'mine', like: 'mobile', delayMs: 1.5 }, 'wan:cutEveryMs=900'],
    codecs: ['auto'],
    slow: 1,
  }).runs;

  it('says all that is not as usual, quoted for a shell', () => {
    const commands = runs.map(({ settings }) => commandFor(settings, false));
    expect(commands[0]).toBe(
      'diffstream lab --workload game-tick --codec auto --network lan --consumers 4 --slow 1 ' +
        String.raw`--rate 100 --for 20s --seed 'it'\''s'`,
    );
    expect(commands[3]).toContain('--workload order-book --size 7 --change 2');
    expect(commands[2]).toContain('--network wan:cutEveryMs=900');
    expect(commands[8]).toContain("--trace 'a b.gz' ");
    const settings = runs[0]?.settings;
    expect(settings && commandFor(settings, true)).toContain(' --real');
  });

  it('names networks so that they are read back as the same', () => {
    for (const { settings } of runs) {
      const { network } = settings;
      expect(networkFromText(networkArgument(network), '')).toEqual(network);
    }
    expect(presets.map(networkArgument)).toEqual(presets.map(({ name }) => name));
  });
});
