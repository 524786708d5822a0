/** Sections of a report and what stands in them besides figures. */
import { type Column, type Cell, dataTable, dataValue } from './data-table.ts';
import { type Figure, figureMarkup, statedConditions } from './figure.ts';
import type { LooksFor } from './looks.ts';
import { element, type Markup } from './markup.ts';
import type { Unit } from './number-text.ts';
import { nameText } from './plain-text.ts';

/** A table of results; see also the tables that come with figures. */
export interface Table {
  readonly kind: 'table';
  readonly title: string;
  /** How it was measured. */
  readonly conditions: string;
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows to be set off, by their place. */
  readonly emphasis?: readonly number[];
}

/** A few numbers in large type. */
export interface KeyFigures {
  readonly kind: 'key-figures';
  /** How they were measured. */
  readonly conditions: string;
  readonly figures: readonly {
    readonly label: string;
    readonly value: number | null;
    readonly unit: Unit;
    /** Below the number: against what, out of how many. */
    readonly remark?: string;
    readonly tone?: 'good' | 'bad';
  }[];
}

/** The answer to the question that the report asks. */
export interface Verdict {
  readonly kind: 'verdict';
  readonly tone: 'yes' | 'no' | 'mixed';
  readonly headline: string;
  readonly reasons: readonly string[];
}

/** Something to type, such as the command that makes the report again. */
export interface Code {
  readonly kind: 'code';
  readonly label: string;
  readonly text: string;
}

export type Part = Figure | Table | KeyFigures | Verdict | Code;

export interface Section {
  readonly title: string;
  readonly lead?: string;
  readonly parts: readonly Part[];
}

/** A section with its figures, numbered on from `firstFigure`. */
export function sectionMarkup(
  section: Section,
  place: { id: string; firstFigure: number; looksFor: LooksFor },
): Markup {
  let figure = place.firstFigure;
  const parts = section.parts.map((part) =>
    part.kind === 'figure' ? figureMarkup(part, figure++, place.looksFor) : otherPart(part),
  );
  return element(
    'section',
    { id: place.id },
    element('h2', {}, section.title),
    section.lead !== undefined && element('p', { class: 'lead' }, section.lead),
    element('div', { class: 'parts' }, ...parts),
  );
}

function otherPart(part: Exclude<Part, Figure>): Markup {
  if (part.kind === 'table') return tableMarkup(part);
  if (part.kind === 'key-figures') return keyFiguresMarkup(part);
  if (part.kind === 'verdict') return verdictMarkup(part);
  return codeMarkup(part.label, part.text);
}

function tableMarkup(table: Table): Markup {
  return element(
    'div',
    { class: 'card' },
    element('h3', {}, table.title),
    dataTable(table, table.title),
    element('p', { class: 'conditions' }, statedConditions(table.conditions, table.title)),
  );
}

function keyFiguresMarkup({ figures, conditions }: KeyFigures): Markup {
  const labels = figures.map(({ label }) => label).join(', ');
  const items = figures.map(({ label, value, unit, remark, tone }) =>
    element(
      'div',
      { class: 'key' },
      element('dt', {}, nameText(label)),
      element('dd', { class: tone }, dataValue(value, unit)),
      remark !== undefined && element('dd', { class: 'remark' }, nameText(remark)),
    ),
  );
  return element(
    'div',
    { class: 'card' },
    element('dl', { class: 'keys' }, ...items),
    element('p', { class: 'conditions' }, statedConditions(conditions, labels)),
  );
}

/** Said in a word, as colours alone do not say it. */
const ANSWERS: Readonly<Record<Verdict['tone'], string>> = {
  yes: 'Yes',
  no: 'No',
  mixed: 'It depends',
};

function verdictMarkup({ tone, headline, reasons }: Verdict): Markup {
  return element(
    'div',
    { class: `card verdict ${tone}` },
    element('p', { class: 'answer' }, ANSWERS[tone]),
    element('p', { class: 'headline' }, headline),
    reasons.length > 0 && element('ul', {}, ...reasons.map((reason) => element('li', {}, reason))),
  );
}

/** A command or text to copy, as it is. */
export function codeMarkup(label: string, text: string): Markup {
  // Each word is kept whole where the line breaks: half of `--option` is no option.
  const lines = text.split('\n').map((line) => {
    const words = line.split(' ').map((word, i) => [i > 0 && ' ', element('span', {}, word)]);
    return element('code', {}, words);
  });
  return element(
    'div',
    { class: 'code' },
    element('p', { class: 'label' }, label),
    element('pre', {}, ...lines),
  );
}
