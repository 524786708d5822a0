const INDEX_BITS_MIN = 10;
const INDEX_BITS_MAX = 17;
/** Bytes looked back over to see how long a match is. */
const LENGTH_MAX = 32;
const LENGTH_MIN = 4;

/**
 * Finds the last place where what was just coded stood before, and says what followed there.
 * Keeps the newest bytes only.
 */
export class MatchModel {
  private readonly mask: number;
  /** log2 of the places in the index, and what brings a hash down to the part in use. */
  private readonly indexBits: number;
  private shift: number;
  /** Made when the first byte comes: most never need them. */
  private bytes = new Uint8Array(0);
  private index = new Int32Array(0);
  /** Bytes ever appended. */
  private end = 0;
  private at = 0;
  /** How far the match goes back; 0: there is none. */
  length = 0;

  /** `sizeBits`: log2 of the bytes kept. */
  constructor(sizeBits: number) {
    this.mask = (1 << sizeBits) - 1;
    this.indexBits = Math.min(INDEX_BITS_MAX, Math.max(INDEX_BITS_MIN, sizeBits - 2));
    this.shift = 32 - this.indexBits;
  }

  reset(): void {
    this.index.fill(0);
    this.clear();
  }

  /** Nothing is to be found; cheap, and enough where all will be replaced by `load`. */
  clear(): void {
    this.end = 0;
    this.length = 0;
  }

  /** A text begins: what came before says nothing of it. */
  begin(): void {
    this.length = 0;
  }

  /** The byte that followed the place matched. */
  get expected(): number {
    return this.bytes[this.at & this.mask] as number;
  }

  get size(): number {
    return this.end;
  }

  /** A byte was coded: follows the match, or looks for one by the last four bytes. */
  follow(byte: number, lastFour: number, known: number): void {
    if (this.length > 0 && this.expected === byte) {
      this.at++;
      if (this.length < LENGTH_MAX) this.length++;
      if (this.at < this.end) return;
    }
    this.length = 0;
    if (known < LENGTH_MIN) return;
    this.seek(lastFour, known);
  }

  private seek(lastFour: number, known: number): void {
    const place = this.index[this.slot(lastFour)] ?? 0;
    if (place === 0 || place >= this.end || this.end - place > this.mask) return;
    let four = lastFour;
    let length = 0;
    while (length < LENGTH_MIN) {
      if (this.bytes[(place - 1 - length) & this.mask] !== (four & 0xff)) return;
      four >>>= 8;
      length++;
    }
    this.length = Math.min(length, known);
    this.at = place;
  }

  /** Appends a byte that ends these four. */
  append(byte: number, lastFour: number): void {
    if (this.bytes.length === 0) this.make();
    this.bytes[this.end & this.mask] = byte;
    this.end++;
    this.index[this.slot(lastFour)] = this.end;
  }

  /** Takes bytes as all there is to find, in place of what was there. */
  load(bytes: Uint8Array): void {
    const length = Math.min(bytes.length, this.mask + 1);
    // Only as much of the index is used, and has to be emptied, as the bytes are worth.
    const bits = Math.max(INDEX_BITS_MIN, 32 - Math.clz32(length));
    this.shift = 32 - Math.min(this.indexBits, bits);
    this.index.fill(0, 0, 2 ** (32 - this.shift));
    this.clear();
    if (length > 0 && this.bytes.length === 0) this.make();
    this.bytes.set(bytes.subarray(0, length));
    this.end = length;
    const { index, shift } = this;
    let four = 0;
    for (let i = 0; i < length; i++) {
      four = (four << 8) | (bytes[i] as number);
      index[slotOf(four, shift)] = i + 1;
    }
  }

  private make(): void {
    this.bytes = new Uint8Array(this.mask + 1);
    this.index = new Int32Array(2 ** this.indexBits);
  }

  private slot(lastFour: number): number {
    return slotOf(lastFour, this.shift);
  }
}

function slotOf(lastFour: number, shift: number): number {
  return Math.imul(lastFour, 0x9e37_79b1) >>> shift;
}
