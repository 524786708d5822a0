/** Builds markup as text. What is given as a string is text and gets escaped; no way around it. */
import { plainText, shortened, TEXT_CHARACTERS_MAX } from './plain-text.ts';

/** Markup that is ready for the page. Only {@link element} and {@link verbatim} make it. */
export interface Markup {
  readonly markup: string;
}

/** What stands between the tags: strings and numbers are text, nothing stands for nothing. */
export type Child = Markup | string | number | undefined | false | readonly Child[];

/** `true` writes the name alone, `undefined` and `false` leave the attribute out. */
export type Attributes = Readonly<Record<string, string | number | boolean | undefined>>;

/** Elements written without an end tag when nothing is in them, in HTML and in SVG. */
const CHILDLESS: ReadonlySet<string> = new Set([
  ...['meta', 'br', 'col'],
  ...['path', 'line', 'rect', 'circle'],
]);

const ENTITIES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  "'": '&#39;',
};

/** Text as it may stand between tags and in quoted attributes. */
function escaped(text: string): string {
  return plainText(text).replaceAll(/[&<>"']/g, (char) => ENTITIES[char] ?? char);
}

/** One element. Numbers are coordinates, written with one decimal: finer than a screen. */
export function element(name: string, attributes: Attributes, ...children: Child[]): Markup {
  const inside = written(children);
  const head = `<${name}${attributesText(attributes)}`;
  if (inside === '' && CHILDLESS.has(name)) return { markup: `${head}/>` };
  return { markup: `${head}>${inside}</${name}>` };
}

/** Several pieces of markup in a row. */
export function together(...children: Child[]): Markup {
  return { markup: written(children) };
}

/** Text that is markup already: our own style sheet and script, and JSON made safe. Never data. */
export function verbatim(markup: string): Markup {
  return { markup };
}

function attributesText(attributes: Attributes): string {
  let text = '';
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === false) continue;
    if (value === true) text += ` ${name}=""`;
    else text += ` ${name}="${escaped(typeof value === 'number' ? coordinate(value) : value)}"`;
  }
  return text;
}

function written(child: Child): string {
  if (child === undefined || child === false) return '';
  if (typeof child === 'number') return String(child);
  if (typeof child === 'string') return escaped(shortened(child, TEXT_CHARACTERS_MAX));
  if ('markup' in child) return child.markup;
  return child.map(written).join('');
}

/** A coordinate with one decimal. */
export function coordinate(value: number): string {
  return String(Math.round(value * 10) / 10);
}
