/** Session messages as one readable line each, whatever kinds and fields there are. */
import {
  decodeConsumerMessage,
  decodeHubMessage,
  describeMessage,
} from '../../../src/protocol/index.ts';
import { decodePart } from '../../../src/protocol/part.ts';
import type { Passing } from '../../protocol/session-rig.ts';

type Fields = Readonly<Record<string, unknown>>;
type Way = Passing['way'];

/** The same in every message of a scenario, or of no meaning to a reader. */
const LEFT_OUT = new Set([
  'kind',
  'nonce',
  'digest',
  'check',
  'protocol',
  'token',
  'frameBytesMax',
  'heartbeatMs',
  'windowBytes',
  'reason',
  'retryAfterMs',
]);

/** What a field says where nothing is out of the ordinary. */
const ORDINARY: Readonly<Record<string, unknown>> = { trust: 'position' };

/** What flows all the time, and tells nothing where all is well. */
const ROUTINE = new Set(['head', 'ack', 'wait']);

/** A message's kind, or that it has none. */
export function kindOf(bytes: Uint8Array, way: Way): string {
  try {
    return way === 'down' ? decodeHubMessage(bytes).kind : decodeConsumerMessage(bytes).kind;
  } catch {
    return 'malformed';
  }
}

export function isRoutine(bytes: Uint8Array, way: Way): boolean {
  return ROUTINE.has(kindOf(bytes, way));
}

/** `9@1000`: version and term. */
export function positionText(version: number, epoch: string): string {
  return `${version}@${epoch.slice(0, epoch.indexOf('.'))}`;
}

/** `5->9 2 changes name=value`: the fields of a message or output that say something. */
export function fieldsText(fields: Fields): string {
  const { from, to, ...rest } = fields;
  const way = typeof from === 'number' && typeof to === 'number' ? `${from}->${to}` : undefined;
  const ends = way === undefined ? [fieldText('from', from), fieldText('to', to)] : [way];
  const texts = Object.entries(rest).map(([name, value]) => fieldText(name, value));
  return [...ends, ...texts].filter((text) => text !== '').join(' ');
}

function fieldText(name: string, value: unknown): string {
  if (LEFT_OUT.has(name) || value === undefined || value === false) return '';
  if (ORDINARY[name] === value) return '';
  if (value === true) return name;
  if (typeof value === 'string') return `${name}=${value}`;
  if (typeof value !== 'object' || value === null) return `${name}=${JSON.stringify(value)}`;
  if (Array.isArray(value)) return countText(value.length, name);
  if (ArrayBuffer.isView(value)) return `${name}=${countText(value.byteLength, 'bytes')}`;
  const { version, epoch } = value as Fields;
  if (typeof version === 'number' && typeof epoch === 'string') {
    return `${name}=${positionText(version, epoch)}`;
  }
  return `${name}(${fieldsText(value as Fields)})`;
}

export function countText(count: number, plural: string): string {
  const word = count === 1 ? plural.replace(/ies$/, 'y').replace(/s$/, '') : plural;
  return `${count} ${word}`;
}

function described(kind: string, bytes: Uint8Array): string | undefined {
  try {
    return `${kind} ${fieldsText(describeMessage(bytes))}`.trimEnd();
  } catch {
    return undefined;
  }
}

/** What a part brings; nothing where it is damaged. */
function pieceOf(part: Uint8Array): Uint8Array {
  try {
    return decodePart(part.subarray(1)).bytes;
  } catch {
    return new Uint8Array(0);
  }
}

/** Tells messages of one stage of their way; it remembers the parts of a frame. */
export class MessageTeller {
  private readonly parts = new Map<string, Uint8Array[]>();

  /** `1 <- frame 5->9 2 changes 61 bytes`. */
  tell({ way, consumer, bytes }: Omit<Passing, 'index'>): string {
    const kind = kindOf(bytes, way);
    const arrow = way === 'down' ? '<-' : '->';
    const what = `${consumer} ${arrow} ${this.describe(`${consumer} ${way}`, kind, bytes)}`;
    return `${what} ${countText(bytes.length, 'bytes')}`;
  }

  private describe(line: string, kind: string, bytes: Uint8Array): string {
    const parts = this.parts.get(line) ?? [];
    if (kind === 'part') {
      this.parts.set(line, [...parts, pieceOf(bytes)]);
      return kind;
    }
    this.parts.delete(line);
    const alone = described(kind, bytes);
    if (alone !== undefined || parts.length === 0) return alone ?? kind;
    const whole = [...bytes.subarray(0, 1), ...parts.flatMap((part) => [...part])];
    const joined = described(kind, Uint8Array.of(...whole, ...bytes.subarray(1)));
    return `${joined ?? kind}, the last of ${parts.length + 1} parts,`;
  }
}
