import { unzigzag, zigzag } from './decimal.ts';
import { ByteWriter } from './bytes.ts';
import { ValueWriter } from './codec.ts';
import type { ValueReader } from './codec.ts';
import { malformed } from './errors.ts';
import type { ArrayOp, Edit, ObjectOp, Op, Splice } from './op.ts';
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
 */
const CODE = { set: 0, object: 1, array: 2, number: 3, text: 4, drop: 5, add: 6, take: 7 } as const;
const EMPTY = 5;
const LAST = 8;

/** Above these lengths, in bytes, a patch is held against the value it makes. */
const ROOT_TRIAL = 8;
const INNER_TRIAL = 64;

/** Writes an op as a whole patch; undefined for one that changes nothing. */
export function writePatch(writer: ValueWriter, op: Op | undefined): void {
  if (op === undefined) return writer.out.byte(EMPTY);
  writeOp(writer, op, ROOT_TRIAL);
}

function writeOp(writer: ValueWriter, op: Op, trial: number): void {
  const at = writer.out.length;
  writer.out.byte(CODE[op.kind]);
  writeBody(writer, op, at, trial);
}

/** Writes what follows the token at `tokenAt`, whose code turns to `set` where that is shorter. */
function writeBody(writer: ValueWriter, op: Op, tokenAt: number, trial: number): void {
  const { out } = writer;
  switch (op.kind) {
    case 'set':
      return writer.value(op.value);
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
        out.text(insert);
      }
      return;
    default: {
      const mark = writer.mark();
      writeEdits(writer, op);
      const bytes = out.length - mark.length;
      if (bytes <= trial || op.next === undefined || !isShorter(op.next, bytes)) return;
      const token = out.at(tokenAt);
      writer.rewind(mark);
      out.overwrite(tokenAt, (token & ~7) | CODE.set);
      writer.value(op.next);
    }
  }
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

function writeEdits(writer: ValueWriter, { kind, edits }: ObjectOp | ArrayOp): void {
  const { out } = writer;
  for (let i = 0; i < edits.length; i++) {
    const edit = edits[i] as Edit;
    const tokenAt = out.length;
    const code = edit.kind === 'change' ? CODE[edit.op.kind] : CODE[edit.kind];
    out.varint(edit.keep * 16 + (i === edits.length - 1 ? LAST : 0) + code);
    switch (edit.kind) {
      case 'change':
        writeBody(writer, edit.op, tokenAt, INNER_TRIAL);
        break;
      case 'drop':
        out.varint(edit.count - 1);
        break;
      case 'add':
        if (kind === 'object') writer.name(edit.name);
        writer.value(edit.value);
        break;
      case 'take':
        out.varint(edit.from * 2 + (edit.op === undefined ? 0 : 1));
        if (edit.op !== undefined) writeOp(writer, edit.op, INNER_TRIAL);
    }
  }
}

/** Reads a whole patch; undefined for one that changes nothing. */
export function readPatch(reader: ValueReader): Op | undefined {
  const code = reader.in.byte();
  return code === EMPTY ? undefined : readBody(reader, code, 0);
}

function readBody(reader: ValueReader, code: number, depth: number): Op {
  switch (code) {
    case CODE.set:
      return { kind: 'set', value: reader.value(depth) };
    case CODE.object:
      return { kind: 'object', edits: readEdits(reader, 'object', depth) };
    case CODE.array:
      return { kind: 'array', edits: readEdits(reader, 'array', depth) };
    case CODE.number:
      return readNumber(reader);
    case CODE.text:
      return { kind: 'text', splices: readSplices(reader) };
    default:
      throw malformed(`there is no op with code ${code}`);
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

function readSplices(reader: ValueReader): Splice[] {
  const count = reader.in.varint();
  if (count === 0) throw malformed('a text edit without splices');
  reader.spend(count);
  const splices: Splice[] = [];
  for (let i = 0; i < count; i++) {
    const keep = reader.in.varint();
    const drop = reader.in.varint();
    const insert = reader.text();
    if (drop === 0 && insert === '') throw malformed('a splice that does nothing');
    if (i > 0 && keep === 0) throw malformed('two splices that are one');
    splices.push({ keep, drop, insert });
  }
  return splices;
}

function readEdits(reader: ValueReader, kind: 'object' | 'array', depth: number): Edit[] {
  reader.checkDepth(depth);
  const edits: Edit[] = [];
  for (;;) {
    reader.spend(1);
    const token = reader.in.varint();
    const keep = Math.floor(token / 16);
    edits.push(readEdit(reader, kind, token % 8, keep, depth + 1));
    if ((token & LAST) !== 0) return edits;
  }
}

function readEdit(
  reader: ValueReader,
  kind: 'object' | 'array',
  code: number,
  keep: number,
  depth: number,
): Edit {
  switch (code) {
    case CODE.drop:
      return { kind: 'drop', keep, count: reader.in.varint() + 1 };
    case CODE.add: {
      const name = kind === 'object' ? reader.name() : '';
      return { kind: 'add', keep, name, value: reader.value(depth) };
    }
    case CODE.take: {
      const head = reader.in.varint();
      const from = Math.floor(head / 2);
      const op = head % 2 === 0 ? undefined : readBody(reader, reader.in.byte(), depth);
      return { kind: 'take', keep, from, op };
    }
    default:
      return { kind: 'change', keep, op: readBody(reader, code, depth) };
  }
}
