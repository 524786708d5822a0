// Plays seeds in virtual time, and holds every step against the promises:
//   npm run sim -- [--seeds 1000] [--from 1] [--minutes 10] [--twice] [--workers 2] [--json]
//   npm run sim -- --seed 17 [--faults 3,41] [--trace] [--shrink]
// Ends with 0 where every promise was kept and every branch reached, 1 where not, 2 for a wrong
// call, 130 where it was interrupted and had found nothing wrong until then. A seed that fails is
// printed with the command that plays it again.
import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { playOne } from './sim/one.mjs';
import { playMany } from './sim/many.mjs';

const HELP = `usage: npm run sim -- [options]

  --seeds N       seeds to play, one after the other (default 1000)
  --from N        the first seed (default 1)
  --minutes N     go on for so long instead: a soak
  --workers N     threads (default: one for each core)
  --twice         play each seed twice and compare the traces
  --json          one line of JSON at the end

  --seed TEXT     one seed
  --faults LIST   only the faults with these numbers
  --trace         tell what happens
  --shrink        find fewer faults that do`;

const NUMBERS = ['seeds', 'from', 'minutes', 'workers'];

function settingsOf(values) {
  const settings = { ...values };
  for (const name of NUMBERS) {
    if (values[name] === undefined) continue;
    const number = Number(values[name]);
    if (values[name] === '' || !(number >= 0)) {
      throw new RangeError(`--${name} wants a number, got '${values[name]}'`);
    }
    settings[name] = number;
  }
  if (values.faults !== undefined) {
    settings.faults = values.faults.split(',').filter(Boolean).map(Number);
    if (settings.faults.some((n) => !Number.isSafeInteger(n))) {
      throw new RangeError(`--faults wants numbers with commas, got '${values.faults}'`);
    }
  }
  return settings;
}

let settings;
try {
  const text = { type: 'string' };
  const flag = { type: 'boolean' };
  const { values } = parseArgs({
    options: {
      seeds: text,
      from: text,
      minutes: text,
      workers: text,
      twice: flag,
      json: flag,
      seed: text,
      faults: text,
      trace: flag,
      shrink: flag,
      help: flag,
    },
  });
  if (values.help) {
    console.log(HELP);
    process.exit(0);
  }
  settings = settingsOf(values);
} catch (error) {
  console.error(`${error.message}\n\n${HELP}`);
  process.exit(2);
}
const { seeds = 1000, from = 1, workers = availableParallelism() } = settings;
process.exitCode =
  settings.seed === undefined
    ? await playMany({ ...settings, seeds, from, workers })
    : playOne(settings);
