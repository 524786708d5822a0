// Measures what the protocol promises, and prints each figure beside its goal:
//   npm run measure -- [names] [--short] [--json] [options of the command]
// Each command runs in a process of its own, so that no other disturbs its memory or its time.
// Ends with 0 where every goal was met, 1 where one was missed, 2 where the call was wrong.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';
import { failures, tableOf } from './measure/figures.mjs';
import { optionsText, settingsFrom } from './measure/settings.mjs';

const COMMANDS = {
  'slow-consumer': () => import('./measure/slow-consumer.mjs'),
  'stalled-sessions': () => import('./measure/stalled-sessions.mjs'),
  resume: () => import('./measure/resume.mjs'),
  'unknown-past': () => import('./measure/unknown-past.mjs'),
  bootstrap: () => import('./measure/bootstrap.mjs'),
  million: () => import('./measure/million.mjs'),
  heal: () => import('./measure/heal.mjs'),
  'turn-cost': () => import('./measure/turn-cost.mjs'),
  'journal-estimate': () => import('./measure/journal-estimate.mjs'),
};
const NAMES = Object.keys(COMMANDS);
const IN_CHILD = '--in-child';

function usageOf(commands) {
  const lines = ['usage: npm run measure -- [names] [--short] [--json] [options]', ''];
  for (const [name, { shows, options }] of commands) {
    lines.push(`  ${name}: ${shows}`, ...optionsText(options), '');
  }
  return lines.join('\n');
}

/** Those that the arguments name, else all: loading takes time, and a usage of a few is short. */
async function commandsIn(args) {
  const named = NAMES.filter((name) => args.includes(name));
  const commands = new Map();
  for (const name of named.length === 0 || args.includes('all') ? NAMES : named) {
    commands.set(name, (await COMMANDS[name]()).command);
  }
  return commands;
}

/** Every measurement that was asked for, with its settings: wrong for one is wrong for all. */
function callOf(commands) {
  const options = { short: option.flag, json: option.flag };
  for (const { options: own } of commands.values()) {
    for (const name of Object.keys(own)) options[name] = option.text;
  }
  const call = { usage: usageOf(commands), options, allowPositionals: true };
  return readCall(call, ({ short = false, json = false, ...given }, named) => {
    const unknown = named.filter((name) => name !== 'all' && !commands.has(name));
    if (unknown.length > 0) {
      const all = NAMES.join(' ');
      throw new WrongCall(`no such measurement: ${unknown.join(' ')}; there are: ${all}`);
    }
    const names = named.length === 0 || named.includes('all') ? commands.keys() : named;
    return Array.from(names, (name) => {
      const settings = settingsFrom(name, commands.get(name).options, given, short);
      return { name, settings, json };
    });
  });
}

/** Measures here; what is printed is one table, or one line of JSON. */
async function measure({ name, settings, json }) {
  const { command } = await COMMANDS[name]();
  const beganMs = performance.now();
  const { figures, notes = [] } = await command.run(settings);
  const seconds = (performance.now() - beganMs) / 1000;
  const { shows } = command;
  const result = { name, shows, conditions: settings, figures, notes, seconds };
  const printed = json ? JSON.stringify({ ...result, node: process.version }) : tableOf(result);
  await new Promise((resolve) => {
    process.stdout.write(`${printed}\n`, resolve);
  });
  return failures(result) === 0 ? 0 : 1;
}

function inChild(work) {
  const self = fileURLToPath(import.meta.url);
  const flags = ['--expose-gc', '--max-old-space-size=6144'];
  const all = [...flags, self, IN_CHILD, JSON.stringify(work)];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, all, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const [first, work] = process.argv.slice(2);
if (first === IN_CHILD) {
  process.exit(await measure(JSON.parse(work)));
} else {
  const commands = await commandsIn(process.argv.slice(2));
  let worst = 0;
  for (const one of callOf(commands)) worst = Math.max(worst, await inChild(one));
  process.exit(worst);
}
