// Plays seeds in virtual time, and holds every step against the promises:
//   npm run sim -- [--seeds 1000] [--from 1] [--minutes 10] [--twice] [--workers 2] [--json]
//   npm run sim -- --seed 17 [--faults 3,41] [--trace] [--shrink]
// Ends with 0 where every promise was kept and every branch reached, 1 where not, 2 for a wrong
// call, 130 where it was interrupted and had found nothing wrong until then. A seed that fails is
// printed with the command that plays it again.
import { availableParallelism } from 'node:os';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';
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

const faults = option.value((given, what) => {
  const numbers = given.split(',').filter(Boolean).map(Number);
  if (numbers.every(Number.isSafeInteger)) return numbers;
  throw new WrongCall(`${what} wants numbers with commas, got '${given}'`);
});

const options = {
  seeds: option.count,
  from: option.whole,
  minutes: option.positive,
  workers: option.count,
  twice: option.flag,
  json: option.flag,
  seed: option.text,
  faults,
  trace: option.flag,
  shrink: option.flag,
};
const settings = readCall({ usage: HELP, options });
const { seeds = 1000, from = 1, workers = availableParallelism() } = settings;
process.exitCode =
  settings.seed === undefined
    ? await playMany({ ...settings, seeds, from, workers })
    : playOne(settings);
