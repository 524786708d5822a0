import { DiffStreamError } from '../core/errors.ts';
import { analyze } from './analyze.ts';
import { demo } from './demo/demo.ts';
import { replicaProcess } from './demo/replica-process.ts';
import { ExitCode, exitCodeOf } from './exit-code.ts';
import { helpText, verbHelpText } from './help.ts';
import { inspect } from './inspect.ts';
import { labProcesses } from './lab-processes.ts';
import { lab } from './lab.ts';
import { printable, shortened } from './printable.ts';
import { serveFeed } from './serve.ts';
import { suggestion } from '../core/suggestion.ts';
import type { Surroundings, Verb } from './verb.ts';
import { watch } from './watch.ts';

const verbs: readonly Verb[] = [demo, serveFeed, watch, analyze, inspect, lab];

/** Verbs that processes of this program start in one another, not people. */
const hiddenVerbs: readonly Verb[] = [replicaProcess, ...labProcesses];

export interface CommandLineSurroundings extends Surroundings {
  readonly versionOfPackage: () => string;
}

/** Runs one command to its end, and reports what went wrong. Never rejects. */
export async function runCommandLine(
  args: readonly string[],
  surroundings: CommandLineSurroundings,
): Promise<ExitCode> {
  try {
    return await dispatch(args, surroundings);
  } catch (error) {
    if (error instanceof DiffStreamError) {
      surroundings.terminal.error(error, adviceFor(error, args));
      return exitCodeOf(error.code);
    }
    const trace = error instanceof Error ? (error.stack ?? error.message) : String(error);
    surroundings.terminal.note(`fault: ${trace}`);
    surroundings.terminal.note('  This is a mistake in diffstream: please report it.');
    return ExitCode.fault;
  }
}

/** What was wrong with the arguments of a verb, its own help says best. */
function adviceFor(error: DiffStreamError, [name]: readonly string[]): string | undefined {
  const isVerb = verbs.some((verb) => verb.name === name);
  return error.code === 'bad-argument' && isVerb ? `See \`diffstream help ${name}\`.` : undefined;
}

async function dispatch(
  args: readonly string[],
  surroundings: CommandLineSurroundings,
): Promise<ExitCode> {
  const { terminal, versionOfPackage } = surroundings;
  const [first = '--help', ...rest] = args;
  if (['--version', '-v', '-V', 'version'].includes(first)) {
    terminal.print(versionOfPackage());
    return ExitCode.done;
  }
  if (['--help', '-h', 'help'].includes(first)) {
    const topic = rest.find((argument) => !['--help', '-h'].includes(argument));
    const wanted = topic === undefined ? undefined : verbNamed(topic);
    terminal.print(
      wanted === undefined
        ? helpText(verbs, versionOfPackage(), terminal.colors)
        : verbHelpText(wanted, terminal.colors),
    );
    return ExitCode.done;
  }
  const verb = verbNamed(first);
  const outcome = await verb.start(rest, surroundings);
  if (outcome !== 'help') return outcome;
  terminal.print(verbHelpText(verb, terminal.colors));
  return ExitCode.done;
}

function verbNamed(name: string): Verb {
  const verb = [...verbs, ...hiddenVerbs].find((known) => known.name === name);
  if (verb !== undefined) return verb;
  const meant = suggestion(
    name,
    verbs.map((known) => known.name),
  );
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`;
  const shown = JSON.stringify(printable(shortened(name, 60)));
  throw new DiffStreamError('bad-argument', `there is no verb ${shown}${hint}`);
}
