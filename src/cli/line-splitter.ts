/** A line of bytes without its end; `number` counts from 1. */
export type Line =
  | { readonly number: number; readonly bytes: Buffer }
  /** One that is longer than allowed; its bytes are gone. */
  | { readonly number: number; readonly bytes: undefined; readonly length: number };

const NEWLINE = 10;

/** Cuts pieces of bytes into lines, holding one unfinished line of at most `lineBytesMax` bytes. */
export class LineSplitter {
  readonly #lineBytesMax: number;
  #pieces: Buffer[] = [];
  #length = 0;
  #number = 0;

  constructor(lineBytesMax: number) {
    this.#lineBytesMax = lineBytesMax;
  }

  /** How many lines were seen so far. */
  get lines(): number {
    return this.#number;
  }

  push(piece: Buffer): Line[] {
    const lines: Line[] = [];
    let at = 0;
    for (;;) {
      const end = piece.indexOf(NEWLINE, at);
      if (end < 0) break;
      this.#hold(piece.subarray(at, end));
      lines.push(this.#finish());
      at = end + 1;
    }
    this.#hold(piece.subarray(at));
    return lines;
  }

  /** The last line, where it has no line end of its own. */
  end(): Line[] {
    return this.#length > 0 ? [this.#finish()] : [];
  }

  #hold(piece: Buffer): void {
    this.#length += piece.length;
    if (this.#length > this.#lineBytesMax) this.#pieces = [];
    else if (piece.length > 0) this.#pieces.push(piece);
  }

  #finish(): Line {
    const length = this.#length;
    const pieces = this.#pieces;
    const number = ++this.#number;
    this.#length = 0;
    this.#pieces = [];
    if (length > this.#lineBytesMax) return { number, bytes: undefined, length };
    const [first] = pieces;
    return { number, bytes: pieces.length === 1 && first ? first : Buffer.concat(pieces) };
  }
}
