/**
 * Characters that would do something to a terminal, or hide what a line says: control characters,
 * line separators, and those that turn the direction of writing.
 */
const UNPRINTABLE = /[\p{Cc}\u2028\u2029\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]/gu;

/** Text from outside, safe to print: one line, and no command to the terminal in it. */
export function printable(text: string): string {
  return text.replaceAll(
    UNPRINTABLE,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`,
  );
}

/** At most `charactersMax` characters, with an ellipsis where something was left out. */
export function shortened(text: string, charactersMax: number): string {
  if (text.length <= charactersMax) return text;
  const cut = text.slice(0, Math.max(0, charactersMax - 1));
  // The halves of a character do not stand alone.
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
