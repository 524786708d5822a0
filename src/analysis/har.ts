import { isOutgoing } from './form.ts';
import type { Item } from './item.ts';
import { asKey, memberAt } from './item.ts';
import { timeOf } from './time-finder.ts';

/** What a recording of a browser's network traffic holds. */
export interface HarContent {
  /** Bodies of answers that are JSON, each the next state of its method and address. */
  readonly responses: readonly Item[];
  /** Messages from WebSockets that are JSON. */
  readonly messages: readonly Item[];
  /** Answers without a body that is JSON. */
  readonly others: number;
}

/** Parameters that only keep caches away. */
const NOISE = /^(?:_|_t|t|ts|time|timestamp|cb|cachebust(?:er)?|nocache|nonce|rand|random|r)$/i;
const LONG_NUMBER = /^\d{10,}$/;

export function isHar(value: unknown): boolean {
  return Array.isArray(memberAt(value, 'log.entries'));
}

/** The address of an entry: without a fragment, and without parameters that are new each time. */
function addressOf(url: string): string {
  const hash = url.indexOf('#');
  const [path = '', query = ''] = (hash < 0 ? url : url.slice(0, hash)).split('?', 2);
  const kept = query.split('&').filter((parameter) => {
    const [name = '', value = ''] = parameter.split('=', 2);
    return name !== '' && !NOISE.test(name) && !LONG_NUMBER.test(value);
  });
  return kept.length === 0 ? path : `${path}?${kept.sort().join('&')}`;
}

function parsedBody(content: unknown): unknown {
  const text = memberAt(content, 'text');
  if (typeof text !== 'string' || text === '') return undefined;
  const isPacked = memberAt(content, 'encoding') === 'base64';
  return parsed(isPacked ? Buffer.from(text, 'base64').toString() : text);
}

/** Objects and arrays only. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return undefined;
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

/** Everything in a HAR that is JSON, in the order of time. */
export function readHar(har: unknown): HarContent {
  const entries = memberAt(har, 'log.entries');
  const responses: Item[] = [];
  const messages: Item[] = [];
  let others = 0;
  for (const [i, entry] of (Array.isArray(entries) ? entries : []).entries()) {
    const place = `entry ${i + 1}`;
    const sent = webSocketMessages(entry, place);
    for (const message of sent) messages.push(message);
    const body = parsedBody(memberAt(entry, 'response.content'));
    const url = memberAt(entry, 'request.url');
    if (body === undefined || typeof url !== 'string') {
      if (sent.length === 0) others++;
      continue;
    }
    const method = asKey(memberAt(entry, 'request.method')) ?? 'GET';
    const key = `${method} ${addressOf(url)}`.slice(0, 300).toWellFormed();
    const t = timeOf(memberAt(entry, 'startedDateTime'));
    responses.push({ place, value: body, key, t });
  }
  return { responses: byTime(responses), messages: byTime(messages), others };
}

function webSocketMessages(entry: unknown, place: string): Item[] {
  const list = memberAt(entry, '_webSocketMessages');
  if (!Array.isArray(list)) return [];
  const items: Item[] = [];
  for (const [i, message] of list.entries()) {
    const data = memberAt(message, 'data');
    if (isOutgoing(message) || typeof data !== 'string') continue;
    const value = parsed(data);
    const t = timeOf(memberAt(message, 'time'));
    if (value !== undefined) items.push({ place: `${place}, message ${i + 1}`, value, t });
  }
  return items;
}

function byTime(items: readonly Item[]): Item[] {
  return [...items].sort((a, b) => (a.t ?? 0) - (b.t ?? 0));
}
