// Measures what the protocol promises, and prints each figure beside its goal:
//   npm run measure -- [names] [--short] [--json] [options of the command]
// Each command runs in a process of its own, so that no other disturbs its memory or its time.
// Ends with 0 where every goal was met, 1 where one was missed, 2 where the call was wrong.
import { spawn } from 'node:child_process';
import { fileURLToPath } from 'node:url';
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

async function help() {
  const lines = ['usage: npm run measure -- [names] [--short] [--json] [options]', ''];
  for (const name of NAMES) {
    const { command } = await COMMANDS[name]();
    lines.push(`  ${name}: ${command.shows}`, ...optionsText(command.options), '');
  }
  return lines.join('\n');
}

/** Measures here; what is printed is one table, or one line of JSON. */
async function measure(name, args) {
  const { command } = await COMMANDS[name]();
  let chosen;
  try {
    chosen = settingsFrom(command.options, args);
  } catch (error) {
    console.error(`${name}: ${error.message}`);
    return 2;
  }
  const { settings, json } = chosen;
  const beganMs = performance.now();
  const { figures, notes = [] } = await command.run(settings);
  const seconds = (performance.now() - beganMs) / 1000;
  const { shows } = command;
  const result = { name, shows, conditions: settings, figures, notes, seconds };
  const text = json ? JSON.stringify({ ...result, node: process.version }) : tableOf(result);
  await new Promise((resolve) => {
    process.stdout.write(`${text}\n`, resolve);
  });
  return failures(result) === 0 ? 0 : 1;
}

function inChild(name, args) {
  const self = fileURLToPath(import.meta.url);
  const all = ['--expose-gc', '--max-old-space-size=6144', self, IN_CHILD, name, ...args];
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, all, { stdio: 'inherit' });
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? 1));
  });
}

const args = process.argv.slice(2);
if (args.includes('--help')) {
  console.log(await help());
} else if (args[0] === IN_CHILD) {
  process.exit(await measure(args[1], args.slice(2)));
} else {
  const firstOption = args.findIndex((argument) => argument.startsWith('-'));
  const named = firstOption < 0 ? args : args.slice(0, firstOption);
  const unknown = named.filter((name) => name !== 'all' && !NAMES.includes(name));
  if (unknown.length > 0) {
    console.error(`no such measurement: ${unknown.join(' ')}\nthere are: ${NAMES.join(' ')}`);
    process.exit(2);
  }
  const names = named.length === 0 || named.includes('all') ? NAMES : named;
  const rest = firstOption < 0 ? [] : args.slice(firstOption);
  let worst = 0;
  for (const name of names) worst = Math.max(worst, await inChild(name, rest));
  process.exit(worst);
}
