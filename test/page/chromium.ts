import { existsSync } from 'node:fs';
import { chromium } from 'playwright-core';
import type { Browser, BrowserContext, Page } from 'playwright-core';

const KNOWN_PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** So that it neither asks for anything nor needs what a small machine has not. */
const FLAGS = [
  ...['--no-sandbox', '--disable-background-networking', '--disable-gpu', '--no-first-run'],
  ...['--disable-sync', '--disable-component-update'],
];

/** Where the browser is. Throws where there is none: these tests cannot do without. */
export function chromiumFile(): string {
  const file = process.env['CHROMIUM'] ?? KNOWN_PLACES.find((place) => existsSync(place));
  if (file !== undefined && existsSync(file)) return file;
  throw new Error(
    'the tests of the page need Chromium: install it (apt-get install chromium), ' +
      'or name its file in the environment variable CHROMIUM',
  );
}

interface ViewOptions {
  readonly width?: number;
  readonly colorScheme?: 'light' | 'dark';
  /** Runs in the page before its own script. */
  readonly script?: () => void;
}

/** A page, and everything that went wrong in it or left it. */
export class View {
  readonly page: Page;
  readonly problems: string[] = [];
  /** Where requests and sockets went, scheme and host. */
  readonly origins = new Set<string>();
  private readonly context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.context = context;
    this.page = page;
    page.on('console', (message) => {
      if (!['error', 'warning'].includes(message.type())) return;
      this.problems.push(`console: ${message.text()}`);
    });
    page.on('pageerror', (error) => this.problems.push(`error: ${error.message}`));
    page.on('dialog', (dialog) => {
      this.problems.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('request', (request) => this.origins.add(new URL(request.url()).hostname));
    page.on('websocket', (socket) => this.origins.add(new URL(socket.url()).hostname));
  }

  static async open(browser: Browser, url: string, options: ViewOptions = {}): Promise<View> {
    const { width = 1280, colorScheme = 'light', script } = options;
    const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
    const view = new View(context, await context.newPage());
    if (script !== undefined) await view.page.addInitScript(script);
    await view.page.goto(url);
    return view;
  }

  close(): Promise<void> {
    return this.context.close();
  }
}

export function startChromium(): Promise<Browser> {
  return chromium.launch({ executablePath: chromiumFile(), args: FLAGS });
}
