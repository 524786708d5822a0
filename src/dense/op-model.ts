import { applyOp } from '../core/apply.ts';
import { malformed } from '../core/errors.ts';
import type { ChangeEdit, Edit, Op, Splice } from '../core/op.ts';
import type { Value, ValueArray, ValueObject } from '../core/value.ts';
import { isArray, isContainer } from '../core/value.ts';
import type { ChangeHistory } from './change-history.ts';
import type { Context } from './hashing.ts';
import { ofText, within } from './hashing.ts';
import { KIND } from './kinds.ts';
import type { Symbols } from './symbols.ts';
import type { TextModel } from './text-model.ts';
import type { Spot, ValueModel } from './value-model.ts';
import { TakenParts } from './taken-parts.ts';
import { elementSpot, memberSpot } from './value-model.ts';

/** Members up to which each is asked whether it changes. */
const FLAGS_MAX = 256;
/** A text from this length on is coded as splices where that is how it changed. */
const SPLICED_MIN = 96;

/** Marks of parts that cost as much as a prediction. */
const MARKS_PER_STEP = 64;

const EDIT = { change: 0, drop: 1, add: 2, take: 3, end: 4, dropTaken: 5 } as const;

/** Ops, as edits of a base that both ends hold. */
export class OpModel {
  private readonly symbols: Symbols;
  private readonly texts: TextModel;
  private readonly values: ValueModel;
  private readonly changes: ChangeHistory;

  constructor(symbols: Symbols, texts: TextModel, values: ValueModel, changes: ChangeHistory) {
    this.symbols = symbols;
    this.texts = texts;
    this.values = values;
    this.changes = changes;
  }

  /** `op` undefined: reads one. `key`: of the entry. */
  code(base: Value, op: Op | undefined, spot: Spot, key: Context, depth: number): Op {
    this.values.spend(1);
    if (isContainer(base)) {
      const kind = isArray(base) ? 'array' : 'object';
      const isEdit = this.symbols.flag(KIND.isEdit, op?.kind === kind, spot.kin, within(depth, 1));
      if (isEdit) {
        this.values.checkDepth(depth);
        const edits = op?.kind === kind ? op.edits : undefined;
        if (isArray(base)) {
          return { kind: 'array', edits: this.elements(base, edits, spot, key, depth) };
        }
        return { kind: 'object', edits: this.members(base, edits, spot, key, depth) };
      }
    } else if (typeof base === 'string' && base.length >= SPLICED_MIN) {
      const isSpliced = this.symbols.flag(KIND.isSpliced, op?.kind === 'text', spot.kin, 1);
      if (isSpliced) {
        const splices = op?.kind === 'text' ? op.splices : undefined;
        return { kind: 'text', splices: this.splices(base, splices, spot) };
      }
    }
    const target = op === undefined ? undefined : op.kind === 'set' ? op.value : applyOp(base, op);
    const value = this.values.code(target, base, true, spot, depth);
    return op ?? { kind: 'set', value };
  }

  private members(
    base: ValueObject,
    edits: readonly Edit[] | undefined,
    spot: Spot,
    key: Context,
    depth: number,
  ): Edit[] {
    const names = Object.keys(base);
    this.symbols.mixer.spend(names.length);
    if (names.length > 0 && names.length <= FLAGS_MAX) {
      const onlyChanges = edits?.every(({ kind }) => kind === 'change') ?? false;
      if (this.symbols.flag(KIND.isFlags, onlyChanges, spot.kin, 2)) {
        return this.flagged(base, names, edits as ChangeEdit[] | undefined, spot, key, depth);
      }
    }
    return this.walk(names.length, edits, spot, (edit, at, kind) => {
      const index = kind === EDIT.take ? (edit as { from: number }).from : at;
      const name = names[index] ?? '';
      if (kind === EDIT.add) {
        const before = names[at - 1];
        const own = edit?.kind === 'add' ? edit.name : undefined;
        const hash = before === undefined ? 0 : ofText(before);
        const added = this.values.name(own, hash, spot.kin);
        const near = base[names[at] as string] ?? (before === undefined ? undefined : base[before]);
        const value = edit?.kind === 'add' ? edit.value : undefined;
        const child = memberSpot(spot, added, names.length);
        return {
          name: added,
          value: this.values.code(value, near, false, child, depth + 1),
        };
      }
      const child = memberSpot(spot, name, names.length);
      return { op: this.code(base[name] as Value, opOf(edit), child, key, depth + 1) };
    });
  }

