/**
 * Scenarios as text files: comments, commands one a line, and under each command, indented,
 * what happened. A run gives the file as it should be; a test compares it with what is there.
 *
 *   # A comment.
 *   put a:1 pad=20
 *     version 1
 */
import { commitVerbs } from './scenario/commit-verbs.ts';
import { hubVerbs } from './scenario/hub-verbs.ts';
import { lineVerbs } from './scenario/line-verbs.ts';
import { reportVerbs } from './scenario/report-verbs.ts';
import type { Command, Verb } from './scenario/command.ts';
import { parseCommand } from './scenario/command.ts';
import { World } from './scenario/world.ts';

export const verbs: Readonly<Record<string, Verb>> = {
  ...hubVerbs,
  ...commitVerbs,
  ...lineVerbs,
  ...reportVerbs,
};

const COLUMNS = 100;
const INDENT = '  ';

const isOutput = (line: string): boolean => line.startsWith(' ') && line.trim() !== '';
const isCommand = (line: string): boolean => line !== '' && !/^[\s#]/.test(line);

/** The first line of a scenario: what it shows, and the rules that it is about. */
export function titleOf(text: string): string {
  return text.slice(0, text.indexOf('\n')).replace(/^#\s*/, '');
}

/** The verbs that a scenario uses. */
export function verbsOf(text: string): string[] {
  return text.split('\n').filter(isCommand).map(verbOf);
}

function verbOf(line: string): string {
  return parseCommand(line).verb;
}

/** The file with everything that was said to happen replaced by what does happen. */
export function play(text: string): string {
  const world = new World();
  const lines: string[] = [];
  for (const [i, line] of text.split('\n').entries()) {
    if (isOutput(line)) continue;
    lines.push(line);
    if (!isCommand(line)) continue;
    try {
      const said = perform(world, parseCommand(line));
      lines.push(...said.map((one) => shortened(INDENT + one)));
    } catch (cause) {
      throw new Error(`line ${i + 1}, '${line}': ${String(cause)}`, { cause });
    }
  }
  return lines.join('\n');
}

function perform(world: World, command: Command): string[] {
  const verb = verbs[command.verb];
  if (verb === undefined) throw new Error(`there is no verb '${command.verb}'`);
  verb(world, command);
  command.checkAllUsed();
  return world.log.take();
}

function shortened(line: string): string {
  return line.length <= COLUMNS ? line : `${line.slice(0, COLUMNS - 1)}…`;
}
