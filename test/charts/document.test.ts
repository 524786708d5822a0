import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { DATA_CHARACTERS_MAX, type Report, reportDocument } from '../../src/charts/document.ts';
import { PAGE_SCRIPT, PAGE_SCRIPT_SHA256 } from '../../src/charts/script.ts';
import { hardReport, HOSTILE_NAMES } from './hard-report.ts';
import { sampleReport } from './sample-report.ts';
import { decoded, outsideReferences, readPage } from './well-formed.ts';

const sample = reportDocument(sampleReport);
const hard = reportDocument(hardReport);

const small: Report = {
  title: 'Small',
  subtitle: 'One figure',
  command: 'diffstream analyze small.ndjson',
  sections: [
    {
      title: 'Bytes',
      parts: [
        {
          kind: 'figure',
          title: 'Bytes for one update',
          conditions: 'one run',
          chart: {
            kind: 'bars',
            value: { label: 'Bytes', unit: 'bytes' },
            bars: [
              { label: 'whole', values: [1404.5] },
              { label: 'diff', values: [41] },
            ],
          },
        },
      ],
    },
  ],
  data: { whole: 1404.5, diff: 41 },
};

const embedded = (html: string): unknown => {
  const data = readPage(html).tags.find(({ attributes }) => attributes.get('id') === 'report-data');
  return data === undefined ? undefined : JSON.parse(data.inside);
};