  /** Every member is asked: what is expected costs next to nothing. */
  private flagged(
    base: ValueObject,
    names: readonly string[],
    edits: readonly ChangeEdit[] | undefined,
    spot: Spot,
    key: Context,
    depth: number,
  ): Edit[] {
    const { symbols, changes } = this;
    const made: Edit[] = [];
    let next = edits?.[0];
    let nextAt = next?.keep ?? 0;
    let used = 0;
    let last = 0;
    let at = 0;
    for (let i = 0; i < names.length; i++) {
      const here = within(spot.kin, i);
      const own = within(key, within(spot.path, i));
      const isChanged = symbols.flag(
        KIND.isChanged,
        next !== undefined && i === nextAt,
        within(here, changes.at(here)),
        within(here, last + 1024),
        within(own, changes.at(own)),
        within(changes.at(here), changes.at(own) + 256 * Math.min(made.length, 3)),
      );
      changes.note(here, isChanged);
      changes.note(own, isChanged);
      if (!isChanged) continue;
      last = i + 1;
      const name = names[i] as string;
      const child = memberSpot(spot, name, names.length);
      const op = this.code(base[name] as Value, next?.op, child, key, depth + 1);
      made.push({ kind: 'change', keep: i - at, op });
      at = i + 1;
      if (edits !== undefined) {
        next = edits[++used];
        nextAt = at + (next?.keep ?? 0);
      }
    }
    return made;
  }

  private elements(
    base: ValueArray,
    edits: readonly Edit[] | undefined,
    spot: Spot,
    key: Context,
    depth: number,
  ): Edit[] {
    let added: Value | undefined;
    return this.walk(base.length, edits, spot, (edit, at, kind) => {
      if (kind === EDIT.add) {
        const value = edit?.kind === 'add' ? edit.value : undefined;
        const near = added ?? base[at - 1] ?? base[at];
        const child = elementSpot(spot, at, base.length);
        added = this.values.code(value, near, false, child, depth + 1);
        return { name: '', value: added };
      }
      const index = kind === EDIT.take ? (edit as { from: number }).from : at;
      const child = elementSpot(spot, index, base.length);
      return { op: this.code(base[index] as Value, opOf(edit), child, key, depth + 1) };
    });
  }

  /** The steps over parts: where each edit is, what it does, and what `part` says of it. */
  private walk(
    length: number,
    edits: readonly Edit[] | undefined,
    { path, kin }: Spot,
    part: (edit: Edit | undefined, at: number, kind: number) => Part,
  ): Edit[] {
    const { symbols, values } = this;
    const made: Edit[] = [];
    const taken = new TakenParts(length);
    let at = 0;
    let lastKind = 7;
    let kinds = 0;
    let lastKeep = 0;
    for (let i = 0; ; i++) {
      values.spend(1);
      const edit = edits?.[i];
      const pending = taken.next(at);
      let kind: number = edit === undefined ? EDIT.end : EDIT[edit.kind];
      if (edit?.kind === 'drop' && edit.count === 1 && at + edit.keep === pending) {
        kind = EDIT.dropTaken;
      }
      const left = Math.min(length - at, 15);
      const read = symbols.small(
        KIND.edit,
        3,
        kind,
        within(path, kinds),
        within(kin, lastKind + 8 * Math.min(i, 3)),
        within(kin, within(left, lastKind)),
        within(kinds, pending === undefined ? 1 : pending === at ? 2 : 3),
      );
      if (read === EDIT.end) return made;
      kinds = ((kinds << 3) | read) & 0x1ff;
      if (read === EDIT.dropTaken) {
        if (pending === undefined) throw malformed('a drop of what was not taken');
        made.push({ kind: 'drop', keep: pending - at, count: 1 });
        at = pending + 1;
        lastKind = read;
        continue;
      }
      const keep = this.keep(edit?.keep ?? 0, at, length, read, lastKind, lastKeep, path, kin);
      lastKeep = keep;
      lastKind = read;
      at += keep;
      made.push(this.edit(edit, { kind: read, at, keep, length }, kin, taken, part));
      if (read === EDIT.change) at++;
      else if (read === EDIT.drop) at += (made.at(-1) as { count: number }).count;
      if (at > length) throw malformed('an edit beyond the last part');
    }
  }

