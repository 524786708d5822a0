import { ByteWriter } from '../core/bytes.ts';

/** How far a lost place is looked for, in bytes. */
const SEEK_MAX = 24;
/** Bytes that have to agree for a place to be found again. */
const AGREE = 3;

/** A text that the one being coded is likely to resemble, followed alongside. */
export class Reference {
  private readonly bytes = new ByteWriter(64);
  private at = 0;
  private run = 0;
  private misses = 0;
  private recent = 0;

  begin(text: string): void {
    this.at = 0;
    this.run = 0;
    this.misses = 0;
    this.recent = 0;
    this.bytes.truncate(0);
    this.bytes.utf8(text);
  }

  /** The byte that would come if the texts were alike; 0: the end, or no text. */
  get expected(): number {
    return this.at < this.bytes.length ? this.bytes.at(this.at) : 0;
  }

  /** How well it has gone so far, 0 to 3; 0: there is no such text. */
  get trust(): number {
    if (this.bytes.length === 0) return 0;
    if (this.run === 0) return 1;
    return this.run > 3 || this.misses === 0 ? 3 : 2;
  }

  /** How well it has gone so far, in 32 grades. */
  get record(): number {
    return Math.min(this.run, 7) + 8 * Math.min(this.misses, 3);
  }

  follow(byte: number): void {
    const { bytes } = this;
    if (bytes.length === 0) return;
    this.recent = (this.recent << 8) | byte;
    if (this.expected === byte) {
      this.at++;
      this.run++;
      return;
    }
    this.run = 0;
    this.misses++;
    this.at++;
    this.seek();
  }

  /** The nearest place behind the last bytes, ahead first; otherwise one byte was replaced. */
  private seek(): void {
    const { bytes, at } = this;
    for (let off = 1; off < SEEK_MAX; off++) {
      if (this.agrees(at + off)) {
        this.at = at + off;
        return;
      }
      if (this.agrees(at - off)) {
        this.at = at - off;
        return;
      }
    }
    if (this.at > bytes.length) this.at = bytes.length;
  }

  private agrees(end: number): boolean {
    const { bytes, recent } = this;
    if (end < AGREE || end > bytes.length) return false;
    for (let i = 0; i < AGREE; i++) {
      if (bytes.at(end - 1 - i) !== ((recent >>> (8 * i)) & 0xff)) return false;
    }
    return true;
  }
}
