/** The live page in a real Chromium. Titles say what holds; nothing here is known to src/page. */
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { serve } from '../../src/server/index.ts';
import type { Hub, PageRow } from '../../src/server/index.ts';
import { endAll, start } from '../cli/support/command.ts';
import type { Command } from '../cli/support/command.ts';
import { Cleanup } from '../network/wait.ts';
import { startChromium, View } from './chromium.ts';

const cleanup = new Cleanup();
const views: View[] = [];
let browser: Browser;

beforeAll(async () => {
  browser = await startChromium();
});
afterAll(() => browser.close());

/** Whatever a test was about: the page complains of nothing, and talks to its host alone. */
afterEach(async () => {
  const seen = views.splice(0);
  const problems = seen.flatMap((view) => view.problems);
  const origins = seen.flatMap((view) => [...view.origins]);
  await Promise.all(seen.map((view) => view.close()));
  await cleanup.run();
  await endAll();
  const elsewhere = origins.filter((host) => host !== '127.0.0.1');
  const wrong = [...problems, ...elsewhere.map((host) => `something was asked of ${host}`)];
  if (wrong.length > 0) throw new Error(wrong.join('\n'));
});

async function look(
  url: string | undefined,
  options?: Parameters<typeof View.open>[2],
): Promise<View> {
  const view = await View.open(browser, url ?? '', options);
  views.push(view);
  return view;
}

async function hubWith(
  entries: readonly (readonly [string | number, unknown])[],
  rows: () => [string, PageRow][] = () => [],
): Promise<Hub> {
  const hub = cleanup.add(await serve({ dashboard: { rows } }));
  hub.stream('rows').batch((tx) => {
    for (const [key, value] of entries) tx.set(key, value);
  });
  return hub;
}

async function demoPage(demo: Command): Promise<string> {
  const [, url = ''] = await demo.prints('stdout', /page (http:\S+?\/) /);
  return url;
}

function replicas(page: Page): Locator {
  return page.getByRole('region', { name: 'table of replicas' });
}

function keys(page: Page): Locator {
  return page.getByRole('listbox', { name: 'keys' }).getByRole('option');
}

/** Runs in the page: keeps what each drawing of a chart has written. */
function recordLabels(): void {
  const drawings: string[][] = [];
  Object.assign(globalThis, { drawings });
  const listen = (name: 'clearRect' | 'fillText', hear: (first: unknown) => void): void => {
    const { prototype } = CanvasRenderingContext2D;
    const draw = prototype[name] as (...all: unknown[]) => void;
    const heard = function (this: CanvasRenderingContext2D, ...all: unknown[]): void {
      hear(all[0]);
      draw.apply(this, all);
    };
    Object.assign(prototype, { [name]: heard });
  };
  listen('clearRect', () => drawings.push([]));
  listen('fillText', (label) => drawings.at(-1)?.push(String(label)));
}

/** The version at which a replica's digest was last found equal. */
async function provenVersion(row: Locator): Promise<number> {
  const texts = await row.locator('.pill').allTextContents();
  const [, version = '0'] = /equal at ([\d,]+)/.exec(texts.join(' ')) ?? [];
  return Number(version.replaceAll(',', ''));
}

async function later(row: Locator, version: number): Promise<void> {
  const deadlineMs = performance.now() + 20_000;
  while ((await provenVersion(row)) <= version) {
    if (performance.now() > deadlineMs) throw new Error(`not equal after ${version} again`);
    await row.page().waitForTimeout(100);
  }
}

describe('the page of a hub that judges tokens', () => {
  it('shows all to who has one behind the # of its address, and nothing to others', async () => {
    const hub = cleanup.add(
      await serve({ dashboard: true, authorize: ({ token }) => token === 'a token' }),
    );
    hub.stream('rows').set('secret key', 1);
    const { page } = await look(`${hub.pageUrl}#token=a%20token`);
    await keys(page).filter({ hasText: 'secret key' }).waitFor();
    await page.getByText('Skip to the entries').focus();
    await page.keyboard.press('Enter');
    expect(await page.evaluate(() => document.activeElement?.id)).toBe('entries');
    await page.reload();
    await keys(page).filter({ hasText: 'secret key' }).waitFor();
    const other = await look(hub.pageUrl);
    await other.page.getByText('not without a token').waitFor();
    expect(await other.page.getByText('rows').count()).toBe(0);
    expect(await keys(other.page).count()).toBe(0);
  });
});

