import { BaseText } from './base-text.ts';
import { DiffStreamError, malformed } from './errors.ts';
import type { Limits } from './limits.ts';
import { limitExceeded } from './limits.ts';
import type { Op, QuotedOp } from './op.ts';
import { readQuotes } from './quote-reader.ts';
import type { NewPart, NewSource } from './new-parts.ts';
import { readSkeleton } from './patch-reader.ts';
import type { Value } from './value.ts';
import { isArray } from './value.ts';
import type { ValueReader } from './value-reader.ts';

/**
 * The op that a patch comes to beside its base: itself, but for one that quotes. `patch-conflict`
 * where what it quotes makes no JSON, which mostly means that it was made for another base.
 * Cost of quotes: what they are made of; of a small base its JSON text.
 */
export function plainOp(base: Value, op: Op): Op {
  if (op.kind !== 'quoted') return op;
  try {
    const texts = quotedTexts(base, op);
    return readSkeleton(op, (reader) => new Quoted(texts, reader));
  } catch (error) {
    if (!(error instanceof DiffStreamError) || error.code !== 'malformed') throw error;
    const what = `the patch does not fit its base: ${error.message}`;
    throw new DiffStreamError('patch-conflict', what, { cause: error });
  }
}

function quotedTexts(base: Value, op: QuotedOp): readonly string[] {
  const { budget } = op;
  const texts = readQuotes(
    BaseText.of(base),
    op.quotes,
    op.count,
    op.unitsPaid ?? budget.unitsLeft,
  );
  if (op.unitsPaid === undefined) {
    // Each text has its end behind it.
    op.unitsPaid = texts.reduce((units, { length }) => units + length + 1, 0);
    budget.unitsLeft -= op.unitsPaid;
  }
  return texts;
}

/** New parts from the texts of quotes, one after the other. */
class Quoted implements NewSource {
  private readonly texts: readonly string[];
  /** Counts them as it would those that stand in their places. */
  private readonly reader: ValueReader;
  private readonly limits: Limits;
  private at = 0;

  constructor(texts: readonly string[], reader: ValueReader) {
    this.texts = texts;
    this.reader = reader;
    this.limits = reader.limits;
  }

  value(depth: number): Value {
    return this.parsed('', '', depth, 0);
  }

  insert(): string {
    return this.parsed('"', '"', 0, 0) as string;
  }

  add(kind: 'object' | 'array', depth: number): readonly NewPart[] {
    // The brackets around the parts are those of the container that they come into.
    if (kind === 'array') {
      const elements = this.parsed('[', ']', depth - 1, 1);
      if (!isArray(elements) || elements.length === 0) throw malformed('an add of nothing');
      return elements.map((value) => ({ name: '', value }));
    }
    const members = Object.entries(this.parsed('{', '}', depth - 1, 1) as Record<string, Value>);
    if (members.length === 0) throw malformed('an add of nothing');
    return members.map(([name, value]) => ({ name, value }));
  }

  /** `counted`: parts of it that the edit has counted already. */
  private parsed(open: string, close: string, depth: number, counted: 0 | 1): Value {
    const text = `${open}${this.texts[this.at++] ?? ''}${close}`;
    let value: unknown;
    try {
      value = JSON.parse(text);
    } catch {
      throw malformed('a quote that is no JSON');
    }
    this.check(value, depth, counted);
    // Whatever else JSON allows, a value has one text: no spaces, no name twice, no -0 or 1e999.
    if (JSON.stringify(value) !== text) throw malformed('a quote in another form than its own');
    return value as Value;
  }

  private check(value: unknown, depth: number, counted: 0 | 1): void {
    if (typeof value === 'string') return this.checkText(value);
    if (typeof value !== 'object' || value === null) return;
    const { depthMax } = this.limits;
    if (depth >= depthMax) throw limitExceeded('depthMax', depthMax, 'the nesting');
    if (Array.isArray(value)) {
      this.reader.count(value.length - counted);
      for (const element of value) this.check(element, depth + 1, 0);
    } else {
      const names = Object.keys(value);
      this.reader.count(names.length - counted);
      for (const name of names) {
        this.checkText(name);
        this.check((value as Record<string, unknown>)[name], depth + 1, 0);
      }
    }
    Object.freeze(value);
  }

  private checkText(text: string): void {
    const { stringBytesMax } = this.limits;
    if (text.length > stringBytesMax) {
      throw limitExceeded('stringBytesMax', stringBytesMax, `a string of ${text.length} units`);
    }
    if (!text.isWellFormed()) throw malformed('a quote with half a character');
  }
}
