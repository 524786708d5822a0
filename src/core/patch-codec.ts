import { unzigzag, zigzag } from './decimal.ts';
import { ByteReader, ByteWriter, varintLength } from './bytes.ts';
import { ValueReader, ValueWriter } from './codec.ts';
import { malformed } from './errors.ts';
import { isWorthQuoting, NewTexts, quotingUnits } from './new-texts.ts';
import type { AddEdit, ArrayOp, Edit, ObjectOp, Op, QuotedOp, Splice } from './op.ts';
import type { NewPart, NewParts, NewSource } from './new-parts.ts';
import { writeQuotes } from './quote.ts';
import type { Value } from './value.ts';
import { isArray } from './value.ts';

/**
 * The bytes of a patch. At the root one byte names the op (5: no change at all), then comes
 * its body. An object's or array's body is a list of edits, each a token
 *
 *   varint( keep * 16 + last * 8 + code )        last: no edit follows
 *
 *   code 0 set     a value                       4 text   count, then (keep, drop, insert)
 *        1 object  edits of the member           5 drop   count - 1
 *        2 array   edits of the element          6 add    (objects: name,) value
 *        3 number  zigzag(delta) * 2 + e         7 take   from * 2 + o, then with o = 1
 *                  with e = 1: decimals                   an op's code and body
 *
 * Root code 6 is a patch that quotes its base: varint length of the quotes in bytes, the quotes,
 * and then the op as above, but without what is new: no values, names or inserted texts. One
 * `add` brings all new parts that stand side by side. See quote.ts and new-texts.ts.
 */
const CODE = { set: 0, object: 1, array: 2, number: 3, text: 4, drop: 5, add: 6, take: 7 } as const;
const EMPTY = 5;
const QUOTED = 6;
const LAST = 8;

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
  const texts = new NewTexts();
  const out = new ByteWriter(64);
  new OpWriter(new ValueWriter(out), texts, false).op(op, ROOT_TRIAL);
  const base = JSON.stringify(op.base);
  const quotes = writeQuotes(base, texts.texts);
  writer.spendOnQuotes(texts.units + quotingUnits(base));
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
        if (!this.trying || bytes <= trial || op.next === undefined) return;
        if (!isShorter(op.next, bytes)) return;
        const token = out.at(tokenAt);
        writer.rewind(mark);
        out.overwrite(tokenAt, (token & ~7) | CODE.set);
        writer.value(op.next);
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

/** Whether a value takes fewer than `bytes` bytes. Cost: `bytes`. */
function isShorter(value: Value, bytes: number): boolean {
  if (leastBytes(value, bytes) >= bytes) return false;
  return new ValueWriter(new ByteWriter(bytes + 64)).tryValue(value, bytes);
}

/** A lower bound of a value's encoded length, from a look at its surface. */
function leastBytes(value: Value, enough: number): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return 1;
  let least = 1;
  if (isArray(value)) {
    least += value.length;
    for (let i = 0; i < value.length && least < enough; i++) {
      const element = value[i];
      if (typeof element === 'string') least += element.length;
    }
    return least;
  }
  for (const name of Object.keys(value)) {
    const member = value[name];
    least += name.length + 2 + (typeof member === 'string' ? member.length : 0);
    if (least >= enough) break;
  }
  return least;
}

class FromPlace implements NewSource {
  private readonly reader: ValueReader;

  constructor(reader: ValueReader) {
    this.reader = reader;
  }

  value(depth: number): Value {
    return this.reader.value(depth);
  }

  insert(): string {
    return this.reader.text();
  }

  add(kind: 'object' | 'array', depth: number): readonly NewPart[] {
    const name = kind === 'object' ? this.reader.name() : '';
    return [{ name, value: this.reader.value(depth) }];
  }
}

/** Counts the texts that a skeleton lacks; what it reads meanwhile is thrown away. */
class Counting implements NewSource {
  count = 0;

  value(): Value {
    this.count++;
    return null;
  }

  insert(): string {
    this.count++;
    // Whether it is empty shows when it comes.
    return '?';
  }

  add(): readonly NewPart[] {
    this.count++;
    return [];
  }
}