  private edit(
    edit: Edit | undefined,
    { kind, at, keep, length }: Step,
    kin: Context,
    taken: TakenParts,
    part: (edit: Edit | undefined, at: number, kind: number) => Part,
  ): Edit {
    const { symbols } = this;
    if (at + (kind === EDIT.change ? 1 : 0) > length) throw malformed('an edit beyond the end');
    switch (kind) {
      case EDIT.drop: {
        const count = edit?.kind === 'drop' ? edit.count - 1 : 0;
        return { kind: 'drop', keep, count: 1 + symbols.magnitude(KIND.drop, count, kin, 1) };
      }
      case EDIT.add: {
        const { name, value } = part(edit, at, kind) as { name: string; value: Value };
        return { kind: 'add', keep, name, value };
      }
      case EDIT.take: {
        const own = edit?.kind === 'take' ? edit.from : at;
        const isAhead = symbols.flag(KIND.ahead, own >= at, kin, 1);
        const away = symbols.magnitude(KIND.from, isAhead ? own - at : at - own, kin, 1);
        const from = isAhead ? at + away : at - away;
        if (from < 0 || from >= length) throw malformed('a part that there is not');
        if (taken.isEmpty) symbols.mixer.spend(Math.floor(length / MARKS_PER_STEP));
        taken.add(from);
        const takes = edit?.kind === 'take' ? edit : undefined;
        const changes = symbols.flag(KIND.takesOp, takes?.op !== undefined, kin, 1);
        const made: Edit = { kind: 'take', keep, from, op: takes?.op };
        return changes ? { ...made, op: (part(made, at, kind) as { op: Op }).op } : made;
      }
      case EDIT.change:
        return { kind: 'change', keep, op: (part(edit, at, kind) as { op: Op }).op };
      default:
        throw malformed('an edit of no kind');
    }
  }

  private keep(
    keep: number,
    at: number,
    length: number,
    kind: number,
    lastKind: number,
    lastKeep: number,
    path: Context,
    kin: Context,
  ): number {
    const { symbols } = this;
    // The last part that such an edit can have.
    const most = length - at - (kind === EDIT.change || kind === EDIT.drop ? 1 : 0);
    if (most < 0) throw malformed('an edit beyond the last part');
    const how = kind + 8 * lastKind;
    const atEnd = symbols.flag(KIND.atEnd, keep === most, within(path, how), within(kin, how));
    if (atEnd) return most;
    return symbols.magnitude(
      KIND.keep,
      keep,
      within(path, how),
      within(within(kin, how), Math.min(lastKeep, 64)),
      within(within(kin, kind), at < 256 ? at : 256),
      within(how, 3),
    );
  }

  private splices(
    base: string,
    splices: readonly Splice[] | undefined,
    { kin, name }: Spot,
  ): Splice[] {
    const { symbols, texts, values } = this;
    const count = symbols.magnitude(KIND.splices, (splices?.length ?? 1) - 1, kin, 1) + 1;
    values.spend(count);
    const made: Splice[] = [];
    let at = 0;
    for (let i = 0; i < count; i++) {
      const own = splices?.[i];
      const keep = symbols.magnitude(KIND.spliceKeep, own?.keep ?? 0, kin, 1);
      const drop = symbols.magnitude(KIND.spliceDrop, own?.drop ?? 0, kin, 1);
      at += keep;
      const near = base.slice(at, at + Math.min(drop, 1024));
      const insert = texts.code(own?.insert, within(kin, 9), name, near);
      at += drop;
      made.push({ keep, drop, insert });
    }
    return made;
  }
}

/** What is known of an edit before the rest of it. */
interface Step {
  readonly kind: number;
  readonly at: number;
  readonly keep: number;
  readonly length: number;
}

/** What an edit says of its part. */
type Part = { readonly op: Op } | { readonly name: string; readonly value: Value };

function opOf(edit: Edit | undefined): Op | undefined {
  return edit?.kind === 'change' || edit?.kind === 'take' ? edit.op : undefined;
}
