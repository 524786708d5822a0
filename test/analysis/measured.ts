/** A measurement of values in memory, as the command line makes it of a file, but without time. */
import { findingsOf } from '../../src/analysis/findings.ts';
import type { Findings } from '../../src/analysis/findings.ts';
import { findForm } from '../../src/analysis/form.ts';
import { Measurement } from '../../src/analysis/measurement.ts';
import { UpdateReader } from '../../src/analysis/update-reader.ts';
import type { Update } from '../../src/analysis/update.ts';

export interface Measured {
  readonly findings: Findings;
  readonly refused: readonly string[];
}

/** The updates that values stand for, and what was left out. */
export function updatesOf(
  values: readonly unknown[],
  key?: string,
): { updates: Update[]; refused: string[] } {
  const items = values.map((value, i) => ({ place: `line ${i + 1}`, value }));
  const refused: string[] = [];
  const form = findForm(items, { key, time: undefined });
  const reader = new UpdateReader(form, (error) => void refused.push(error.message));
  return { updates: items.flatMap((item) => Array.from(reader.read(item))), refused };
}

/** A clock that stands still gives every strategy all the time it wants. */
export function measure(updates: readonly Update[], clock = (): number => 0): Measurement {
  const measurement = new Measurement({ clock, budgetMs: 1000 });
  for (const update of updates) measurement.take(update);
  return measurement;
}

export function measuredValues(values: readonly unknown[], key?: string): Measured {
  const { updates, refused } = updatesOf(values, key);
  return { findings: findingsOf(measure(updates)), refused };
}
