// What the live page costs its reader: npm run page:cpu -- [seconds]
// A hub with 20 replicas and 500 updates a second, looked at in this machine's Chromium (CHROMIUM
// names another file). Prints the share of one core that the page's thread is busy, and what all
// processes of the browser take together; ends with 1 where the page's share is a quarter or more.
// @ts-check
import { existsSync } from 'node:fs';
import { connect } from 'diffstream/client';
import { serve } from 'diffstream/server';
import { createAuctions } from 'diffstream/testing';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';

const SHARE_MAX = 0.25;
const REPLICAS = 20;
const PER_SECOND = 500;
/** Seconds for replicas to join and for the browser to have compiled what is hot. */
const WARM_UP = 10;

const USAGE = `usage: npm run page:cpu -- [seconds]

  seconds         how long the page is looked at (default 20)
  CHROMIUM        in the environment: the browser's file (default /usr/bin/chromium)`;

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const call = { usage: USAGE, allowPositionals: true };
const seconds = readCall(call, (_values, [given = '20', extra]) => {
  if (extra !== undefined) throw new WrongCall(`unexpected argument '${extra}'`);
  const wanted = option.positive.read(given, 'seconds');
  if (!existsSync(executablePath)) {
    throw new WrongCall(`there is no browser at '${executablePath}': CHROMIUM names another`);
  }
  return wanted;
});

const pause = (/** @type {number} */ ms) => new Promise((resolve) => setTimeout(resolve, ms));

const hub = await serve({ dashboard: true });
const stream = hub.stream('auctions');
const auctions = createAuctions({ seed: 'page', count: 1000 });
stream.batch((tx) => {
  for (const auction of auctions.initial()) tx.set(auction.key, auction);
});
const replicas = Array.from({ length: REPLICAS }, (_, index) =>
  // Compact, so that these leave the machine to the page.
  connect(`${hub.url}/auctions?name=replica-${index + 1}`, { codec: 'compact' }),
);
await Promise.all(replicas.map(({ ready }) => ready));
const beganMs = performance.now();
let updates = 0;
const updating = setInterval(() => {
  // As many turns as the machine gives; what is late is caught up with.
  const due = ((performance.now() - beganMs) * PER_SECOND) / 1000;
  for (; updates < due; updates++) {
    const auction = auctions.next(Date.now());
    stream.set(auction.key, auction);
  }
}, 1000 / PER_SECOND);

const { chromium } = await import('playwright-core');
const browser = await chromium.launch({
  executablePath,
  args: ['--no-sandbox', '--disable-background-networking', '--disable-gpu', '--no-first-run'],
});
const page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
await page.goto(hub.pageUrl ?? '');
await pause(WARM_UP * 1000);

const inPage = await page.context().newCDPSession(page);
const inBrowser = await browser.newBrowserCDPSession();
await inPage.send('Performance.enable', { timeDomain: 'threadTicks' });

async function sample() {
  const { metrics } = await inPage.send('Performance.getMetrics');
  const of = (/** @type {string} */ name) => metrics.find((one) => one.name === name)?.value ?? 0;
  const { processInfo } = await inBrowser.send('SystemInfo.getProcessInfo');
  const cpu = (/** @type {string} */ type) =>
    processInfo.filter((one) => one.type === type).reduce((sum, one) => sum + one.cpuTime, 0);
  return {
    atMs: performance.now(),
    updates,
    task: of('TaskDuration'),
    script: of('ScriptDuration'),
    layout: of('LayoutDuration') + of('RecalcStyleDuration'),
    heap: of('JSHeapUsedSize'),
    renderer: cpu('renderer'),
    all: processInfo.reduce((sum, one) => sum + one.cpuTime, 0),
  };
}

const before = await sample();
await pause(seconds * 1000);
const after = await sample();
const tiles = await page.locator('.tile').allInnerTexts();
await browser.close();
clearInterval(updating);
await Promise.all(replicas.map((replica) => replica.close()));
await hub.close();

const span = (after.atMs - before.atMs) / 1000;
const share = (/** @type {'task'|'script'|'layout'|'renderer'|'all'} */ name) =>
  (after[name] - before[name]) / span;
const percent = (/** @type {number} */ part) => `${(100 * part).toFixed(1)} %`;
const pace = ((after.updates - before.updates) / span).toFixed(0);
console.log(`${REPLICAS} replicas, ${pace} updates/s, ${span.toFixed(1)} s, of one core:`);
console.log(`  the page's thread    ${percent(share('task'))}`);
console.log(`    of it script       ${percent(share('script'))}`);
console.log(`    style and layout   ${percent(share('layout'))}`);
console.log(
  `  its whole process    ${percent(share('renderer'))} (goal: below ${percent(SHARE_MAX)})`,
);
console.log(`  the whole browser    ${percent(share('all'))}`);
console.log(`  heap of the page     ${(after.heap / 1e6).toFixed(1)} MB`);
console.log(`  it showed            ${tiles.map((tile) => tile.replaceAll('\n', ' ')).join('; ')}`);
process.exit(share('renderer') < SHARE_MAX ? 0 : 1);
