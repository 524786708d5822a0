/** Tables of numbers with their units: each cell shows three digits and holds the exact value. */
import { element, type Markup } from './markup.ts';
import { numberText, type Unit } from './number-text.ts';
import { nameText, plainText } from './plain-text.ts';

/** Most rows shown of one table. What is left out is said, and is in the data. */
const ROWS_MAX = 200;
/** Longer text is a sentence or a list: its column stays wide enough to be read. */
const LONG_TEXT = 16;

export interface Column {
  readonly label: string;
  /** Of its numbers. Default: `number`. */
  readonly unit?: Unit;
  /** Default: `end` for columns with a unit, `start` for others. */
  readonly align?: 'start' | 'end';
}

export type Cell = string | number | null | undefined;

export interface TableData {
  readonly columns: readonly Column[];
  readonly rows: readonly (readonly Cell[])[];
  /** Rows to be set off, by their place. */
  readonly emphasis?: readonly number[];
  /** How many rows there are, where `rows` are some of them. */
  readonly rowsInAll?: number;
}

/** The table, in a frame of its own that scrolls when it is wider than the page. */
export function dataTable(table: TableData, label: string): Markup {
  const rows = table.rows.slice(0, ROWS_MAX);
  const inAll = table.rowsInAll ?? table.rows.length;
  const head = table.columns.map((column) =>
    element('th', { scope: 'col', class: alignClass(column) }, nameText(column.label)),
  );
  const body = rows.map((row, i) => {
    const cells = table.columns.map((column, at) => dataCell(row[at], column, at === 0));
    return element('tr', { class: table.emphasis?.includes(i) ? 'own' : undefined }, ...cells);
  });
  const rest = inAll - rows.length;
  return element(
    'div',
    { class: 'table', role: 'region', 'aria-label': `Table: ${nameText(label)}`, tabindex: '0' },
    element(
      'table',
      {},
      element('thead', {}, element('tr', {}, ...head)),
      element('tbody', {}, ...body),
    ),
    rest > 0 &&
      element('p', { class: 'note' }, `${rows.length} of ${numberText('count', inAll)} rows.`),
  );
}

function dataCell(cell: Cell, column: Column, isFirst: boolean): Markup {
  const attributes = { class: alignClass(column), ...(isFirst ? { scope: 'row' } : {}) };
  const name = isFirst ? 'th' : 'td';
  if (typeof cell === 'string') {
    const shown = nameText(cell);
    const isShort = cell.length > shown.length && shown !== plainText(cell).trim();
    const title = isShort ? longText(cell) : undefined;
    const isLong = !isFirst && attributes.class === undefined && shown.length > LONG_TEXT;
    return element(name, { ...attributes, ...(isLong ? { class: 'long' } : {}), title }, shown);
  }
  return element(name, attributes, dataValue(cell, column.unit ?? 'number'));
}

/** What a name says in full, as far as anyone reads. */
function longText(text: string): string {
  return text.length <= 400 ? text : `${text.length} characters`;
}

/** A number as people read it, which holds the exact one. */
export function dataValue(value: number | null | undefined, unit: Unit): Markup {
  const text = numberText(unit, value);
  if (typeof value !== 'number' || !Number.isFinite(value)) return element('span', {}, text);
  return element('data', { value: String(value) }, text);
}

function alignClass({ align, unit }: Column): string | undefined {
  return (align ?? (unit === undefined ? 'start' : 'end')) === 'end' ? 'end' : undefined;
}
