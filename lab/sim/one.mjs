// One seed, looked at closely.
import { shrink, simulate } from '../../dist/testing/index.js';

/** The command that plays a seed again. */
export function commandFor(seed, faults) {
  const only = faults === undefined ? '' : ` --faults=${faults.join(',')}`;
  return `npm run sim -- --seed ${seed}${only} --trace`;
}

/** Returns the exit code. */
export function playOne({ seed, faults, trace = false, shrink: wanted = false, json = false }) {
  const tell = trace ? { trace: (line) => console.log(line) } : {};
  const options = { seed, ...(faults === undefined ? {} : { faults }), ...tell };
  const report = simulate(options);
  if (json) console.log(JSON.stringify(report));
  else tellOf(report);
  if (report.violation === undefined) return 0;
  if (wanted) {
    const least = shrink({ seed }, report);
    if (least?.violation !== undefined) {
      const { faults: left } = least.violation;
      console.log(`${report.violation.faults.length} faults, of which ${left.length} do:`);
      console.log(`  ${commandFor(seed, left)}`);
    }
  }
  return 1;
}

function tellOf({ seed, deliveries, virtualMs, healedMs, traceHash, faults, violation }) {
  const struck = Object.entries(faults).filter(([, count]) => count > 0);
  console.log(`seed ${seed}: ${deliveries} deliveries in ${virtualMs} ms of virtual time`);
  console.log(
    `  faults: ${struck.map(([kind, count]) => `${kind} ${count}`).join(', ') || 'none'}`,
  );
  console.log(`  trace ${traceHash}`);
  if (violation === undefined) console.log(`  healed after ${healedMs} ms`);
  else console.log(`  BROKEN at ${violation.atMs} ms: ${violation.what}`);
}
