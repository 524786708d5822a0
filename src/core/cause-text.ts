/** What something thrown says. Anything can be thrown, and asking it for its text may throw too. */
export function causeText(cause: unknown): string {
  try {
    return String(cause instanceof Error ? cause.message : cause);
  } catch {
    return 'something without a text';
  }
}
