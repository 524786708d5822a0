/** Names of members and indexes of elements from the root of a value down. */
export type Path = readonly (string | number)[];

/**
 * What JSON leaves as it is, and yet ends lines (U+0085, U+2028), commands a terminal (U+009B)
 * or turns the direction of writing.
 */
const UNSAFE = /[\u007f-\u009f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]/g;

/** Text from outside in quotes, on one line, and without a command in it. */
export function quoted(text: string): string {
  return JSON.stringify(text).replaceAll(
    UNSAFE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** `$.items[3]["odd name"]`: for people. */
export function pathText(path: Path): string {
  let text = '$';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += `.${step}`;
    else text += `[${quoted(step)}]`;
  }
  return text;
}

/** The path as a JSON Pointer (RFC 6901). */
export function toPointer(path: Path): string {
  let pointer = '';
  for (const step of path) {
    pointer += '/' + String(step).replaceAll('~', '~0').replaceAll('/', '~1');
  }
  return pointer;
}

/** The steps of a JSON Pointer, still as text: what a step means depends on what it points into. */
export function fromPointer(pointer: string): string[] | undefined {
  if (pointer === '') return [];
  if (!pointer.startsWith('/') || /~(?![01])/.test(pointer)) return undefined;
  return pointer
    .slice(1)
    .split('/')
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'));
}
