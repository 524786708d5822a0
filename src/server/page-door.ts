import { randomBytes, timingSafeEqual } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP } from 'node:net';
import { DiffStreamError } from '../core/errors.ts';
import { OldestFirst } from '../transport/oldest-first.ts';
import { OriginRule } from './origin-rule.ts';

/** The page as one file, two folders above this one in a checkout, the package and the bundle. */
const PAGE_FILE = new URL('../../dist/page/index.html', import.meta.url);

/** What the page may send at one time, in bytes; its reports have some 300. */
const REQUEST_BYTES_MAX = 4096;

/** Milliseconds in which a browser has to have taken the page. */
const PAGE_TIMEOUT_MS = 15_000;

/**
 * Pages on their way to browsers at one time, of 0.5 MB each; one more ends the oldest. A browser
 * takes a page in some milliseconds, so that only those wait who do not read.
 */
const PAGES_MAX = 32;

export interface PageDoorOptions {
  /** Names by which the page may be asked for, besides addresses and localhost. */
  readonly hosts: readonly string[];
  /** Of pages of others that may read what this page reads. */
  readonly origins: readonly string[];
  /** Does what the page asks for, and says what came of it, now or later; throws `bad-argument`. */
  readonly act: ((request: unknown) => unknown) | undefined;
}

/**
 * The HTTP side of the live page: the page itself, and what it may ask for. Another site in the
 * same browser can do neither: names that are not this machine's are refused, so that a foreign
 * name that resolves to it is of no use, and a request needs the secret that the page was given.
 */
export class PageDoor {
  private readonly options: PageDoorOptions;
  private readonly others: OriginRule;
  private readonly secret = randomBytes(24).toString('base64url');
  private page: Promise<string> | undefined;
  private readonly sending = new OldestFirst<ServerResponse>(PAGES_MAX);

  constructor(options: PageDoorOptions) {
    this.options = options;
    this.others = new OriginRule(options.origins);
  }

  /** Whether a request was for the page, and is answered. */
  answer(request: IncomingMessage, response: ServerResponse): boolean {
    const path = (request.url ?? '/').replace(/[?#].*$/s, '');
    const isPage = path === '/' && (request.method === 'GET' || request.method === 'HEAD');
    const isAct = path === '/act' && this.options.act !== undefined;
    if (!isPage && !isAct) return false;
    const host = request.headers.host ?? '';
    if (!this.isOwnName(host)) refuseName(response);
    else if (isPage) void this.sendPage(response, host, request.method === 'HEAD');
    else void this.take(request, response);
    return true;
  }

  /** Whether who asks may read what the page reads: itself, programs, and pages that are named. */
  admits(request: IncomingMessage): boolean {
    return this.isPage(request) || this.others.admits(request);
  }

  /** Whether it is the page itself that asks. */
  isPage({ headers: { host = '', origin = '' } }: IncomingMessage): boolean {
    return this.isOwnName(host) && hostOf(origin) === host;
  }

  private isOwnName(host: string): boolean {
    // Only what a URL can hold: the name becomes a part of the page's policy.
    const match = /^(\[[\da-f:.]+\]|[\w.-]+)(?::\d{1,5})?$/i.exec(host);
    const name = (match?.[1] ?? '').toLowerCase().replaceAll(/^\[|\]$/g, '');
    if (name === '') return false;
    const isLocal = name === 'localhost' || name.endsWith('.localhost');
    return isLocal || isIP(name) !== 0 || this.options.hosts.includes(name);
  }

  private async sendPage(response: ServerResponse, host: string, headOnly: boolean): Promise<void> {
    try {
      this.page ??= readFile(PAGE_FILE, 'utf8');
      const nonce = randomBytes(16).toString('base64url');
      const secret = this.options.act === undefined ? '' : this.secret;
      const page = (await this.page).replaceAll('%NONCE%', nonce).replace('%SECRET%', secret);
      // One page for each connection, read within a bounded time: many that are never read would
      // fill the memory.
      response.setTimeout(PAGE_TIMEOUT_MS, () => response.destroy());
      this.sending.add(response);
      response.writeHead(200, { ...this.headers(host, nonce), connection: 'close' });
      response.end(headOnly ? undefined : page);
    } catch {
      this.page = undefined;
      const text = 'The page has not been built: run `npm run build`.\n';
      response.writeHead(500, plainHeaders).end(text);
    }
  }

  private headers(host: string, nonce: string): Record<string, string> {
    // A demo has its own ports for replicas that can be hurt. Addresses in brackets have no place
    // in a policy: there the browser's own idea of what 'self' means has to do.
    const named = host.startsWith('[') ? '' : ` ws://${host} wss://${host}`;
    const others = this.options.act === undefined ? '' : ' ws://127.0.0.1:*';
    const policy = [
      "default-src 'none'",
      `script-src 'nonce-${nonce}'`,
      `style-src 'nonce-${nonce}'`,
      `connect-src 'self'${named}${others}`,
      'img-src data:',
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
    ];
    return {
      ...plainHeaders,
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': policy.join('; '),
      'cross-origin-opener-policy': 'same-origin',
      'permissions-policy': 'camera=(), geolocation=(), microphone=()',
    };
  }

  private async take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const say = (status: number, answer: object): void => {
      const text = `${JSON.stringify(answer)}\n`;
      response.writeHead(status, { ...plainHeaders, 'content-type': 'application/json' });
      response.end(text);
    };
    if (request.method !== 'POST') return say(405, { error: 'this takes a POST' });
    if (!this.admits(request) || !this.isSecret(request.headers['x-diffstream-secret'])) {
      return say(403, { error: 'only the page of this hub may ask; reload it' });
    }
    try {
      const body = await bodyOf(request);
      if (body === undefined) {
        return say(413, { error: `more than ${REQUEST_BYTES_MAX} bytes` });
      }
      return say(200, { done: (await this.options.act?.(JSON.parse(body))) ?? null });
    } catch (error) {
      const isKnown = error instanceof DiffStreamError || error instanceof SyntaxError;
      return say(isKnown ? 400 : 500, { error: isKnown ? error.message : 'it failed' });
    }
  }

  private isSecret(given: string | string[] | undefined): boolean {
    const [own, other] = [Buffer.from(this.secret), Buffer.from(String(given))];
    return own.length === other.length && timingSafeEqual(own, other);
  }
}

const plainHeaders: Record<string, string> = {
  'content-type': 'text/plain; charset=utf-8',
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-resource-policy': 'same-origin',
};

function refuseName(response: ServerResponse): void {
  response.writeHead(403, plainHeaders);
  response.end(
    'This hub does not know itself by that name. Ask for its address, or name it:\n' +
      "serve({ dashboard: { hosts: ['name'] } }), diffstream serve --page --host name\n",
  );
}

/** `host:port` of an origin; '' for what is none. */
function hostOf(origin: string): string {
  return URL.canParse(origin) ? new URL(origin).host : '';
}

/** Undefined where there is too much of it. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of request) {
    bytes += (chunk as Buffer).length;
    if (bytes > REQUEST_BYTES_MAX) return undefined;
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks).toString('utf8');
}