describe('the page of a demo', () => {
  it.each([
    ['cut', 'replica-2', /went on from version|got everything/],
    ['corrupt', 'replica-2', /digest-mismatch|malformed|unreachable|patch-conflict|gap/],
    ['stall', 'replica-2', /stall, by hand/],
  ])('shows a replica repaired, and equal again, after %s', async (act, who, words) => {
    const demo = start('demo', '--for', '50s', '--faults', 'none', '--replicas', '2');
    const { page } = await look(await demoPage(demo));
    const row = replicas(page).getByRole('row').filter({ hasText: /^2/ });
    await later(row, 0);
    await page.getByRole('button', { name: `${act} 2` }).click();
    const repairs = page.getByRole('region', { name: 'list of repairs' });
    const line = repairs.getByRole('listitem').filter({ hasText: who });
    await line
      .filter({ hasText: `${act}, by hand` })
      .first()
      .waitFor();
    await line.filter({ hasText: words }).first().waitFor();
    await later(row, await provenVersion(row));
    await later(row, await provenVersion(row));
    await row.getByText('live').waitFor();
    expect(await page.getByText('DIFFERENT').count()).toBe(0);
  });

  it('is a replica itself, hurt and proved like the others, to the end', async () => {
    const demo = start('demo', '--for', '9s', '--faults', 'none', '--replicas', '2', '--json');
    const { page } = await look(await demoPage(demo));
    const row = replicas(page).getByRole('row').filter({ hasText: 'this page' });
    await later(row, 0);
    await page.getByRole('button', { name: 'cut browser' }).click();
    await page
      .getByRole('listitem')
      .filter({ hasText: /browser demo went on from/ })
      .waitFor();
    await later(row, await provenVersion(row));
    const delay = page.getByRole('button', { name: 'delay 1' });
    await delay.click();
    await page.locator('button[aria-pressed="true"]').waitFor();
    await page.getByText('equal: 2 of 2 replicas').waitFor({ timeout: 20_000 });
    expect(await demo.end()).toBe(0);
    expect(demo.stdout).toContain('browser    equal: same version and digest');
    expect(demo.stdout).toContain('of them by hand: 1 cut, 1 change of delay');
    const summary = JSON.parse(demo.stdout.trimEnd().split('\n').at(-1) ?? '') as object;
    expect(summary).toMatchObject({ browser: true, byHand: { cut: 1, delay: 1 } });
    await page.getByText('the hub is gone').waitFor();
    // The network is gone: that browsers say so on their console is theirs.
    views[0]?.problems.splice(0);
  });
});

