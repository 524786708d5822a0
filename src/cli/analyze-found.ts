import type { Form } from '../analysis/form.ts';
import type { KeyCandidate, KeyFinding } from '../analysis/key-finder.ts';
import { isOneMember, partsOf } from '../analysis/key-path.ts';
import { MEMORY_BYTES_MAX } from '../analysis/measurement.ts';
import type { RunOutcome, Stop } from './analyze-run.ts';
import { named, percentText } from './analyze-words.ts';
import { countOf, countText } from './figures.ts';

const STOPS: Readonly<Record<Stop, string | undefined>> = {
  end: undefined,
  time: 'the time was up: give it more with --seconds',
  records: 'as many as --records asked for',
  memory: `what is held has come to its bound of ${MEMORY_BYTES_MAX >> 20} MiB of memory`,
  interrupted: 'it was interrupted',
};

/** How the input was understood, why, and how to say otherwise: lines for people. */
export function foundText({ forms, updates, stop }: RunOutcome): string[] {
  const lines = forms.flatMap(({ what, form }) => [
    `${what}: ${formText(form)}`,
    ...keyLines(form),
    ...(form.time === undefined ? [] : [`times are in the member ${named(form.time)}`]),
  ]);
  const why = stopText(updates, stop);
  return why === undefined ? lines : [...lines, why];
}

/** Why not all was read; undefined where it was. */
export function stopText(updates: number, stop: Stop): string | undefined {
  const why = STOPS[stop];
  return why === undefined ? undefined : `only the first ${countOf(updates, 'update')}: ${why}`;
}

const FORMS: Readonly<Record<Form['kind'], string>> = {
  records: 'records with op, key and value',
  objects: 'objects, each the next state of an entry',
  sets: 'arrays of entries',
  documents: 'each the next state of one document',
  given: 'each the next state of what its name or address says',
};

function formText({ kind, wrapper, list, isComplete }: Form): string {
  const inside = wrapper === undefined ? '' : `, as text in the member ${named(wrapper)}`;
  const rest = isComplete ? '; what is not in the next one is deleted' : '; nothing is deleted';
  const where = list === undefined ? '' : ` in the member ${named(list)}`;
  return `${FORMS[kind]}${where}${kind === 'sets' ? rest : ''}${inside}`;
}

function keyLines({ kind, key, finding, entryKey }: Form): string[] {
  if (finding === undefined) {
    if (key === undefined) return [];
    return [`the key is ${isOneMember(key) ? 'the member ' : ''}${named(key)}, as you said`];
  }
  const lines = [keyLine(finding)];
  const others = finding.candidates.filter(
    (candidate) => candidate !== finding.chosen && isPossible(candidate, finding),
  );
  if (others.length > 0) {
    const names = others.slice(0, 3).map(({ path }) => named(path));
    lines.push(`it could also be ${names.join(', ')}: say which with --key`);
  }
  const { unrepeated, candidates } = finding;
  if (unrepeated !== undefined && unrepeated !== key) {
    const repeats = candidates.find(({ path }) => path === unrepeated)?.repeats ?? 0;
    const how = repeats === 0 ? 'never' : 'hardly ever';
    const what = `${named(unrepeated)} looks like a key but ${how} repeats here`;
    lines.push(`${what}: if it is, use --key ${named(unrepeated)}`);
  }
  if (finding.keysOfKinds.length > 0) {
    const names = finding.keysOfKinds.map(named).join(', ');
    const what = finding.keysOfKinds.length > 1 ? 'look like keys' : 'looks like a key';
    lines.push(`${names} ${what} that only some objects have: analyse each kind on its own`);
  }
  if (entryKey !== undefined) lines.push(`or its parts are entries: --key ${named(entryKey)}`);
  if (kind === 'documents') lines.push('if they are entries, name their key with --key');
  return lines;
}

/** The member that is the key, or those that it is made of. */
function keyText(path: string): string {
  if (isOneMember(path)) return `the member ${named(path)}`;
  return `made of the members ${partsOf(path).map(named).join(' and ')}`;
}

/** Beside two members the best one alone is told, since it may have been enough. */
function isPossible(candidate: KeyCandidate, finding: KeyFinding): boolean {
  const { chosen, candidates } = finding;
  if (chosen === undefined || isOneMember(chosen.path)) return isNear(candidate, finding);
  return candidate === candidates.find(({ path, repeats }) => isOneMember(path) && repeats > 0);
}

function isNear({ cost, repeats, distinct }: KeyCandidate, { chosen }: KeyFinding): boolean {
  return chosen !== undefined && repeats > 0 && distinct > 1 && cost <= chosen.cost * 1.25 + 0.02;
}

function keyLine({ chosen, objects }: KeyFinding): string {
  if (chosen === undefined && objects === 0) {
    return 'no objects with members that could be a key: taken for one document';
  }
  if (chosen === undefined) return 'no member tells entries apart: taken for one document';
  const { path, distinct, cost, presence } = chosen;
  const less = cost < 0.995 ? `; changes are ${percentText(1 - cost)} smaller with it` : '';
  const some = presence < 1 ? `; ${percentText(1 - presence)} do not have it` : '';
  const values = `${countText(distinct)} values in ${countOf(objects, 'object')}`;
  return `the key is ${keyText(path)}: ${values}${less}${some} (--key names another)`;
}
