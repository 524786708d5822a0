import type { World } from './world.ts';

/** Carries out a command; what happens is in the world's log afterwards. */
export type Verb = (world: World, command: Command) => void;

/** `verb word name=value …`; a name that no one asks for is a mistake in the scenario. */
export class Command {
  readonly verb: string;
  readonly words: readonly string[];
  private readonly options: ReadonlyMap<string, string>;
  private readonly used = new Set<string>();
  private wordsUsed = false;

  constructor(verb: string, words: readonly string[], options: ReadonlyMap<string, string>) {
    this.verb = verb;
    this.words = words;
    this.options = options;
  }

  /** The words, for a verb that takes any number of them. */
  takeWords(): readonly string[] {
    this.wordsUsed = true;
    return this.words;
  }

  /** The only word; undefined without one. */
  takeWord(): string | undefined {
    this.wordsUsed = true;
    if (this.words.length > 1) throw new Error('one word at most was expected');
    return this.words[0];
  }

  option(name: string): string | undefined {
    this.used.add(name);
    return this.options.get(name);
  }

  numberOption(name: string): number | undefined {
    const text = this.option(name);
    return text === undefined ? undefined : wholeNumber(text);
  }

  /** Takes the options that nobody has asked for yet. */
  takeRest(): [string, string][] {
    const rest = [...this.options].filter(([name]) => !this.used.has(name));
    for (const [name] of rest) this.used.add(name);
    return rest;
  }

  checkAllUsed(): void {
    const unknown = this.takeRest().map(([name]) => name);
    if (unknown.length > 0) throw new Error(`unknown options: ${unknown.join(', ')}`);
    if (!this.wordsUsed && this.words.length > 0) throw new Error('no words were expected');
  }
}

export function parseCommand(line: string): Command {
  const [verb = '', ...parts] = line.trim().split(/\s+/);
  const words: string[] = [];
  const options = new Map<string, string>();
  for (const part of parts) {
    const equals = part.indexOf('=');
    if (equals < 0) words.push(part);
    else options.set(part.slice(0, equals), part.slice(equals + 1));
  }
  return new Command(verb, words, options);
}

export function wholeNumber(text: string): number {
  if (!/^-?\d+$/.test(text)) throw new Error(`'${text}' is not a whole number`);
  return Number(text);
}
