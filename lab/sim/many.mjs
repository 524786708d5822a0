// Many seeds, on all cores.
import { Worker } from 'node:worker_threads';
import { commandFor } from './one.mjs';
import { Tally } from './tally.mjs';

const SEEDS_AT_ONCE = 8;
/** Of each worker's heap: most of what a run makes is garbage before it has to be moved. */
const YOUNG_MB = 128;
const PROGRESS_EVERY_MS = 1000;
/** Fewer seeds than this may miss a branch by chance. */
const SEEDS_FOR_BRANCHES = 500;
const VIOLATIONS_SHOWN = 5;
const INTERRUPTED = 130;

/** Returns the exit code. An interrupt ends it with what was found; a second one at once. */
export async function playMany({ seeds, from, minutes, workers, twice = false, json = false }) {
  const tally = new Tally();
  const beganMs = performance.now();
  const endMs = minutes === undefined ? Infinity : beganMs + minutes * 60_000;
  const last = minutes === undefined ? from + seeds : Infinity;
  let next = from;
  let interrupted = false;
  const interrupt = () => {
    interrupted = true;
  };
  process.once('SIGINT', interrupt).once('SIGTERM', interrupt);
  const takeSeeds = () => {
    if (interrupted || performance.now() >= endMs) return [];
    const first = next;
    next = Math.min(next + SEEDS_AT_ONCE, last);
    return Array.from({ length: next - first }, (_, i) => first + i);
  };
  const progress = startProgress(tally, beganMs);
  await Promise.all(
    Array.from({ length: Math.max(1, workers) }, () => work(tally, takeSeeds, twice)),
  );
  progress();
  const seconds = (performance.now() - beganMs) / 1000;
  const isLong = tally.seeds >= SEEDS_FOR_BRANCHES;
  const unreached = isLong ? tally.unreached : [];
  const { violations, differing } = tally;
  const isGood = violations.length + differing.length + unreached.length === 0;
  tell({ tally, seconds, workers, unreached, twice, json });
  if (isGood) return interrupted ? INTERRUPTED : 0;
  return 1;
}

function work(tally, takeSeeds, twice) {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL('worker.mjs', import.meta.url), {
      workerData: { twice },
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_MB },
    });
    const hand = () => {
      const seeds = takeSeeds();
      if (seeds.length > 0) worker.postMessage(seeds, []);
      else void worker.terminate().then(resolve);
    };
    worker.on('message', (all) => {
      for (const one of all) tally.add(one);
      hand();
    });
    worker.on('error', reject);
    hand();
  });
}

/** On a terminal, a line that is kept up to date. Returns what ends it. */
function startProgress(tally, beganMs) {
  if (!process.stderr.isTTY) return () => {};
  const show = () => {
    const seconds = (performance.now() - beganMs) / 1000;
    const rate = Math.round(tally.deliveries / seconds);
    process.stderr.write(
      `\r${tally.seeds} seeds, ${tally.deliveries} deliveries, ${rate}/s, ` +
        `${tally.violations.length} broken `,
    );
  };
  const timer = setInterval(show, PROGRESS_EVERY_MS);
  return () => {
    clearInterval(timer);
    process.stderr.write('\r\u001b[K');
  };
}

function columns(counts) {
  const rows = Object.entries(counts).toSorted(([, a], [, b]) => b - a);
  const width = Math.max(...rows.map(([name]) => name.length));
  const cells = rows.map(
    ([name, count]) => `${name.padEnd(width)} ${count.toLocaleString('en').padStart(12)}`,
  );
  const lines = [];
  for (let i = 0; i < cells.length; i += 2) lines.push(`  ${cells.slice(i, i + 2).join('   ')}`);
  return lines.join('\n');
}

function tell({ tally, seconds, workers, unreached, twice, json }) {
  const { seeds, deliveries, virtualMs, violations, differing, faults, reached } = tally;
  const rate = Math.round(deliveries / seconds);
  if (json) {
    const figures = { seeds, deliveries, virtualMs, seconds, workers, rate, faults, reached };
    const { traceHash, slowest } = tally;
    const slow = { slowestSeed: slowest.seed, slowestHealingMs: slowest.healedMs };
    const outcome = { violations, differing, unreached, traceHash, ...slow };
    console.log(JSON.stringify({ ...figures, ...outcome, node: process.version }));
    return;
  }
  console.log(`faults injected\n${columns(faults)}\n`);
  console.log(`branches reached\n${columns(reached)}\n`);
  for (const { seed, violation } of violations.slice(0, VIOLATIONS_SHOWN)) {
    console.log(`seed ${seed} BROKE at ${violation.atMs} ms: ${violation.what}`);
    console.log(`  ${commandFor(seed)}; with --shrink: by how few faults`);
  }
  if (violations.length > VIOLATIONS_SHOWN) {
    const others = violations.slice(VIOLATIONS_SHOWN).map(({ seed }) => seed);
    console.log(`and seeds ${others.join(', ')}`);
  }
  for (const seed of differing) console.log(`seed ${seed}: two runs, two traces`);
  for (const name of unreached) console.log(`never reached: ${name}`);
  const hours = (virtualMs / 3_600_000).toFixed(1);
  console.log(
    `${seeds} seeds${twice ? ', each twice' : ''}: ${deliveries.toLocaleString('en')} deliveries` +
      ` in ${hours} hours of virtual time, ${seconds.toFixed(1)} s, ${workers} workers:` +
      ` ${rate.toLocaleString('en')}/s`,
  );
  const { seed, healedMs } = tally.slowest;
  console.log(`slowest to heal: seed ${seed}, in ${healedMs} ms`);
  console.log(`trace of all: ${tally.traceHash} (node ${process.version})`);
  console.log(`${violations.length} violations`);
}
