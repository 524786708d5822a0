import { reportDocument } from '../../charts/document.ts';
import { UNNAMED } from '../experiment/experiment.ts';
import type { LabResult } from '../result.ts';
import { answerSection } from './answer.ts';
import { bytesSection } from './bytes.ts';
import { conditionsSection } from './conditions.ts';
import { costSection } from './cost.ts';
import { lagSection } from './lag.ts';
import { recoverySection } from './recovery.ts';
import { plural } from './wording.ts';

/** The report of an experiment: one HTML file, of the very figures that stand in its data. */
export function labReport(
  result: LabResult,
  about: {
    /** What to type to get this report again. */
    readonly command: string;
    /** Name of the JSON file beside it. */
    readonly dataFile: string;
    /** When, as text. */
    readonly generated: string;
  },
): string {
  const { name, runs, mode, question } = result;
  const most = Math.max(0, ...runs.map(({ settings }) => settings.consumers));
  const crowd = plural(most, 'consumer');
  const what = mode === 'real' ? 'real processes' : 'simulated from a seed';
  const title = name === UNNAMED ? '' : `experiment ${name}: `;
  const sections = [
    answerSection(result),
    bytesSection(result),
    lagSection(result),
    recoverySection(result),
    costSection(result),
    conditionsSection(result),
  ].filter((section) => section !== undefined);
  return reportDocument({
    title: question === '' ? 'Replicas kept in sync by diffs' : question,
    subtitle: `${title}${plural(runs.length, 'run')}, ${what}, up to ${crowd}`,
    sections,
    data: result,
    ...about,
  });
}