describe('the page of a hub', () => {
  const HOSTILE = [
    '<img src=x onerror="window.pwned=1">',
    '"><script>window.pwned=1</script>',
    '</script><script>window.pwned=1</script>',
    'javascript:window.pwned=1',
    "'; window.pwned=1; '",
    '\u202eright to left',
    '{{7*7}}${7*7}',
    '__proto__',
    '\u0000\u001b[31m',
  ];

  it('shows keys, values, patches and causes as they are, never as HTML', async () => {
    const hub = await hubWith(HOSTILE.map((text) => [text, { [text]: text, list: [text] }]));
    const { page } = await look(hub.pageUrl);
    const options = keys(page);
    await options.first().waitFor();
    expect(await options.count()).toBe(HOSTILE.length);
    for (const [index, text] of HOSTILE.entries()) {
      await options.nth(index).click();
      hub.stream('rows').set(text, { [text]: `${text} changed`, list: [text, text] });
      await page.locator('.steps li').first().waitFor();
      await page.locator('.value').getByText('changed').waitFor();
      const [cause, who] = [`cause ${text}`, text];
      hub.dashboard?.tell({ stream: 'rows', who, what: 'trouble', from: 0, to: 0, cause });
    }
    await page.getByText(`cause ${HOSTILE[0]}`).waitFor();
    expect(await page.locator('#page img, #page script, #page a[href^="java"]').count()).toBe(0);
    expect(await page.evaluate(() => 'pwned' in window)).toBe(false);
  });

  it('marks what the last patch changed, and says what was there before', async () => {
    const hub = await hubWith([['a', { name: 'one', price: 12, tags: ['x'] }]]);
    const { page } = await look(hub.pageUrl);
    await page.getByText('It has not changed since this page came.').waitFor();
    hub.stream('rows').set('a', { name: 'one', price: 13, tags: ['x', 'y'] });
    await page.locator('.touched').first().waitFor();
    expect(await page.locator('.touched').allTextContents()).toEqual(['"price": 13,', '"y"']);
    const steps = await page.locator('.steps li').allInnerTexts();
    expect(steps.map((step) => step.replaceAll(/\s+/g, ' ').trim())).toEqual([
      '~ changed: price 12 13',
      '+ added: tags[1] "y"',
    ]);
    await keys(page).first().click();
    hub.stream('rows').delete('a');
    await page.getByText('Deleted at version').waitFor();
  });

  it('says so, in words, when a digest is another', async () => {
    const row: PageRow = {
      ...{ kind: 'replica', name: '1', status: 'live', version: 7, lagVersions: 0 },
      ...{ provenVersion: 7, isEqual: false, digest: 'ab', resumes: 0, repairs: 0 },
      ...{ snapshots: 0, wireBytes: 0, isDelayed: false },
    };
    const demo: PageRow = {
      ...{ kind: 'demo', stream: 'none', phase: 'updates', elapsedMs: 1, forMs: 2 },
      ...{ lagP50Ms: null, lagP99Ms: null, faults: 'none', url: '', proof: '', isProven: false },
    };
    const hub = await hubWith([], () => [
      ['demo', demo],
      ['replica/1', row],
    ]);
    const { page } = await look(hub.pageUrl);
    await page.getByText('DIFFERENT at 7').waitFor();
    // Nothing was asked for that this hub would do: no buttons.
    expect(await page.getByRole('button', { name: 'cut 1' }).count()).toBe(0);
  });

  it('can be walked and used with the keyboard alone, and shows where one is', async () => {
    const entries = ['alpha', 'beta', 'gamma'].map((key) => [key, { key }] as const);
    const hub = await hubWith(entries);
    const { page } = await look(hub.pageUrl);
    await keys(page).first().waitFor();
    await page.getByRole('region', { name: 'table of sessions' }).waitFor();
    await page.getByRole('region', { name: 'list of repairs' }).waitFor();
    const stops: string[] = [];
    for (let i = 0; i < 20; i++) {
      await page.keyboard.press('Tab');
      const stop = await page.evaluate(() => {
        const element = document.activeElement;
        if (element === null || element === document.body) return '';
        const { outlineStyle } = getComputedStyle(element);
        const label = element.getAttribute('aria-label') ?? element.textContent;
        const name = label.slice(0, 30) || (element as HTMLInputElement).labels?.[0]?.textContent;
        return `${element.tagName} ${name ?? '?'} ${outlineStyle}`;
      });
      if (stop === '') break;
      stops.push(stop);
    }
    expect(stops).toEqual([
      'A Skip to the entries solid',
      ...['INPUT  and who joined solid', 'SECTION list of repairs solid'],
      ...['SECTION table of streams solid', 'BUTTON rows solid', 'SECTION table of sessions solid'],
      ...['SELECT rows solid', 'INPUT Find a key solid', 'DIV keys solid', 'SECTION value solid'],
    ]);
    await page.getByText('Skip to the entries').focus();
    await page.keyboard.press('Enter');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    const heading = page.locator('.entry h3');
    expect(await heading.textContent()).toBe('alpha');
    await page.keyboard.press('ArrowDown');
    await heading.filter({ hasText: 'beta' }).waitFor();
    await page.keyboard.press('End');
    await heading.filter({ hasText: 'gamma' }).waitFor();
    await page.keyboard.press('Shift+Tab');
    await page.keyboard.type('ALPH');
    await page.getByText('1 key', { exact: true }).waitFor();
  });

  it('has a place to skip to, with or without a stream', async () => {
    const hub = cleanup.add(await serve({ dashboard: true }));
    const { page } = await look(hub.pageUrl);
    await page.getByText('This hub has no streams yet.').waitFor();
    await page.getByText('Skip to the entries').focus();
    await page.keyboard.press('Enter');
    const place = (): Promise<string> => page.evaluate(() => document.activeElement?.id ?? '');
    expect(await place()).toBe('entries');
    await page.getByText('There is no stream whose entries could be shown.').waitFor();
    hub.stream('rows').set('a', 1);
    await keys(page).first().waitFor();
    await page.getByText('Skip to the entries').focus();
    await page.keyboard.press('Enter');
    expect(await place()).toBe('entries');
  });

  it('labels each second and each step of its charts once', async () => {
    const hub = await hubWith([['a', 1]]);
    const { page } = await look(hub.pageUrl, { script: recordLabels });
    const labelled = (): Promise<string[][]> =>
      page.evaluate(() => (globalThis as unknown as { drawings: string[][] }).drawings);
    const isTime = (label: string): boolean => /^\d\d:\d\d:\d\d$/.test(label);
    const deadlineMs = performance.now() + 20_000;
    while ((await labelled()).every((labels) => labels.filter(isTime).length < 3)) {
      if (performance.now() > deadlineMs) throw new Error('the charts have no labels');
      await page.waitForTimeout(100);
    }
    for (const labels of await labelled()) expect(new Set(labels).size).toBe(labels.length);
  });

  it('tells of repeats once, with a count, and of all sessions, with what ails them', async () => {
    const hub = await hubWith([['a', 1]]);
    for (let n = 0; n < 1500; n++) {
      const event = { stream: 'rows', who: `session ${n}`, what: 'error', from: 0, to: 0 } as const;
      hub.dashboard?.tell({ ...event, cause: `malformed: <b>${n}</b>` }, 'malformed');
    }
    const { page } = await look(hub.pageUrl);
    const line = page.getByRole('listitem').filter({ hasText: 'malformed: <b>1499</b>' });
    await line.filter({ hasText: /1,500 times since \d\d:\d\d:\d\d/ }).waitFor();
    await page.getByText('1 session: 0 not live, 0 behind').waitFor();
    expect(await page.getByRole('listitem').filter({ hasText: 'malformed' }).count()).toBe(1);
  });

  it.each([
    ['light', 1280],
    ['light', 390],
    ['dark', 1280],
    ['dark', 390],
  ] as const)('is legible and no wider than its window: %s, %i px', async (colorScheme, width) => {
    const hub = await hubWith([['k'.repeat(500), { text: 'x'.repeat(3000), 'a b': [1] }]]);
    const { page } = await look(hub.pageUrl, { colorScheme, width });
    await page.locator('.value').waitFor();
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(overflow).toBeLessThanOrEqual(width);
    const poor = await page.evaluate(() => {
      const canvas = document
        .createElement('canvas')
        .getContext('2d', { willReadFrequently: true });
      const light = (color: string): number[] => {
        if (canvas === null) return [0, 0];
        canvas.clearRect(0, 0, 1, 1);
        canvas.fillStyle = color;
        canvas.fillRect(0, 0, 1, 1);
        const [r = 0, g = 0, b = 0, a = 0] = canvas.getImageData(0, 0, 1, 1).data;
        const linear = [r, g, b].map((part) => {
          const c = part / 255;
          return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
        });
        const [x = 0, y = 0, z = 0] = linear;
        return [0.2126 * x + 0.7152 * y + 0.0722 * z, a];
      };
      const ground = (element: Element | null): number => {
        if (element === null) return 1;
        const [value = 1, alpha = 0] = light(getComputedStyle(element).backgroundColor);
        return alpha > 0 ? value : ground(element.parentElement);
      };
      const found: string[] = [];
      for (const element of document.querySelectorAll('#page *')) {
        const hasText = [...element.childNodes].some(
          (node) => node.nodeType === 3 && node.textContent?.trim() !== '',
        );
        if (!hasText) continue;
        const [front = 0] = light(getComputedStyle(element).color);
        const back = ground(element);
        const ratio = (Math.max(front, back) + 0.05) / (Math.min(front, back) + 0.05);
        if (ratio < 4.5) found.push(`${element.className} ${ratio.toFixed(1)}`);
      }
      return found;
    });
    expect(poor).toEqual([]);
  });

  it('says when the hub is gone, keeps what it knew, and comes back with it', async () => {
    const first = await serve({ dashboard: true });
    first.stream('rows').set('a', { n: 1 });
    const { page, problems } = await look(first.pageUrl);
    await page.getByRole('option', { name: 'a' }).waitFor();
    await first.close();
    await page.getByText('the hub is gone').waitFor();
    expect(await page.getByRole('option', { name: 'a' }).count()).toBe(1);
    const second = cleanup.add(await serve({ port: first.port, dashboard: true }));
    second.stream('rows').set('b', { n: 2 });
    await page.getByRole('option', { name: 'b' }).waitFor({ timeout: 40_000 });
    await page.locator('header').getByText('live').waitFor();
    problems.splice(0);
  });

  it('works under every name of this machine', async () => {
    const hub = await hubWith([['a', 1]]);
    for (const name of ['localhost', '127.0.0.1']) {
      const { page, origins } = await look(`http://${name}:${hub.port}/`);
      await keys(page).first().waitFor();
      expect([...origins]).toEqual([name]);
      origins.clear();
    }
    const six = cleanup.add(await serve({ host: '::1', dashboard: true }));
    six.stream('rows').set('a', 1);
    const { page, origins } = await look(six.pageUrl);
    await keys(page).first().waitFor();
    expect([...origins]).toEqual(['[::1]']);
    origins.clear();
  });

  it('follows a large stream only when it is told to', async () => {
    const big = 'y'.repeat(1_000_000);
    const entries = Array.from({ length: 17 }, (_, n) => [`big ${n}`, big] as const);
    const hub = await hubWith(entries);
    const { page } = await look(hub.pageUrl);
    await page.getByRole('button', { name: 'Follow it all the same' }).click();
    await page.getByText('17 keys').waitFor();
    expect(await keys(page).count()).toBe(17);
  });
});
