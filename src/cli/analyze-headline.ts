import type { Findings } from '../analysis/findings.ts';
import { strategyNames } from '../analysis/strategies.ts';
import { SAVED_MIN } from '../analysis/verdict.ts';
import type { Answer, Log, Offer, Verdict } from '../analysis/verdict.ts';
import { atOnceText, capitalized, lastObjectText, percentText } from './analyze-words.ts';
import { countOf, ratioText } from './figures.ts';

type Best = Verdict['best'];

/** Fewer changes are told of in the first line. */
const FEW = 30;

/** The answer in a sentence or two, with all it depends on. */
export function headlineOf(verdict: Verdict, { counts }: Findings): string {
  const few = counts.changed < FEW ? ` By only ${countOf(counts.changed, 'change')}.` : '';
  const isLog = verdict.answer === 'diffs' && verdict.log !== undefined;
  return `${isLog ? logText(verdict, verdict.log) : answerText(verdict)}${few}`;
}

function answerText(verdict: Verdict): string {
  const { answer, alone } = verdict;
  const plain = TEXTS[answer](verdict);
  const why = answer === 'diffs' ? `: ${plain.why}` : `. ${capitalized(plain.why)}`;
  if (alone === undefined) return `${plain.answer}${why}.`;
  const together = `updates of one time leave in one message, ${atOnceOf(verdict)}`;
  if (alone.answer !== answer) {
    return `${plain.answer} if ${together}${why}. Each alone: ${ALONE[alone.answer]}.`;
  }
  const each = answer === 'diffs' ? `; each alone, ${gainOf(alone.best)}` : '';
  return `${plain.answer}${why} where ${together}${each}.`;
}

function atOnceOf({ together }: Verdict): string {
  return `${atOnceText(together?.atOnce ?? 1)} at once`;
}

/** What is said of an answer, by what. */
interface Words {
  readonly answer: string;
  readonly why: string;
}

const TEXTS: Readonly<Record<Answer, (verdict: Verdict) => Words>> = {
  diffs: ({ best, strategy }) => {
    const other = strategyNames[runnerUp(best).id];
    const why = `${strategyNames[strategy]} needs ${gainOf(best)} fewer bytes than ${other}`;
    return { answer: 'Diffs pay', why };
  },
  compress: ({ best, strategy, isRewritten }) => {
    const { whole, compress, diffs } = best;
    const times = ratioText(whole.bytes / compress.bytes);
    const gain = `${strategyNames[strategy]} is ${times} smaller than full JSON`;
    const beside = isRewritten ? REWRITTEN : besideText(diffs, compress);
    return { answer: 'No: use compression', why: `${gain}; ${beside}` };
  },
  whole: ({ best: { whole, compress, diffs }, isRewritten }) => {
    const beside = isRewritten ? REWRITTEN : `diffs save ${savedOf(diffs, whole)}`;
    const why = `compression saves ${savedOf(compress, whole)}; ${beside}`;
    return { answer: 'No: send it whole', why };
  },
};

const REWRITTEN = 'too much is new for diffs';

const ALONE: Readonly<Record<Answer, string>> = {
  diffs: 'diffs pay',
  compress: 'no, use compression',
  whole: 'no, send it whole',
};

/** Diffs pay for the last states, and a log is more than these. */
function logText(verdict: Verdict, log: Log | undefined): string {
  const { best, alone } = verdict;
  const { whole, compress } = best;
  const instead = compress.bytes <= whole.bytes * (1 - SAVED_MIN) ? 'compress it' : 'send it whole';
  const other = strategyNames[runnerUp(best).id];
  const together = alone === undefined ? '' : `, with ${atOnceOf(verdict)} in a message`;
  return (
    `This looks like a log. If all of it has to arrive: no diffs, ${instead}. ` +
    `If ${lastObjectText(log?.key)} is enough, ` +
    `diffs need ${gainOf(best)} fewer bytes than ${other}${together}.`
  );
}

function runnerUp({ whole, compress }: Best): Offer {
  return compress.bytes < whole.bytes ? compress : whole;
}

function gainOf(best: Best): string {
  return ratioText(runnerUp(best).bytes / best.diffs.bytes);
}

function savedOf(offer: Offer, other: Offer): string {
  return offer.bytes < other.bytes ? percentText(1 - offer.bytes / other.bytes) : 'nothing';
}

function besideText(diffs: Offer, compress: Offer): string {
  const ratio = compress.bytes / diffs.bytes;
  if (ratio < 1) return `diffs would need ${ratioText(1 / ratio)} as much as that`;
  return `diffs would save only ${percentText(1 - 1 / ratio)} more`;
}
