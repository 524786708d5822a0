import { checkPositionals, parseArguments } from './arguments.ts';
import type { ExitCode } from './exit-code.ts';
import type { Interrupt } from './interrupt.ts';
import type { OptionTable, OptionValues } from './option.ts';
import type { Terminal } from './terminal.ts';

/** What a verb has to work with. */
export interface Surroundings {
  readonly terminal: Terminal;
  readonly interrupt: Interrupt;
  readonly stdin: NodeJS.ReadStream;
  /** The file of this program, to start more processes of it. */
  readonly programFile: string;
}

/** What the person asked a verb to do. */
export interface Request<Table extends OptionTable> extends Surroundings {
  readonly positionals: readonly string[];
  readonly values: OptionValues<Table>;
  /** What followed the verb, as it was typed. */
  readonly given: readonly string[];
}

export interface VerbDefinition<Table extends OptionTable> {
  readonly name: string;
  readonly summary: string;
  /** The positional arguments as the help shows them: `[file|-]`; empty for none. */
  readonly usage: string;
  readonly positionalsMin: number;
  readonly positionalsMax: number;
  readonly options: Table;
  /** Paragraphs of the help, lines of at most 80 characters. */
  readonly notes: readonly string[];
  readonly run: (request: Request<Table>) => Promise<ExitCode>;
}

/** A verb of the command line, its table of options known only to itself. */
export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly usage: string;
  readonly options: OptionTable;
  readonly notes: readonly string[];
  /** Resolves to 'help' where that was asked for. Throws `bad-argument`. */
  readonly start: (
    args: readonly string[],
    surroundings: Surroundings,
  ) => Promise<ExitCode | 'help'>;
}

export function defineVerb<const Table extends OptionTable>(
  definition: VerbDefinition<Table>,
): Verb {
  const { name, summary, usage, options, notes, positionalsMin, positionalsMax } = definition;
  return {
    name,
    summary,
    usage,
    options,
    notes,
    start: async (args, surroundings) => {
      const { positionals, values, help } = parseArguments(args, options);
      if (help) return 'help';
      checkPositionals(positionals, {
        min: positionalsMin,
        max: positionalsMax,
        usageText: usage,
      });
      return definition.run({ ...surroundings, positionals, values, given: args });
    },
  };
}
