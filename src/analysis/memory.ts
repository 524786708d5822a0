/**
 * About how much memory an entry takes that is held: its text, its value at both ends, and what
 * each strategy and breakdown keeps for its key. Measured on many shapes, and rounded up.
 */
const KEY_BYTES = 1200;
const KEY_CHARACTER_BYTES = 2;
const TEXT_BYTE_BYTES = 3;
const PART_BYTES = 40;
/** Parts are counted anew when a text has become so much longer. */
const LONGER = 1.125;

const [COMMA, OPEN_ARRAY, OPEN_OBJECT] = [0x2c, 0x5b, 0x7b];

/** Members and elements of a JSON text; what is in its strings may count, too. */
function partsIn(text: Uint8Array): number {
  let parts = 0;
  for (const byte of text) {
    if (byte === COMMA || byte === OPEN_ARRAY || byte === OPEN_OBJECT) parts++;
  }
  return parts;
}

/** What one entry is estimated to take. */
export class EntryMemory {
  readonly #keyBytes: number;
  #countedBytes = 0;
  #parts = 0;
  /** The estimate, in bytes. */
  bytes: number;

  constructor(key: string | number) {
    this.#keyBytes = KEY_BYTES + KEY_CHARACTER_BYTES * String(key).length;
    this.bytes = this.#keyBytes;
  }

  /** The entry has another text; undefined: it is deleted, but not its key. Returns the growth. */
  hold(text: Uint8Array | undefined): number {
    const before = this.bytes;
    const length = text?.length ?? 0;
    if (text !== undefined && length > this.#countedBytes * LONGER) {
      this.#parts = partsIn(text);
      this.#countedBytes = length;
    }
    const parts = text === undefined ? 0 : this.#parts;
    this.bytes = this.#keyBytes + TEXT_BYTE_BYTES * length + PART_BYTES * parts;
    return this.bytes - before;
  }
}
