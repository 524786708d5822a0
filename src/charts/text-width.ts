/** How wide a text will be, without a page to measure it in: an estimate on the wide side. */

/** Widths in em for groups of characters, as the usual sans-serif fonts have them. */
const GROUPS: readonly (readonly [RegExp, number])[] = [
  [/[ijl.,:;'’|!]/u, 0.28],
  [/[ftrI()[\]{}/\\\- ]/u, 0.36],
  [/[mwMW@%…—∞]/u, 0.92],
  [/[A-Z&#+=<>×−–]/u, 0.7],
  [/[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60]/u, 1.04],
  [/[\u{1f000}-\u{1faff}]/u, 1.3],
  [/\p{Mn}/u, 0],
];

/** Of everything else; digits and most small letters. */
const OTHER_EM = 0.57;

/** Estimated width in pixels of one line in the report's font. */
export function textWidth(text: string, fontPx: number): number {
  let em = 0;
  for (const char of text) {
    em += GROUPS.find(([group]) => group.test(char))?.[1] ?? OTHER_EM;
  }
  return em * fontPx;
}

/** The text cut with an ellipsis in it so that it is at most `widthMaxPx` wide. */
export function fitted(text: string, widthMaxPx: number, fontPx: number): string {
  if (textWidth(text, fontPx) <= widthMaxPx) return text;
  const chars = Array.from(text);
  let keep = chars.length - 1;
  while (keep > 1) {
    const tail = keep > 12 ? Math.floor(keep / 4) : 0;
    const end = tail === 0 ? '' : chars.slice(-tail).join('').trimStart();
    const cut = `${chars
      .slice(0, keep - tail)
      .join('')
      .trimEnd()}…${end}`;
    if (textWidth(cut, fontPx) <= widthMaxPx) return cut;
    keep = Math.min(keep - 1, Math.floor(keep * 0.97));
  }
  return `${chars[0] ?? ''}…`;
}

/** The text in at most `linesMax` lines of `widthMaxPx`; the last is cut if it has to be. */
export function wrapped(
  text: string,
  { widthMaxPx, fontPx, linesMax }: { widthMaxPx: number; fontPx: number; linesMax: number },
): string[] {
  const lines: string[] = [];
  let rest = text.trim();
  while (rest !== '' && lines.length < linesMax - 1) {
    if (textWidth(rest, fontPx) <= widthMaxPx) break;
    const words = rest.split(' ');
    let count = 1;
    while (textWidth(words.slice(0, count + 1).join(' '), fontPx) <= widthMaxPx) count++;
    const line = words.slice(0, count).join(' ');
    // A word too long for a line is cut where the line ends: it may be a path or a key.
    const taken =
      textWidth(line, fontPx) <= widthMaxPx ? line : charactersWithin(line, widthMaxPx, fontPx);
    lines.push(taken);
    rest = rest.slice(taken.length).trimStart();
  }
  if (rest !== '') lines.push(fitted(rest, widthMaxPx, fontPx));
  return lines;
}

function charactersWithin(text: string, widthMaxPx: number, fontPx: number): string {
  let taken = '';
  for (const char of text) {
    if (taken !== '' && textWidth(taken + char, fontPx) > widthMaxPx) break;
    taken += char;
  }
  return taken;
}
