import { DiffStreamError } from '../core/errors.ts';
import type { Key } from '../core/key.ts';
import { quoted } from '../core/path.ts';
import type { Value } from '../core/value.ts';
import type { Form } from './form.ts';
import { isOutgoing, isRecord, timeOfItem, unwrapped } from './form.ts';
import type { Item } from './item.ts';
import { asKey, isObject, memberAt } from './item.ts';
import { keyAt, lackingPart } from './key-path.ts';
import type { Together, Update } from './update.ts';

/** The key of the one document of an input without keys. */
const DOCUMENT = 'document';

function refusal(place: string, what: string): DiffStreamError {
  return new DiffStreamError('bad-input', `${place}: ${what}`);
}

/** Turns the values of an input into updates, by what they were found to be. */
export class UpdateReader {
  readonly #form: Form;
  readonly #onRefused: (error: DiffStreamError, kind: string) => void;
  /** Keys of the last complete set. */
  #last: ReadonlySet<Key> = new Set();
  /** What the last update belongs to, by its part of the input or its time. */
  #message: { readonly by: Together['by']; readonly at: string | number } | undefined;

  constructor(form: Form, onRefused: (error: DiffStreamError, kind: string) => void) {
    this.#form = form;
    this.#onRefused = onRefused;
  }

  /** The updates that a value stands for; what cannot be one is told, and left out. */
  *read(item: Item): Generator<Update> {
    const { wrapper, time } = this.#form;
    if (wrapper !== undefined && isOutgoing(item.value)) return;
    const inner = wrapper === undefined ? item.value : unwrapped(item.value, wrapper);
    if (inner === undefined) {
      this.#refuse(item, 'not wrapped', `no JSON text in its member ${quoted(wrapper ?? '')}`);
      return;
    }
    const t = timeOfItem(item, inner, time);
    const message = this.#messageOf(item, t);
    for (const update of this.#updates(item, inner, t)) yield { ...update, message };
  }

  *#updates(item: Item, inner: unknown, t: number | undefined): Generator<Update> {
    const { kind, list } = this.#form;
    if (kind === 'given') yield put(item.key ?? DOCUMENT, inner, t);
    else if (kind === 'documents') yield* this.#document(item, inner, t);
    else if (kind === 'records') yield* this.#record(item, inner, t);
    else if (kind === 'sets')
      yield* this.#set(item, list === undefined ? inner : memberAt(inner, list), t);
    else yield* this.#object(item, inner, t);
  }

  /** The message that an item's updates are part of: the one before, or another. */
  #messageOf({ place, part }: Item, t: number | undefined): Together | undefined {
    const by = this.#form.together;
    const at = by === 'time' ? t : (part ?? place);
    if (by === undefined || at === undefined) this.#message = undefined;
    else if (this.#message?.at !== at) this.#message = { by, at };
    return this.#message;
  }

  #refuse({ place }: Item, kind: string, what: string): void {
    this.#onRefused(refusal(place, what), kind);
  }

  *#document(item: Item, value: unknown, t: number | undefined): Generator<Update> {
    if (typeof value === 'object' && value !== null) yield put(DOCUMENT, value, t);
    else this.#refuse(item, 'scalar', `${kindOf(value)} where an object is expected`);
  }

  *#record(item: Item, value: unknown, t: number | undefined): Generator<Update> {
    const key = isObject(value) ? asKey(value['key']) : undefined;
    if (!isObject(value) || key === undefined || !isRecord(value)) {
      this.#refuse(item, 'no record', 'not a record {"op":"put"|"del","key":…,"value":…}');
    } else if (value['op'] === 'del' || value['cmd'] === 'delete') {
      yield { op: 'del', key, t };
    } else {
      yield put(key, value['value'], t);
    }
  }

  *#object(item: Item, value: unknown, t: number | undefined): Generator<Update> {
    const key = this.#keyOf(item, value);
    if (key !== undefined) yield put(key, value, t);
  }

  *#set(item: Item, value: unknown, t: number | undefined): Generator<Update> {
    if (!Array.isArray(value)) {
      this.#refuse(item, 'no array', `${kindOf(value)} where an array of objects is expected`);
      return;
    }
    const keys = new Set<Key>();
    for (const element of value) {
      const key = this.#keyOf(item, element);
      if (key === undefined) continue;
      keys.add(key);
      yield put(key, element, t);
    }
    if (!this.#form.isComplete) return;
    for (const key of this.#last) if (!keys.has(key)) yield { op: 'del', key, t };
    this.#last = keys;
  }

  #keyOf(item: Item, value: unknown): Key | undefined {
    if (!isObject(value)) {
      this.#refuse(item, 'scalar', `${kindOf(value)} where an object is expected`);
      return undefined;
    }
    const path = this.#form.key ?? '';
    const key = keyAt(value, path);
    if (key === undefined) {
      const { name, value: member } = lackingPart(value, path);
      const what = member === undefined ? 'is missing' : `is ${kindOf(member)}`;
      this.#refuse(item, 'no key', `the key, member ${quoted(name)}, ${what}`);
    }
    return key;
  }
}

function put(key: Key, value: unknown, t: number | undefined): Update {
  // What was parsed from JSON is a value.
  return { op: 'put', key, value: value as Value, t };
}

function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) return 'an array';
  if (typeof value === 'number') return `the number ${value}`;
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}
