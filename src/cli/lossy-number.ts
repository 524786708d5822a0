/** A number in a JSON text that a double cannot hold as it is written. */
export interface LossyNumber {
  /** As it is written, shortened. */
  readonly text: string;
  /** What becomes of it: nothing that JSON can show, or the nearest double. */
  readonly becomes: number;
}

/** A text without these has no lossy number. Cheap, and right about nearly every text. */
const SUSPECT = /[:,[\s]-?(?:\d{16}|\d[\d.]*[eE][+-]?\d{3})/;

/** Strings are tokens too, so that the digits in them are passed over. */
const TOKENS = /"[^"\\]*(?:\\.[^"\\]*)*"|-?\d+(\.\d+)?([eE][+-]?\d+)?/gs;

const TEXT_LENGTH_MAX = 40;

/**
 * The first number of a valid JSON text that loses its value: one beyond the range of a double, one
 * that vanishes to 0, or an integer whose last digits change. Decimals are rounded by everyone and
 * do not count. An infinite one goes before any other.
 */
export function findLossyNumber(json: string): LossyNumber | undefined {
  if (!SUSPECT.test(json)) return undefined;
  let found: LossyNumber | undefined;
  for (const [token, fraction, exponent] of json.matchAll(TOKENS)) {
    if (token.startsWith('"') || (token.length < 5 && found !== undefined)) continue;
    const becomes = Number(token);
    if (isKept(token, becomes, fraction === undefined && exponent === undefined)) continue;
    const cut = token.length > TEXT_LENGTH_MAX;
    const lossy = { text: cut ? `${token.slice(0, TEXT_LENGTH_MAX)}…` : token, becomes };
    if (!Number.isFinite(becomes)) return lossy;
    found ??= lossy;
  }
  return found;
}

function isKept(token: string, becomes: number, isInteger: boolean): boolean {
  if (!Number.isFinite(becomes)) return false;
  if (becomes === 0) return !/[1-9]/.test(token.split(/[eE]/, 1)[0] ?? '');
  // What a program printed from a double comes out as the same text again.
  if (!isInteger || Number.isSafeInteger(becomes) || token === String(becomes)) return true;
  return BigInt(token) === BigInt(becomes);
}
