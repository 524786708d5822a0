/** The tools behind `npm run`: each tells how it is called, and does nothing for a wrong call. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { targets } from '../fuzz/targets.mjs';
import { ROOT } from './support/source.ts';

interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  readonly scripts: Readonly<Record<string, string>>;
};

/** They take no arguments, or hand theirs on. */
const OTHERS = new Set(['scripts/ready.mjs', 'scripts/test.mjs', 'scripts/package-check.mjs']);

/** The file of each script that ends in a file of ours, without arguments. */
const files = new Map(
  Object.entries(manifest.scripts).flatMap(([name, command]) => {
    const file = /\bnode ((?!dist\/)\S+\.mjs)$/.exec(command)?.[1];
    return file === undefined || OTHERS.has(file) ? [] : [[name, file] as const];
  }),
);

const TARGETS = Object.keys(targets).join(' ');
const MEASUREMENTS =
  'slow-consumer stalled-sessions resume unknown-past bootstrap million heal turn-cost ' +
  'journal-estimate';

/** Wrong calls, each with what it is told. */
const WRONG: Readonly<Record<string, readonly (readonly [call: string, told: string])[]>> = {
  spec: [['P1', "Unexpected argument 'P1'. This command does not take positional arguments"]],
  replay: [
    ['', 'a folder or a feed is missing'],
    ['no-such-folder', "there is no folder or file 'no-such-folder'"],
    ['src --json', "there is no .ndjson[.gz|.br] feed in 'src'"],
  ],
  bench: [
    ['--traces no-such', "--traces wants a folder, there is none at 'no-such'"],
    ['--records 1.5', "--records wants a whole number above 0, got '1.5'"],
    ['--patience 0', "--patience wants a number above 0, got '0'"],
    ['--smoke --only no-such', '--only no-such: no feed or row has such a name'],
    ['--smoke --out no-such/a', "--out wants a file in a folder that exists, got 'no-such/a'"],
  ],
  measure: [
    ['resume --entries many', "resume: --entries wants a number, got 'many'"],
    ['resume --data no-such', "resume: --data wants a file, there is none at 'no-such'"],
    ['turn-cost --changes 1,b', "turn-cost: --changes wants a whole number above 0, got 'b'"],
    ['resume heal --entries 9', 'heal has no option --entries'],
    ['resume no-such', `no such measurement: no-such; there are: ${MEASUREMENTS}`],
  ],
  sim: [
    ['--seeds', "Option '--seeds <value>' argument missing"],
    ['--workers Infinity', "--workers wants a whole number above 0, got 'Infinity'"],
    ['--seed 1 --faults 1,x', "--faults wants numbers with commas, got '1,x'"],
  ],
  fuzz: [
    ['--target no-such --blind', `no target 'no-such'; there are: ${TARGETS}`],
    ['--workers 0.5', "--workers wants a whole number above 0, got '0.5'"],
    ['--seconds=', "--seconds wants a number above 0, got ''"],
    ['--input 0g', "--input wants bytes in hex, got '0g'"],
    ['value', "Unexpected argument 'value'. This command does not take positional arguments"],
  ],
  real: [
    ['--replicas many', "--replicas wants a whole number above 0, got 'many'"],
    ['--hostile --messages 0', "--messages wants a whole number above 0, got '0'"],
  ],
  'page:cpu': [
    ['long', "seconds wants a number above 0, got 'long'"],
    ['5 6', "unexpected argument '6'"],
    ['5', "there is no browser at 'no-such-browser': CHROMIUM names another"],
  ],
  mutate: [
    ['--only no-such', "--only wants a folder or file with sources, got 'no-such'"],
    ['--only no-such.ts', "--only wants a folder or file with sources, got 'no-such.ts'"],
    ['--only docs', "--only wants a folder or file with sources, got 'docs'"],
    ['--sample few', "--sample wants a whole number above 0, got 'few'"],
    ['--seed x', "--seed wants a whole number, got 'x'"],
    [
      '--only --fresh',
      "Option '--only' argument is ambiguous. " +
        "Did you forget to specify the option argument for '--only'?",
    ],
  ],
  models: [
    ['no-such', "no variant has the word 'no-such'"],
    ['resume PARTS', 'no variant has all of: resume PARTS'],
  ],
};

function run(file: string, call: string): Promise<Outcome> {
  const env = { ...process.env, CHROMIUM: 'no-such-browser' };
  const args = [join(ROOT, file), ...call.split(' ').filter(Boolean)];
  return new Promise((resolve) => {
    execFile(process.execPath, args, { cwd: ROOT, env }, (error, stdout, stderr) => {
      const code = error === null ? 0 : Number(error.code ?? -1);
      resolve({ code, stdout, stderr });
    });
  });
}

describe('the tools behind npm run', () => {
  it('are all in the table of wrong calls', () => {
    expect(Object.keys(WRONG).toSorted()).toEqual([...files.keys()].toSorted());
  });

  it.each([...files])('%s tells how it is called, also after a wrong call', async (name, file) => {
    const help = await run(file, '--help');
    expect(help).toMatchObject({ code: 0, stderr: '' });
    expect(await run(file, '--nonsense -h')).toEqual(help);
    const [usage = ''] = help.stdout.split('\n');
    expect(`${usage} `).toContain(`usage: npm run ${name} `);
    const wrong = [['--nonsense', "Unknown option '--nonsense'"] as const, ...(WRONG[name] ?? [])];
    for (const [call, told] of wrong) {
      const { stderr, ...rest } = await run(file, call);
      expect({ call, ...rest }).toEqual({ call, code: 2, stdout: '' });
      const [what, gap, ...shown] = stderr.split('\n');
      expect([what, gap, shown[0]]).toEqual([told, '', usage]);
      expect(help.stdout).toContain(shown.at(-2));
    }
  });

  it('replay tells the file and line of what is no feed', async () => {
    const { code, stderr } = await run('lab/replay.mjs', 'package.json --json');
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: expect.stringMatching(/^error: package\.json, line 1: .+\n$/) as string,
    });
  });
});
