/**
 * The report: one HTML file with everything in it, that opens without a network, in light and dark,
 * on paper and on a phone.
 *
 * ```ts
 * const html = reportDocument({
 *   title: 'Do diffs pay for this data?',
 *   subtitle: 'auctions.ndjson, 20,000 updates of 1,000 entries',
 *   generated: '2026-01-31 12:00 UTC',
 *   command: 'diffstream analyze auctions.ndjson --html report.html',
 *   data,                      // what goes into report.json beside it, too
 *   dataFile: 'report.json',
 *   sections: [
 *     {
 *       title: 'The answer',
 *       parts: [
 *         { kind: 'verdict', tone: 'yes', headline: 'Diffs send 14 times less.', reasons: [] },
 *         {
 *           kind: 'figure',
 *           title: 'Bytes sent, in all',
 *           conditions: '1 consumer, WebSocket without compression, 3 runs, median',
 *           chart: {
 *             kind: 'lines',
 *             x: { label: 'Time', unit: 's' },
 *             y: { label: 'Bytes sent', unit: 'bytes' },
 *             series: [{ name: 'DiffStream', emphasis: true, points: [[0, 0], [60, 81_000]] }],
 *           },
 *         },
 *       ],
 *     },
 *   ],
 * });
 * ```
 *
 * What charts there are is in chart.ts, other parts in section.ts, units in number-text.ts. All
 * text is escaped and shortened here: give names from outside as they are. A series has the same
 * colour in all figures, by its name; `emphasis` is for the one the report is about. Long lines are
 * thinned for the picture and the table, never in `data`.
 */
import { DiffStreamError } from '../core/errors.ts';
import { element, type Markup, together, verbatim } from './markup.ts';
import { looksFor } from './looks.ts';
import { spelledOut } from './plain-text.ts';
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from './script.ts';
import { codeMarkup, type Section, sectionMarkup } from './section.ts';
import { STYLE } from './style.ts';

/**
 * Largest data written into the page, in characters of JSON: 4 million, which browsers read without
 * a pause. Beyond it the page says that the data is in its file alone.
 */
export const DATA_CHARACTERS_MAX = 4_000_000;

export interface Report {
  readonly title: string;
  readonly subtitle: string;
  /** When, as text; the report asks no clock. */
  readonly generated?: string;
  readonly sections: readonly Section[];
  /** What the report shows, for programs: any value that JSON can hold. */
  readonly data: unknown;
  /** Name of the JSON file beside the report, without a folder. */
  readonly dataFile?: string;
  /** What to type to get this report again. */
  readonly command: string;
}

/**
 * The report as the text of an HTML file.
 *
 * @throws DiffStreamError `bad-value` if `data` is no JSON; `bad-argument` if something measured
 *   does not say how.
 */
export function reportDocument(report: Report): string {
  const style = element('style', {}, verbatim(STYLE));
  const policy =
    `default-src 'none'; style-src 'unsafe-inline'; script-src 'sha256-${PAGE_SCRIPT_SHA256}'; ` +
    `base-uri 'none'; form-action 'none'`;
  const head = element(
    'head',
    {},
    element('meta', { charset: 'utf-8' }),
    element('meta', { 'http-equiv': 'Content-Security-Policy', content: policy }),
    element('meta', { name: 'viewport', content: 'width=device-width, initial-scale=1' }),
    element('meta', { name: 'color-scheme', content: 'light dark' }),
    element('title', {}, report.title),
    style,
  );
  const page = element('html', { lang: 'en' }, head, body(report));
  return `<!doctype html>\n${page.markup}\n`;
}

function body(report: Report): Markup {
  const { sections } = report;
  const figures = sections.flatMap(({ parts }) => parts.filter((part) => part.kind === 'figure'));
  const looks = looksFor(figures.map(({ chart }) => chart));
  let firstFigure = 1;
  const main = sections.map((section, i) => {
    const place = { id: `section-${i + 1}`, firstFigure, looksFor: looks };
    firstFigure += section.parts.filter((part) => part.kind === 'figure').length;
    return sectionMarkup(section, place);
  });
  return element(
    'body',
    {},
    element('header', {}, ...masthead(report)),
    element('main', {}, ...main),
    footer(report),
    element('script', {}, verbatim(PAGE_SCRIPT)),
  );
}

function masthead({ title, subtitle, generated, sections }: Report): Markup[] {
  const links = sections.map((section, i) =>
    element('a', { href: `#section-${i + 1}` }, section.title),
  );
  return [
    element('p', { class: 'mark' }, 'DiffStream'),
    element('h1', {}, title),
    element('p', { class: 'subtitle' }, subtitle),
    generated === undefined ? together() : element('p', { class: 'made' }, generated),
    sections.length > 1 ? element('nav', { 'aria-label': 'Sections' }, ...links) : together(),
  ];
}

function footer({ command, data, dataFile }: Report): Markup {
  const json = jsonInPage(data);
  const name = dataFile ?? 'report.json';
  const isInPage = json.length <= DATA_CHARACTERS_MAX;
  const link = element(
    'a',
    { href: encodeURIComponent(name.toWellFormed()), download: true },
    name,
  );
  return element(
    'footer',
    {},
    codeMarkup('Make this report again', command),
    element(
      'p',
      { class: 'data' },
      ...(dataFile === undefined
        ? []
        : ['The same data for programs: ', link, ' beside this file. ']),
      isInPage ? 'All of it is in this page, too. ' : 'It is too large to be in this page, too.',
      isInPage &&
        element(
          'button',
          { id: 'save-data', type: 'button', hidden: true, 'data-name': name },
          'Save the data (JSON)',
        ),
    ),
    isInPage && element('script', { type: 'application/json', id: 'report-data' }, verbatim(json)),
  );
}

/** JSON in which nothing can end a script element or start a comment. */
function jsonInPage(data: unknown): string {
  const json = jsonOf(data);
  const escape = (char: string): string => `\\u00${char.charCodeAt(0).toString(16)}`;
  return spelledOut(json.replaceAll(/[<>&]/g, escape));
}

function jsonOf(data: unknown): string {
  try {
    return JSON.stringify(data) ?? 'null';
  } catch (cause) {
    const advice = 'give plain objects, arrays, strings, numbers and booleans, without cycles';
    throw new DiffStreamError('bad-value', `the data of a report is no JSON: ${advice}`, { cause });
  }
}
