/** The text of one JSON value of many; `number` counts from 1. */
export type ValueText =
  | { readonly number: number; readonly bytes: Buffer }
  /** One that is longer than allowed; its bytes are gone. */
  | { readonly number: number; readonly bytes: undefined; readonly length: number };

const [QUOTE, BACKSLASH, COMMA] = [0x22, 0x5c, 0x2c];
const [OPEN_OBJECT, CLOSE_OBJECT, OPEN_ARRAY, CLOSE_ARRAY] = [0x7b, 0x7d, 0x5b, 0x5d];
const SPACES: ReadonlySet<number> = new Set([0x20, 0x0a, 0x0d, 0x09]);

/**
 * Cuts pieces of bytes into the elements of one long JSON array (`depth` 1), or into objects and
 * arrays that follow one another (`depth` 0). Holds one unfinished value of at most `bytesMax`
 * bytes. What is between brackets is not looked at: whether it is JSON shows when it is parsed.
 */
export class ValueSplitter {
  readonly #depth: 0 | 1;
  readonly #bytesMax: number;
  #open = 0;
  #inString = false;
  #isEscaped = false;
  #isInValue = false;
  #pieces: Buffer[] = [];
  #length = 0;
  #number = 0;

  constructor(depth: 0 | 1, bytesMax: number) {
    this.#depth = depth;
    this.#bytesMax = bytesMax;
  }

  /** Whether the input could end here. */
  get isWhole(): boolean {
    return this.#open === 0 && !this.#isInValue;
  }

  get values(): number {
    return this.#number;
  }

  push(piece: Buffer): ValueText[] {
    const found: ValueText[] = [];
    let start = 0;
    const finish = (end: number): void => this.#finish(piece.subarray(start, end), found);
    for (let i = 0; i < piece.length; i++) {
      const byte = piece[i] ?? 0;
      if (this.#inString) {
        i = this.#throughString(piece, i);
        continue;
      }
      const isOpening = byte === OPEN_OBJECT || byte === OPEN_ARRAY;
      const isClosing = byte === CLOSE_OBJECT || byte === CLOSE_ARRAY;
      const isBetween = this.#open === this.#depth;
      const endsScalar = isClosing || byte === COMMA || SPACES.has(byte);
      if (isBetween && this.#isInValue && endsScalar) finish(i);
      if (isOpening) this.#open++;
      // The bracket around all elements is no value, nor is what stands between them.
      const isAround = isOpening && this.#open <= this.#depth;
      if (!this.#isInValue && !endsScalar && !isAround) {
        this.#isInValue = true;
        start = i;
      }
      if (byte === QUOTE) this.#inString = true;
      if (!isClosing) continue;
      this.#open = Math.max(0, this.#open - 1);
      if (this.#open === this.#depth && this.#isInValue) finish(i + 1);
    }
    if (this.#isInValue) this.#hold(piece.subarray(start));
    return found;
  }

  /** The last value, where nothing after it said that it had ended. */
  end(): ValueText[] {
    const found: ValueText[] = [];
    if (this.#isInValue && this.#open === 0) this.#finish(Buffer.alloc(0), found);
    return found;
  }

  /** The index of the last byte of the string that lies in this piece. */
  #throughString(piece: Buffer, from: number): number {
    for (let i = from; i < piece.length; i++) {
      const byte = piece[i];
      if (this.#isEscaped) this.#isEscaped = false;
      else if (byte === BACKSLASH) this.#isEscaped = true;
      else if (byte === QUOTE) {
        this.#inString = false;
        return i;
      }
    }
    return piece.length;
  }

  #hold(bytes: Buffer): void {
    this.#length += bytes.length;
    if (this.#length > this.#bytesMax) this.#pieces = [];
    else if (bytes.length > 0) this.#pieces.push(bytes);
  }

  #finish(last: Buffer, found: ValueText[]): void {
    this.#hold(last);
    const number = ++this.#number;
    const length = this.#length;
    const pieces = this.#pieces;
    this.#isInValue = false;
    this.#length = 0;
    this.#pieces = [];
    if (length > this.#bytesMax) found.push({ number, bytes: undefined, length });
    else found.push({ number, bytes: Buffer.concat(pieces) });
  }
}
