import { copiedMembers } from './copied-members.ts';
import { DiffStreamError } from './errors.ts';
import { quoted } from './path.ts';
import type { Container, Value, ValueArray } from './value.ts';
import { getMember, isArray, isContainer, setMember } from './value.ts';

type Steps = readonly string[];

/**
 * A document under a run of operations. The value that it was made of stays as it is: a container
 * is copied before it changes, but only once, however many operations change it. Throws
 * `patch-conflict` for a place that is not there, and is of no use then.
 */
export class JsonDocument {
  /** Undefined once it is removed. */
  root: Value | undefined;
  /**
   * The copies, each with what alone holds it. One found anywhere else is in two places, or in a
   * part that is, and is copied again.
   */
  private readonly holders = new Map<Container, Container | this>();

  constructor(root: Value) {
    this.root = root;
  }

  find(path: Steps): Value {
    let value = this.root;
    for (const name of path) {
      if (!isContainer(value)) throw conflict(`there is no ${quoted(name)} in a scalar`);
      value = isArray(value) ? value[elementIndex(value, name, false)] : getMember(value, name);
      if (value === undefined) throw conflict(`there is no member ${quoted(name)}`);
    }
    if (value === undefined) throw conflict('there is no value');
    return value;
  }

  /** The same, for a value that will be in another place too. */
  share(path: Steps): Value {
    const value = this.find(path);
    if (isContainer(value)) this.holders.delete(value);
    return value;
  }

  /** In an array a place between its elements. */
  add(path: Steps, value: Value): void {
    this.edit(path, value, (array, name) => {
      array.splice(elementIndex(array, name, true), 0, value);
    });
  }

  replace(path: Steps, value: Value): void {
    this.find(path);
    this.edit(path, value, (array, name) => {
      array[elementIndex(array, name, false)] = value;
    });
  }

  remove(path: Steps): void {
    this.find(path);
    this.edit(path, undefined, (array, name) => {
      array.splice(elementIndex(array, name, false), 1);
    });
  }

  /** `inArray` edits what holds the place where that is an array. */
  private edit(
    path: Steps,
    value: Value | undefined,
    inArray: (array: Value[], name: string) => void,
  ): void {
    const name = path.at(-1);
    if (name === undefined) {
      this.root = value;
      return;
    }
    const holder = this.own(path);
    if (isArray(holder)) {
      inArray(holder as Value[], name);
    } else if (value === undefined) {
      delete (holder as Record<string, Value>)[name];
    } else {
      setMember(holder, name, value);
    }
  }

  /** What holds the place at the end of a path, as a copy of the document's own. */
  private own(path: Steps): Container {
    let holder = this.copyOnce(this.root, this, path[0] as string);
    this.root = holder;
    for (let i = 1; i < path.length; i++) {
      const name = path[i - 1] as string;
      const place = isArray(holder) ? elementIndex(holder, name, false) : name;
      const part = isArray(holder) ? holder[place as number] : getMember(holder, name);
      const next = this.copyOnce(part, holder, path[i] as string);
      // The place is there already, a member named __proto__ too.
      (holder as Record<string | number, Value>)[place] = next;
      holder = next;
    }
    return holder;
  }

  private copyOnce(value: Value | undefined, holder: Container | this, name: string): Container {
    if (!isContainer(value)) throw conflict(`there is no ${quoted(name)} in a scalar`);
    if (this.holders.get(value) === holder) return value;
    const copy: Container = isArray(value) ? [...value] : copiedMembers(value);
    this.holders.set(copy, holder);
    return copy;
  }
}

export function conflict(what: string): DiffStreamError {
  return new DiffStreamError('patch-conflict', `the JSON patch does not fit: ${what}`);
}

function elementIndex(array: ValueArray, name: string, inserting: boolean): number {
  if (name === '-' && inserting) return array.length;
  const index = /^(0|[1-9]\d{0,9})$/.test(name) ? Number(name) : -1;
  if (index < 0 || index >= array.length + (inserting ? 1 : 0)) {
    throw conflict(`there is no element ${quoted(name)} in an array of ${array.length}`);
  }
  return index;
}
