import { isUtf8 } from 'node:buffer';
import type { Readable } from 'node:stream';

import type { Item } from '../analysis/item.ts';
import { causeText } from '../core/cause-text.ts';
import { DiffStreamError } from '../core/errors.ts';
import { printable, shortened } from './printable.ts';

/** What is wrong with a part of an input; the rest goes on. */
export type OnRefused = (error: DiffStreamError, kind: string) => void;

export interface InputOptions {
  readonly stdin: Readable;
  /** Longest line, element or document, in bytes. */
  readonly bytesMax: number;
  readonly onRefused: OnRefused;
  /** Called where the input has come to its own end. */
  readonly onEnd?: () => void;
  /** Ends the input where it is: the next piece may never come. */
  readonly signal: AbortSignal;
}

export function badInput(message: string, cause?: unknown): DiffStreamError {
  return new DiffStreamError('bad-input', message, { cause });
}

export function tooLong(place: string, length: number, bytesMax: number): DiffStreamError {
  const what = `${length} bytes are more than the limit of ${bytesMax} bytes`;
  return badInput(`${place}: ${what}; raise it with --line-bytes`);
}

export function textOf(bytes: Buffer, place: string, onRefused: OnRefused): string | undefined {
  if (isUtf8(bytes)) return bytes.toString('utf8').replace(/^\ufeff/, '');
  onRefused(badInput(`${place}: not UTF-8`), 'not UTF-8');
  return undefined;
}

/** Levels of a value: far more than DiffStream takes. What can be parsed may not be writable. */
const LEVELS_MAX = 1000;

function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((part) => isDeeper(part, levels - 1));
}

/** The value of a JSON text, with its place; what is none is told. */
export function parsed(text: string, place: string, onRefused: OnRefused): Item | undefined {
  try {
    const value: unknown = JSON.parse(text);
    if (text.length <= 2 * LEVELS_MAX || !isDeeper(value, LEVELS_MAX)) {
      return { place, value, characters: text.length };
    }
    onRefused(badInput(`${place}: nested deeper than ${LEVELS_MAX} levels`), 'nested too deep');
    return undefined;
  } catch (cause) {
    const why = causeText(cause);
    const shown = printable(shortened(why, 120));
    onRefused(badInput(`${place}: not JSON: ${shown}`, cause), 'not JSON');
    return undefined;
  }
}