describe('the report', () => {
  it.each([
    ['the sample', sample],
    ['a report full of hostile names and odd data', hard],
  ])('is well-formed: %s', (_what, html) => {
    expect(readPage(html).problems).toEqual([]);
  });

  it.each([
    ['the sample', sample],
    ['a report full of hostile names and odd data', hard],
  ])('refers to nothing outside but the JSON beside it: %s', (_what, html) => {
    expect(outsideReferences(html)).toEqual([]);
  });

  it('holds no number that is none, however odd the data', () => {
    expect(hard.match(/NaN|undefined|Infinity/g)).toBe(null);
  });

  it('makes no element out of a name', () => {
    const { tags } = readPage(hard);
    const names = new Set(tags.map(({ name }) => name));
    for (const name of ['img', 'iframe', 'object', 'link', 'b']) {
      const count = tags.filter((tag) => tag.name === name).length;
      expect([name, count]).toEqual([name, name === 'b' ? hardFigures() : 0]);
    }
    expect(names.has('script')).toBe(true);
    expect(tags.filter(({ name }) => name === 'script')).toHaveLength(2);
  });

  it('shows what cannot be seen, and shortens what is too long', () => {
    for (const text of ['bell \\u0007, null \\u0000', 'turned \\u202e around', 'half \\ud83d of']) {
      expect([text, hard.includes(`>${text}`)]).toEqual([text, true]);
    }
    expect(/(?!\n)\p{Cc}|\p{Cs}|[\u2028\u2029\u202e]/u.test(hard)).toBe(false);
    expect(hard.slice(0, hard.indexOf('<footer>')).includes('x'.repeat(1300))).toBe(false);
    expect(hard.includes('\u0634\u0631\u0643\u0629')).toBe(true);
  });

  it('holds the data unchanged, whatever stands in it', () => {
    expect(embedded(hard)).toEqual(JSON.parse(JSON.stringify(hardReport.data)));
    expect(embedded(sample)).toEqual(JSON.parse(JSON.stringify(sampleReport.data)));
    expect(embedded(reportDocument({ ...small, data: undefined }))).toBe(null);
  });

  it('shows in its figures the numbers that are in its data', () => {
    const { tags } = readPage(reportDocument(small));
    const shown = tags
      .filter(({ name }) => name === 'data')
      .map(({ attributes, inside }) => [Number(attributes.get('value')), inside]);
    expect(shown).toEqual([
      [small.data instanceof Object && 'whole' in small.data ? small.data.whole : 0, '1.4 kB'],
      [41, '41 B'],
    ]);
  });

  it('says when the data is too large to be in the page', () => {
    const html = reportDocument({ ...small, data: 'x'.repeat(DATA_CHARACTERS_MAX) });
    expect(embedded(html)).toBeUndefined();
    expect(html.includes('too large to be in this page')).toBe(true);
    expect(html.length).toBeLessThan(100_000);
  });

  it('refuses data that is no JSON, with the cause', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    for (const data of [cycle, { big: 1n }]) {
      const refused = expect.objectContaining({ code: 'bad-value' }) as Error;
      expect(() => reportDocument({ ...small, data })).toThrow(refused);
    }
  });

  it('refuses a measurement that does not say how it was made', () => {
    const figures = [{ label: 'One update', value: 41, unit: 'bytes' }] as const;
    const parts = [{ kind: 'key-figures', conditions: ' ', figures }] as const;
    const report = { ...small, sections: [{ title: 'Bytes', parts }] };
    expect(() => reportDocument(report)).toThrow("'One update' does not say how it was measured");
  });

  it('states the conditions of every figure, and gives its numbers as a table', () => {
    const { tags } = readPage(sample);
    const figures = tags.filter(({ name }) => name === 'figure');
    expect(figures).toHaveLength(8);
    for (const { inside } of figures) {
      expect(inside.includes('Made-up data: 20,000 updates')).toBe(true);
      expect(inside.includes('<details><summary>The numbers</summary>')).toBe(true);
    }
  });

  it('keeps a column of long text wide enough to be read, and no other', () => {
    const text = '6 × cut, 4 × bytes lost, 3 × out of reach, 14 × bit flipped';
    const columns = [{ label: 'Run' }, { label: 'Replica' }, { label: 'Faults' }];
    const rows = [[text, '1', text]];
    const table = { kind: 'table', title: 'Times', conditions: 'one run', columns, rows } as const;
    const sections = [{ title: 'Recovery', parts: [table] }];
    const { tags } = readPage(reportDocument({ ...small, sections }));
    const long = tags.filter(({ attributes }) => attributes.get('class') === 'long');
    expect(long.map(({ name, inside }) => [name, inside])).toEqual([['td', text]]);
  });

  it('names and describes every picture', () => {
    for (const { name, attributes, inside } of readPage(sample).tags) {
      if (name !== 'svg') continue;
      expect(attributes.get('role')).toBe('img');
      expect(attributes.get('aria-label')?.length).toBeGreaterThan(5);
      expect(inside.startsWith('<desc>')).toBe(true);
    }
  });

  it('has no colour outside the custom properties of its style sheet', () => {
    const markup = sample.slice(sample.indexOf('<body>'), sample.indexOf('<footer>'));
    expect(markup.match(/(?:fill|stroke|color|style)="|[ ="]#[0-9a-f]{3,8}\b/i)).toBe(null);
  });

  it('allows its own script and no other', () => {
    const hash = createHash('sha256').update(PAGE_SCRIPT).digest('base64');
    expect(PAGE_SCRIPT_SHA256).toBe(hash);
    expect(sample.includes(`script-src &#39;sha256-${hash}&#39;`)).toBe(true);
    expect(sample.includes(`<script>${PAGE_SCRIPT}</script>`)).toBe(true);
  });

  it('is less than half a megabyte beside its data, with eight figures', () => {
    const json = JSON.stringify(sampleReport.data);
    expect(sample.length - json.length).toBeLessThan(520_000);
  });

  it('says the same every time', () => {
    expect(reportDocument(sampleReport) === sample).toBe(true);
  });

  it('keeps the words of a command whole', () => {
    const code = readPage(hard).tags.filter(({ name }) => name === 'pre');
    const text = decoded((code.at(-1)?.inside ?? '').replaceAll(/<[^>]*>/g, ''));
    expect(text).toBe(`diffstream analyze '${HOSTILE_NAMES[0] ?? ''}'`);
  });
});

/** Each figure has its number in bold. */
function hardFigures(): number {
  return hardReport.sections.flatMap(({ parts }) => parts).filter((p) => p.kind === 'figure')
    .length;
}

describe('the reader of pages itself', () => {
  it.each([
    ['an element left open', '<p><b></b>', '<p> stays open'],
    ['ends in the wrong order', '<p><b></p></b>', '</p> closes <b>'],
    ['a bare ampersand', '<p>a & b</p>', '& in a & b'],
    ['an attribute without quotes', '<p class=a></p>', 'no tag: <p class=a></p>'],
    ['the same id twice', '<p id="a"></p><p id="a"></p>', 'two elements are a'],
  ])('reports %s', (_what, html, problem) => {
    expect(readPage(`<!doctype html>${html}`).problems).toContain(problem);
  });

  it('reports what is loaded from elsewhere and what runs', () => {
    const html =
      '<!doctype html><a href="https://example.org/"></a><img src="a.png"/>' +
      '<p onclick="x()"></p><style>a{background:url(b.png)}</style><a href="a.json"></a>';
    expect(outsideReferences(html)).toHaveLength(4);
  });
});
