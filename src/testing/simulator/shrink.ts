import type { SimulatedViolation, SimulationOptions, SimulationReport } from './simulate.ts';
import { simulate } from './simulate.ts';

/** Runs that a search for fewer faults may take. */
const RUNS_MAX = 400;

/**
 * Finds a small set of faults with which a run still breaks the same promise (delta debugging:
 * A. Zeller, R. Hildebrandt, "Simplifying and Isolating Failure-Inducing Input", IEEE TSE 28(2),
 * 2002). Undefined where the report has no violation. Cost: up to 400 runs.
 */
export function shrink(
  options: SimulationOptions,
  { violation }: SimulationReport,
): SimulationReport | undefined {
  if (violation === undefined) return undefined;
  const search = new Search(options, violation);
  search.run();
  return search.best;
}

class Search {
  best: SimulationReport | undefined;
  private readonly options: SimulationOptions;
  private readonly promise: SimulatedViolation['promise'];
  private kept: readonly number[];
  private runs = 0;

  constructor(options: SimulationOptions, violation: SimulatedViolation) {
    this.options = options;
    this.promise = violation.promise;
    this.kept = violation.faults;
  }

  run(): void {
    this.attempt(this.kept);
    let parts = 2;
    while (this.runs < RUNS_MAX && this.kept.length > 1) {
      const size = Math.ceil(this.kept.length / parts);
      if (this.dropOne(size)) parts = Math.max(2, parts - 1);
      else if (size === 1) return;
      else parts = Math.min(this.kept.length, parts * 2);
    }
  }

  /** Leaves out one stretch of so many faults without which it breaks as well. */
  private dropOne(size: number): boolean {
    for (let at = 0; at < this.kept.length && this.runs < RUNS_MAX; at += size) {
      const rest = [...this.kept.slice(0, at), ...this.kept.slice(at + size)];
      if (this.attempt(rest)) return true;
    }
    return false;
  }

  /** Whether it breaks in the same way with these faults alone. */
  private attempt(faults: readonly number[]): boolean {
    this.runs++;
    const report = simulate({ ...this.options, faults });
    if (report.violation?.promise !== this.promise) return false;
    this.best = report;
    // Those that were allowed but came after the end had no part in it.
    this.kept = report.violation.faults;
    return true;
  }
}
