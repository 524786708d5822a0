import { readdir, readFile, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { DiffStreamError } from '../core/errors.ts';
import { suggestion } from '../core/suggestion.ts';
import { defaultRun, UNNAMED } from '../lab/experiment/experiment.ts';
import type { Experiment } from '../lab/experiment/experiment.ts';
import { readExperiment } from '../lab/experiment/read-experiment.ts';
import { printable, shortened } from './printable.ts';

/** Far more than any experiment that a person writes, in bytes. */
const FILE_BYTES_MAX = 1024 * 1024;
const ENDING = '.json';
const NAME_LENGTH_MAX = 64;

/** What the command line says of runs; undefined: it says nothing. */
export interface RunOptions {
  readonly workload: string | undefined;
  readonly size: number | undefined;
  readonly change: number | undefined;
  readonly trace: string | undefined;
  readonly key: string;
  readonly codec: string | undefined;
  readonly network: string | undefined;
  readonly preset: string | undefined;
  readonly consumers: number | undefined;
  readonly slow: number | undefined;
  readonly rate: number | undefined;
  readonly for: number | undefined;
  readonly seed: string | undefined;
}

/** Experiments that come with the package lie two folders above this program. */
function shippedFolder(programFile: string): string {
  return fileURLToPath(new URL('../../lab/experiments/', pathToFileURL(programFile)));
}

/** Names of the experiments that come with the package, with their questions. */
export async function shippedExperiments(
  programFile: string,
): Promise<readonly { readonly name: string; readonly question: string }[]> {
  const folder = shippedFolder(programFile);
  const names = (await readdir(folder).catch(() => [])).filter((name) => name.endsWith(ENDING));
  return Promise.all(
    names.toSorted().map(async (file) => {
      const { question } = readExperiment(await jsonOf(join(folder, file)));
      return { name: basename(file, ENDING), question };
    }),
  );
}

/**
 * The experiment that is asked for: a file, one that comes with the package, or a single one that
 * options describe. Throws `bad-argument` that names what is wrong in which file.
 */
export async function experimentFor(
  name: string | undefined,
  options: RunOptions,
  isReal: boolean,
  programFile: string,
): Promise<Experiment> {
  const overrides = overridesOf(options);
  const { workloads, networks, codecs, consumers, slow } = overrides;
  const isShaped = [workloads, networks, codecs, consumers, slow].some((one) => one !== undefined);
  if (name === undefined && (isShaped || isReal)) {
    return told(byOption, () => readExperiment({ name: UNNAMED }, overrides));
  }
  const wanted = name ?? 'default';
  const isPath = wanted.endsWith(ENDING) || wanted.includes('/') || wanted.includes('\\');
  const file = isPath ? wanted : await shippedFile(wanted, programFile);
  const json = named(await jsonOf(file), basename(file, ENDING));
  // What the file says has to be right by itself: then what is wrong is what options say.
  const alone = told(
    (message) => `${printable(file)}: ${message}`,
    () => readExperiment(json),
  );
  if (Object.keys(overrides).length === 0) return alone;
  return told(byOption, () => readExperiment(json, overrides));
}

/** An experiment without a name of its own has that of its file. */
function named(json: unknown, file: string): unknown {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) return json;
  const name = file.replaceAll(/[^\w.-]/g, '-').slice(0, NAME_LENGTH_MAX);
  return { name, ...json };
}

/** Errors of `read` in words that say where the mistake was made. */
function told(where: (message: string) => string, read: () => Experiment): Experiment {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof DiffStreamError)) throw error;
    throw new DiffStreamError(error.code, where(error.message), { cause: error });
  }
}

/** Options whose members have other names in a file. */
const memberOptions: readonly (readonly [RegExp, string])[] = [
  [/^workloads\[\d+\]\.(size|change|trace|key):/, '--$1:'],
  [/^workloads\[\d+\](?:\.name)?:/, '--workload:'],
  [/^networks\[\d+\]:/, '--network:'],
  [/^networks\[\d+\]\.(\w+):/, '--network: $1:'],
  [/^codecs\[\d+\]:/, '--codec:'],
  [/^(consumers|slow|rate|for|seed):/, '--$1:'],
];

/** `codecs[0]: …` as a person typed it: `--codec: …`. */
function byOption(message: string): string {
  const found = memberOptions.find(([member]) => member.test(message));
  return found === undefined ? message : message.replace(...found);
}

async function shippedFile(name: string, programFile: string): Promise<string> {
  const shipped = await shippedExperiments(programFile);
  const names = shipped.map((one) => one.name);
  if (names.includes(name)) return join(shippedFolder(programFile), `${name}${ENDING}`);
  const meant = suggestion(name, names);
  const hint = meant === undefined ? `there are ${names.join(', ')}` : `did you mean ${meant}?`;
  const shown = JSON.stringify(printable(shortened(name, 60)));
  throw new DiffStreamError('bad-argument', `there is no experiment ${shown}; ${hint}`);
}

async function jsonOf(file: string): Promise<unknown> {
  let text: string;
  try {
    // A device has no end, and a pipe may have no writer.
    const { size } = await stat(file).then((there) => {
      if (there.isFile()) return there;
      throw new Error(there.isDirectory() ? 'it is a folder' : 'it is no file');
    });
    if (size > FILE_BYTES_MAX) throw new Error(`${size} bytes are more than ${FILE_BYTES_MAX}`);
    text = await readFile(file, 'utf8');
  } catch (cause) {
    const why = (cause as Error).message;
    throw new DiffStreamError('bad-input', `cannot read ${printable(file)}: ${printable(why)}`, {
      cause,
    });
  }
  try {
    return JSON.parse(text.replace(/^\ufeff/, '')) as unknown;
  } catch (cause) {
    const why = printable(shortened((cause as Error).message, 160));
    throw new DiffStreamError('bad-argument', `${printable(file)} is not JSON: ${why}`, { cause });
  }
}

/** Members of an experiment in place of the file's. */
function overridesOf(options: RunOptions): Readonly<Record<string, unknown>> {
  const { workload, size, change, trace, key, preset, consumers, slow, rate, seed } = options;
  const network = options.network ?? preset;
  if (options.network !== undefined && preset !== undefined) {
    throw new DiffStreamError('bad-argument', '--preset and --network mean the same: give one');
  }
  if (trace !== undefined && [workload, size, change].some((one) => one !== undefined)) {
    const what = '--trace takes the place of --workload, and has no --size and --change';
    throw new DiffStreamError('bad-argument', what);
  }
  const isShaped = workload !== undefined || size !== undefined || change !== undefined;
  const names = (workload ?? defaultRun.workload).split(',');
  const shape = {
    ...(size === undefined ? {} : { size }),
    ...(change === undefined ? {} : { change }),
  };
  const shaped = isShaped ? names.map((name) => Object.assign({ name }, shape)) : undefined;
  const all = {
    workloads: trace === undefined ? shaped : [{ trace, key }],
    networks: network?.split(','),
    codecs: options.codec?.split(','),
    ...{ consumers, slow, rate, seed },
    for: options.for === undefined ? undefined : `${options.for}ms`,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}
