// Hubs and replicas as real processes, over real sockets:
//   npm run real -- [--minutes 8] [--seconds N] [--seed N] [--replicas 6] [--json]
//   npm run real -- --hostile [--messages 100000] [--replicas 20] [--seed N] [--json]
// Ends with 0 where every promise was kept, 1 where not, 2 for a wrong call.
import { option, readCall } from '../scripts/tool-call.mjs';
import { failures, tableOf } from './measure/figures.mjs';

const HELP = `usage: npm run real -- [options]

  --minutes N, --seconds N   how long; the last round is played to its end (default 2 minutes)
  --seed N                   of faults and commits (default 1)
  --replicas N               every third is a watch command (default 6)
  --chaos-ms N               faults of a round (default: drawn, 6 to 16 seconds)
  --json                     one line of JSON at the end

  --hostile                  attack a hub that 20 replicas follow
  --messages N               hostile messages (default 100000)
  --replicas N               that stay live meanwhile (default 20)`;

const options = {
  minutes: option.positive,
  seconds: option.positive,
  seed: option.text,
  replicas: option.count,
  'chaos-ms': option.positive,
  json: option.flag,
  hostile: option.flag,
  messages: option.count,
};

async function play(settings) {
  const { hostile, json, seed = '1', minutes, seconds, messages, replicas } = settings;
  const tell = json ? () => {} : (line) => console.log(line);
  if (hostile) {
    const { attackHub } = await import('./real/hostile.mjs');
    return attackHub({ seed, messages: messages ?? 100_000, replicas: replicas ?? 20, tell });
  }
  const { playRounds } = await import('./real/run.mjs');
  const length = seconds ?? (minutes ?? 2) * 60;
  const chaosMs = settings['chaos-ms'];
  return playRounds({ seed, seconds: length, replicas: replicas ?? 6, chaosMs, tell });
}

const settings = readCall({ usage: HELP, options });
const beganMs = performance.now();
const outcome = await play(settings);
const result = { ...outcome, seconds: (performance.now() - beganMs) / 1000 };
const { json } = settings;
console.log(json ? JSON.stringify({ ...result, node: process.version }) : tableOf(result));
process.exitCode = failures(result) === 0 ? 0 : 1;
