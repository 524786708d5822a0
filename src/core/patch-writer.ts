import { applyOp } from './apply.ts';
import { BaseText } from './base-text.ts';
import { zigzag } from './decimal.ts';
import { ByteWriter, varintLength } from './bytes.ts';
import { isWorthQuoting, NewTexts, quotingUnits } from './new-texts.ts';
import type { AddEdit, ArrayOp, Edit, ObjectOp, Op } from './op.ts';
import { leastBytesAfter } from './least-bytes.ts';
import type { NewParts } from './new-parts.ts';
import { carryLengths } from './part-lengths.ts';
import { CODE, EMPTY, LAST, QUOTED } from './patch-layout.ts';
import { BASE_UNITS_MAX } from './quote-coder.ts';
import { QuoteWindow, WEIGHT_IN_WINDOWS } from './quote-window.ts';
import { writeQuotes } from './quote-writer.ts';
import type { Container, Value } from './value.ts';
import { ValueWriter } from './value-writer.ts';

/** Above these lengths, in bytes, a patch is held against the value it makes. */
const ROOT_TRIAL = 8;
const INNER_TRIAL = 64;
/** A shorter patch is not worth a look for quotes. */
const QUOTED_MIN = 64;

/** In place, where they are new. */
class InPlace implements NewParts {
  private readonly writer: ValueWriter;

  constructor(writer: ValueWriter) {
    this.writer = writer;
  }

  value(value: Value): void {
    this.writer.value(value);
  }

  insert(text: string): void {
    this.writer.out.text(text);
  }

  addsAtOnce(): number {
    return 1;
  }

  add(kind: 'object' | 'array', edits: readonly AddEdit[]): void {
    for (const { name, value } of edits) {
      if (kind === 'object') this.writer.name(name);
      this.writer.value(value);
    }
  }
}

/** Writes an op as a whole patch; undefined for one that changes nothing. */
export function writePatch(writer: ValueWriter, op: Op | undefined): void {
  if (op === undefined) return writer.out.byte(EMPTY);
  if (op.kind === 'quoted') return writeQuoted(writer, op.quotes, op.skeleton);
  const mark = writer.mark();
  new OpWriter(writer, new InPlace(writer), true).op(op, ROOT_TRIAL);
  const quoted = quoteNew(writer, op, writer.out.length - mark.length);
  if (quoted === undefined) return;
  const { quotes, skeleton } = quoted;
  const bytes = 1 + varintLength(quotes.length) + quotes.length + skeleton.length;
  if (bytes >= writer.out.length - mark.length) return;
  writer.rewind(mark);
  writeQuoted(writer, quotes, skeleton);
}

function writeQuoted({ out }: ValueWriter, quotes: Uint8Array, skeleton: Uint8Array): void {
  out.byte(QUOTED);
  out.varint(quotes.length);
  out.bytes(quotes);
  out.bytes(skeleton);
}

/** The op with its new parts as quotes, where trying is worth the time. */
function quoteNew(
  writer: ValueWriter,
  op: Op,
  plainBytes: number,
): { quotes: Uint8Array; skeleton: Uint8Array } | undefined {
  if ((op.kind !== 'object' && op.kind !== 'array') || op.base === undefined) return undefined;
  if (plainBytes < QUOTED_MIN || !isWorthQuoting(op.base, op, writer.quotable)) return undefined;
  const base = BaseText.of(op.base, WEIGHT_IN_WINDOWS);
  const quoted = base.length > BASE_UNITS_MAX ? undefined : quotedFrom(base, writer, op);
  if (op.next !== undefined) carryLengths(op.base, op.next, op);
  return quoted;
}