/** Reads a whole patch; undefined for one that changes nothing. */
export function readPatch(reader: ValueReader): Op | undefined {
  const input = reader.in;
  const code = input.byte();
  if (code === EMPTY) return undefined;
  if (code !== QUOTED) return new OpReader(reader, new FromPlace(reader)).body(code, 0);
  const quotes = input.bytes(input.varint()).slice();
  const start = input.position;
  const counting = new Counting();
  new OpReader(reader, counting).op(0);
  const { count } = counting;
  if (count === 0) throw malformed('quotes that no part of the patch is made of');
  const skeleton = input.from(start).slice();
  return { kind: 'quoted', quotes, skeleton, count, limits: reader.limits, edits: [] };
}

/** The op that a skeleton and its new parts make. */
export function readSkeleton({ skeleton, limits }: QuotedOp, source: NewSource): Op {
  return new OpReader(new ValueReader(new ByteReader(skeleton), limits), source).op(0);
}

class OpReader {
  private readonly reader: ValueReader;
  private readonly source: NewSource;

  constructor(reader: ValueReader, source: NewSource) {
    this.reader = reader;
    this.source = source;
  }

  op(depth: number): Op {
    return this.body(this.reader.in.byte(), depth);
  }

  body(code: number, depth: number): Op {
    switch (code) {
      case CODE.set:
        return { kind: 'set', value: this.source.value(depth) };
      case CODE.object:
        return { kind: 'object', edits: this.edits('object', depth) };
      case CODE.array:
        return { kind: 'array', edits: this.edits('array', depth) };
      case CODE.number:
        return readNumber(this.reader);
      case CODE.text:
        return { kind: 'text', splices: this.splices() };
      default:
        throw malformed(`there is no op with code ${code}`);
    }
  }

  private splices(): Splice[] {
    const { reader } = this;
    const count = reader.in.varint();
    if (count === 0) throw malformed('a text edit without splices');
    reader.spend(count);
    const splices: Splice[] = [];
    for (let i = 0; i < count; i++) {
      const keep = reader.in.varint();
      const drop = reader.in.varint();
      const insert = this.source.insert();
      if (drop === 0 && insert === '') throw malformed('a splice that does nothing');
      if (i > 0 && keep === 0) throw malformed('two splices that are one');
      splices.push({ keep, drop, insert });
    }
    return splices;
  }

  private edits(kind: 'object' | 'array', depth: number): Edit[] {
    const { reader } = this;
    reader.checkDepth(depth);
    const edits: Edit[] = [];
    for (;;) {
      reader.spend(1);
      const token = reader.in.varint();
      this.edit(edits, kind, token % 8, Math.floor(token / 16), depth + 1);
      if ((token & LAST) !== 0) return edits;
    }
  }

  private edit(
    edits: Edit[],
    kind: 'object' | 'array',
    code: number,
    keep: number,
    depth: number,
  ): void {
    const { reader, source } = this;
    switch (code) {
      case CODE.drop:
        edits.push({ kind: 'drop', keep, count: reader.in.varint() + 1 });
        return;
      case CODE.add: {
        let left = keep;
        for (const { name, value } of source.add(kind, depth)) {
          edits.push({ kind: 'add', keep: left, name, value });
          left = 0;
        }
        return;
      }
      case CODE.take: {
        const head = reader.in.varint();
        const from = Math.floor(head / 2);
        const op = head % 2 === 0 ? undefined : this.op(depth);
        edits.push({ kind: 'take', keep, from, op });
        return;
      }
      default:
        edits.push({ kind: 'change', keep, op: this.body(code, depth) });
    }
  }
}

function readNumber(reader: ValueReader): Op {
  const head = reader.in.varint();
  const delta = unzigzag(Math.floor(head / 2));
  if (delta === 0) throw malformed('a number that moves by nothing');
  if (head % 2 === 0) return { kind: 'number', scale: undefined, delta };
  const scale = reader.in.byte();
  if (scale < 1 || scale > 15) throw malformed(`a number of ${scale} decimals`);
  return { kind: 'number', scale, delta };
}
