/** Names of members and indexes of elements from the root of a value down. */
export type Path = readonly (string | number)[];

/** `$.items[3]["odd name"]`: for people. */
export function pathText(path: Path): string {
  let text = '$';
  for (const step of path) {
    if (typeof step === 'number') text += `[${step}]`;
    else if (/^[A-Za-z_$][\w$]*$/.test(step)) text += `.${step}`;
    else text += `[${JSON.stringify(step)}]`;
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
