/** Text from outside, made fit to be shown: nothing invisible in it, and never too much of it. */

/** Longest name shown, in characters: what still fits on two lines of a table. */
const NAME_CHARACTERS_MAX = 80;
/** Longest other text shown, in characters: more than anyone reads in a caption. */
export const TEXT_CHARACTERS_MAX = 1200;

/**
 * Characters that hide or reorder what a line says, and halves of characters: control characters,
 * line separators, turns of the direction of writing, lone surrogates.
 */
const INVISIBLE =
  /[\p{Cc}\p{Cs}\u2028\u2029\u200b\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff]/gu;

/** The text with what cannot be seen written as `\u202e`; JSON stays the same JSON. */
export function spelledOut(text: string): string {
  return text.replaceAll(
    INVISIBLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** The text in one line, with nothing in it that cannot be seen. */
export function plainText(text: string): string {
  return spelledOut(text.replaceAll(/[\t\n\r]+/g, ' '));
}

/** At most `charactersMax` characters: a long text keeps its two ends, where names differ. */
export function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const room = Math.max(0, charactersMax - 1);
  const tail = Math.floor(room / 3);
  const head = wholeCharacters(text.slice(0, room - tail), 'end');
  return `${head}…${wholeCharacters(text.slice(text.length - tail), 'start')}`;
}

/** A name from outside as reports show it: plain, and at most {@link NAME_CHARACTERS_MAX}. */
export function nameText(name: string): string {
  // Cut before it is spelt out, so that an escape is never cut in two; and once more after.
  const plain = plainText(shortened(name, 4 * NAME_CHARACTERS_MAX)).trim();
  return plain === '' ? '(no name)' : shortened(plain, NAME_CHARACTERS_MAX);
}

/** Without half a character at the end where it was cut. */
function wholeCharacters(text: string, cutAt: 'start' | 'end'): string {
  if (cutAt === 'end') return /[\ud800-\udbff]$/.test(text) ? text.slice(0, -1) : text;
  return /^[\udc00-\udfff]/.test(text) ? text.slice(1) : text;
}