function quotedFrom(
  base: BaseText,
  writer: ValueWriter,
  op: ObjectOp | ArrayOp,
): { quotes: Uint8Array; skeleton: Uint8Array } | undefined {
  const texts = new NewTexts();
  const out = new ByteWriter(64);
  new OpWriter(new ValueWriter(out), texts, false).op(op, ROOT_TRIAL);
  const window = QuoteWindow.of(base, op, texts.units);
  const quotes = writeQuotes(base, texts.texts, window);
  writer.spendOnQuotes(texts.units + quotingUnits(window.text));
  return quotes === undefined ? undefined : { quotes, skeleton: out.end() };
}

class OpWriter {
  private readonly writer: ValueWriter;
  private readonly fresh: NewParts;
  /** Whether a whole value may take an op's place where it is shorter. */
  private readonly trying: boolean;

  constructor(writer: ValueWriter, fresh: NewParts, trying: boolean) {
    this.writer = writer;
    this.fresh = fresh;
    this.trying = trying;
  }

  op(op: Op, trial: number): void {
    const at = this.writer.out.length;
    this.writer.out.byte(codeOf(op));
    this.body(op, at, trial);
  }

  /** Writes what follows the token at `tokenAt`; its code turns to `set` where that is shorter. */
  private body(op: Op, tokenAt: number, trial: number): void {
    const { writer } = this;
    const { out } = writer;
    switch (op.kind) {
      case 'set':
        return this.fresh.value(op.value);
      case 'number': {
        const explicit = op.scale !== undefined;
        out.varint(zigzag(op.delta) * 2 + (explicit ? 1 : 0));
        if (explicit) out.byte(op.scale);
        return;
      }
      case 'text':
        out.varint(op.splices.length);
        for (const { keep, drop, insert } of op.splices) {
          out.varint(keep);
          out.varint(drop);
          this.fresh.insert(insert);
        }
        return;
      case 'quoted':
        return;
      default: {
        const mark = writer.mark();
        this.edits(op);
        const bytes = out.length - mark.length;
        if (!this.trying || bytes <= trial) return;
        const next = shorterOutcome(op, bytes);
        if (next === undefined) return;
        const token = out.at(tokenAt);
        writer.rewind(mark);
        out.overwrite(tokenAt, (token & ~7) | CODE.set);
        writer.value(next);
      }
    }
  }

  private edits({ kind, edits }: ObjectOp | ArrayOp): void {
    const { out } = this.writer;
    for (let i = 0; i < edits.length;) {
      const edit = edits[i] as Edit;
      const tokenAt = out.length;
      const code = edit.kind === 'change' ? codeOf(edit.op) : CODE[edit.kind];
      const taken = this.fresh.addsAtOnce(edits, i);
      i += taken;
      out.varint(edit.keep * 16 + (i === edits.length ? LAST : 0) + code);
      switch (edit.kind) {
        case 'change':
          this.body(edit.op, tokenAt, INNER_TRIAL);
          break;
        case 'drop':
          out.varint(edit.count - 1);
          break;
        case 'add':
          this.fresh.add(kind, edits.slice(i - taken, i) as AddEdit[]);
          break;
        case 'take':
          out.varint(edit.from * 2 + (edit.op === undefined ? 0 : 1));
          if (edit.op !== undefined) this.op(edit.op, INNER_TRIAL);
      }
    }
  }
}

function codeOf({ kind }: Op): number {
  return kind === 'quoted' ? CODE.set : CODE[kind];
}

/**
 * The whole value that an op makes, where its maker knows enough to tell it, and where it takes
 * fewer than `bytes` bytes. Cost: `bytes`, and the op where nobody made its outcome before.
 */
function shorterOutcome(op: ObjectOp | ArrayOp, bytes: number): Container | undefined {
  const { base } = op;
  if (base !== undefined && leastBytesAfter(base, op, bytes) >= bytes) return undefined;
  const next = op.next ?? (base && (applyOp(base, op) as Container));
  if (next === undefined) return undefined;
  const isShorter = new ValueWriter(new ByteWriter(bytes + 64)).tryValue(next, bytes);
  return isShorter ? next : undefined;
}
