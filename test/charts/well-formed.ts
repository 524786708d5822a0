/** Reads a page's markup as strictly as an XML parser would, and finds out what a browser loads. */

export interface Tag {
  readonly name: string;
  readonly attributes: ReadonlyMap<string, string>;
  /** What stands between the tags, markup and all. */
  readonly inside: string;
}

export interface Page {
  readonly tags: readonly Tag[];
  /** Each way in which the markup is broken. */
  readonly problems: readonly string[];
}

/** Elements whose content is no markup. */
const RAW: ReadonlySet<string> = new Set(['script', 'style']);

const TAG = /<(\/?)([a-zA-Z][\w-]*)((?:\s+[\w:-]+="[^"<>]*")*)\s*(\/?)>/y;
const ATTRIBUTE = /([\w:-]+)="([^"]*)"/g;

/** All elements of a page, in the order of their ends, and what is wrong with them. */
export function readPage(html: string): Page {
  const tags: Tag[] = [];
  const problems: string[] = [];
  const open: { name: string; attributes: ReadonlyMap<string, string>; from: number }[] = [];
  const doctype = '<!doctype html>';
  if (!html.startsWith(doctype)) problems.push('no doctype');
  let at = doctype.length;
  while (at < html.length) {
    const next = html.indexOf('<', at);
    const text = html.slice(at, next < 0 ? html.length : next);
    if (text.includes('>')) problems.push(`> in ${text.slice(0, 40)}`);
    if (/&(?!(?:amp|lt|gt|quot|#39);)/.test(text)) problems.push(`& in ${text.slice(0, 40)}`);
    if (next < 0) break;
    TAG.lastIndex = next;
    const tag = TAG.exec(html);
    if (tag === null) {
      problems.push(`no tag: ${html.slice(next, next + 60)}`);
      at = next + 1;
      continue;
    }
    const [whole, slash, name = '', given = '', closed] = tag;
    at = next + whole.length;
    if (slash === '/') {
      const last = open.pop();
      if (last?.name !== name) problems.push(`</${name}> closes <${last?.name ?? 'nothing'}>`);
      else tags.push({ ...last, inside: html.slice(last.from, next) });
      continue;
    }
    const pairs = [...given.matchAll(ATTRIBUTE)];
    const attributes = new Map(pairs.map(([, key = '', value = '']) => [key, decoded(value)]));
    if (attributes.size < pairs.length) problems.push(`an attribute twice in <${name}>`);
    if (closed === '/') tags.push({ name, attributes, inside: '' });
    else open.push({ name, attributes, from: at });
    if (RAW.has(name)) at = Math.max(at, html.indexOf(`</${name}`, at));
  }
  for (const { name } of open) problems.push(`<${name}> stays open`);
  return { tags, problems: problems.concat(twice(tags)) };
}

/** Text as a reader sees it. */
export function decoded(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    ...{ '&amp;': '&', '&lt;': '<', '&gt;': '>', '&quot;': '"', '&#39;': "'" },
  };
  return text.replaceAll(/&(?:amp|lt|gt|quot|#39);/g, (entity) => entities[entity] ?? entity);
}

function twice(tags: readonly Tag[]): string[] {
  const ids = tags.map(({ attributes }) => attributes.get('id')).filter((id) => id !== undefined);
  return ids.filter((id, i) => ids.indexOf(id) !== i).map((id) => `two elements are ${id}`);
}

/** What the page would fetch, run or leave for, by itself. */
export function outsideReferences(html: string): string[] {
  const { tags } = readPage(html);
  const own = new Set(['href', 'src', 'srcset', 'action', 'data', 'poster', 'xlink:href']);
  const found = tags.flatMap(({ name, attributes }) =>
    [...attributes].flatMap(([key, value]) => {
      if (key.startsWith('on')) return [`${name} ${key}`];
      const isInPage = key === 'href' && /^(?:#|[^/:]+$)/.test(value);
      return own.has(key) && !isInPage ? [`${name} ${key}=${value}`] : [];
    }),
  );
  const styles = tags.filter(({ name }) => name === 'style').map(({ inside }) => inside);
  return found.concat(styles.flatMap((style) => style.match(/url\(|@import|https?:/g) ?? []));
}
