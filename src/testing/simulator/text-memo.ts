/** JSON texts of values; an object is asked once, since own values never change. */
const texts = new WeakMap<object, string>();

export function textOf(value: unknown): string {
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  let text = texts.get(value);
  if (text === undefined) texts.set(value, (text = JSON.stringify(value)));
  return text;
}
