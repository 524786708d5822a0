import { unzigzag } from './decimal.ts';
import { ByteReader } from './bytes.ts';
import { malformed } from './errors.ts';
import type { Edit, Op, QuotedOp, Splice } from './op.ts';
import type { NewPart, NewSource } from './new-parts.ts';
import { CODE, EMPTY, LAST, QUOTED } from './patch-layout.ts';
import type { Value } from './value.ts';
import { ValueReader } from './value-reader.ts';

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
  const { limits, quoteBudget: budget } = reader;
  return {
    kind: 'quoted',
    quotes,
    skeleton,
    count,
    limits,
    budget,
    unitsPaid: undefined,
    edits: [],
  };
}

/** The op that a skeleton and its new parts make; `sourceOf` gets what counts parts. */
export function readSkeleton(
  { skeleton, limits }: QuotedOp,
  sourceOf: (reader: ValueReader) => NewSource,
): Op {
  const reader = new ValueReader(new ByteReader(skeleton), limits);
  return new OpReader(reader, sourceOf(reader)).op(0);
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
