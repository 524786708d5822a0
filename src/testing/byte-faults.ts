import type { FaultCounters, Faults } from './faults.ts';
import type { SeededRandom } from './seeded-random.ts';

/** Longest run of bytes that one drop or one duplicate concerns. */
const RUN_BYTES_MAX = 64;

/** A handshake that is not over by then is none; a stream of another protocol gets its faults. */
const HANDSHAKE_BYTES_MAX = 16_384;

const HANDSHAKE_END = [13, 10, 13, 10] as const;

export type ByteFaultsOptions = {
  readonly random: SeededRandom;
  readonly counters: FaultCounters;
  /** Leave everything up to and with the first `\r\n\r\n` as it is. */
  readonly spareHandshake: boolean;
};

/**
 * Damages one stream of bytes: drops runs, then repeats runs, then flips bits in what is left. So
 * every flip that is counted arrives. Where it strikes depends on the seed and on byte positions
 * (counted from the end of the handshake), not on how the stream is cut into pieces.
 */
export class ByteFaults {
  readonly #counters: FaultCounters;
  readonly #dropGap: Gap;
  readonly #duplicateGap: Gap;
  readonly #corruptGap: Gap;
  #handshakeOver: boolean;
  #handshakeBytes = 0;
  #handshakeMatched = 0;
  #dropBytesLeft = 0;
  #runBytesWanted = 0;
  #run: number[] = [];
  #flipsWanted = 0;
  readonly #flipRandom: SeededRandom;

  constructor({ random, counters, spareHandshake }: ByteFaultsOptions) {
    this.#counters = counters;
    this.#handshakeOver = !spareHandshake;
    this.#flipRandom = random.fork('flip');
    this.#dropGap = new Gap(random.fork('drop'));
    this.#duplicateGap = new Gap(random.fork('duplicate'));
    this.#corruptGap = new Gap(random.fork('corrupt'));
  }

  /** Bytes at the start that are spared: Infinity until the end of the handshake was seen. */
  get handshakeLength(): number {
    return this.#handshakeOver ? this.#handshakeBytes : Infinity;
  }

  /** New rates from the next byte on. A rate that stays the same keeps its next event. */
  retune(faults: Faults): void {
    this.#dropGap.retune(faults.dropEveryBytes);
    this.#duplicateGap.retune(faults.duplicateEveryBytes);
    this.#corruptGap.retune(faults.corruptEveryBytes);
    if (faults.dropEveryBytes === undefined) this.#dropBytesLeft = 0;
    if (faults.duplicateEveryBytes === undefined) this.#endRun();
  }

  /** Flips one bit of the next piece that is no handshake, besides those that the rates flip. */
  flipNext(): void {
    this.#flipsWanted++;
  }

  /** What arrives of the next piece: perhaps nothing. May write into `piece`, and return it. */
  apply(piece: Buffer): Buffer {
    if (this.#handshakeOver) return this.#damage(piece);
    const spared = this.#handshakeBytesIn(piece);
    if (spared === piece.length) return piece;
    return Buffer.concat([piece.subarray(0, spared), this.#damage(piece.subarray(spared))]);
  }

  #handshakeBytesIn(piece: Buffer): number {
    for (let at = 0; at < piece.length; at++) {
      const byte = piece[at];
      if (byte === HANDSHAKE_END[this.#handshakeMatched]) this.#handshakeMatched++;
      else this.#handshakeMatched = byte === HANDSHAKE_END[0] ? 1 : 0;
      this.#handshakeBytes++;
      this.#handshakeOver =
        this.#handshakeMatched === HANDSHAKE_END.length ||
        this.#handshakeBytes === HANDSHAKE_BYTES_MAX;
      if (this.#handshakeOver) return at + 1;
    }
    return piece.length;
  }

  #damage(piece: Buffer): Buffer {
    return this.#corrupt(this.#duplicate(this.#drop(piece)));
  }

  #drop(piece: Buffer): Buffer {
    if (this.#dropGap.bytesLeft >= piece.length && this.#dropBytesLeft === 0) {
      this.#dropGap.pass(piece.length);
      return piece;
    }
    const kept: Buffer[] = [];
    for (let at = 0; at < piece.length;) {
      if (this.#dropBytesLeft === 0 && this.#dropGap.bytesLeft === 0) {
        this.#dropBytesLeft = this.#dropGap.drawRunBytes();
        this.#counters.drops++;
      }
      if (this.#dropBytesLeft > 0) {
        const bytes = Math.min(this.#dropBytesLeft, piece.length - at);
        this.#dropBytesLeft -= bytes;
        this.#counters.bytesDropped += bytes;
        at += bytes;
        continue;
      }
      const bytes = Math.min(this.#dropGap.bytesLeft, piece.length - at);
      kept.push(piece.subarray(at, at + bytes));
      this.#dropGap.pass(bytes);
      at += bytes;
    }
    return Buffer.concat(kept);
  }

  #duplicate(piece: Buffer): Buffer {
    if (this.#duplicateGap.bytesLeft >= piece.length && this.#runBytesWanted === 0) {
      this.#duplicateGap.pass(piece.length);
      return piece;
    }
    const out: Buffer[] = [];
    for (let at = 0; at < piece.length;) {
      if (this.#runBytesWanted === 0 && this.#duplicateGap.bytesLeft === 0) {
        this.#runBytesWanted = this.#duplicateGap.drawRunBytes();
      }
      const inRun = this.#runBytesWanted > 0;
      const most = inRun ? this.#runBytesWanted - this.#run.length : this.#duplicateGap.bytesLeft;
      const part = piece.subarray(at, at + Math.min(most, piece.length - at));
      out.push(part);
      at += part.length;
      if (inRun) this.#repeat(part, out);
      else this.#duplicateGap.pass(part.length);
    }
    return Buffer.concat(out);
  }

  #repeat(part: Buffer, out: Buffer[]): void {
    for (const byte of part) this.#run.push(byte);
    if (this.#run.length < this.#runBytesWanted) return;
    out.push(Buffer.from(this.#run));
    this.#counters.duplicates++;
    this.#counters.bytesDuplicated += this.#run.length;
    this.#endRun();
  }

  #endRun(): void {
    this.#run = [];
    this.#runBytesWanted = 0;
  }

  #corrupt(piece: Buffer): Buffer {
    for (; this.#flipsWanted > 0 && piece.length > 0; this.#flipsWanted--) {
      const victim = this.#flipRandom.below(piece.length);
      piece[victim] = (piece[victim] ?? 0) ^ (1 << this.#flipRandom.below(8));
      this.#counters.corruptions++;
    }
    let at = 0;
    while (this.#corruptGap.bytesLeft < piece.length - at) {
      at += this.#corruptGap.bytesLeft;
      // In place: a piece that was read from a socket has its own memory and no other reader.
      piece[at] = (piece[at] ?? 0) ^ (1 << this.#corruptGap.drawBit());
      this.#counters.corruptions++;
      at++;
    }
    this.#corruptGap.pass(piece.length - at);
    return piece;
  }
}

/** The distance to the next event on a stream of bytes: infinite while there are none. */
class Gap {
  readonly #random: SeededRandom;
  #meanBytes: number | undefined;
  #bytesLeft = Infinity;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  get bytesLeft(): number {
    return this.#bytesLeft;
  }

  pass(bytes: number): void {
    this.#bytesLeft -= bytes;
  }

  retune(meanBytes: number | undefined): void {
    if (meanBytes === this.#meanBytes) return;
    this.#meanBytes = meanBytes;
    this.#draw();
  }

  /** How many bytes the event that is due concerns; the gap after them is drawn with it. */
  drawRunBytes(): number {
    const bytes = 1 + this.#random.below(RUN_BYTES_MAX);
    this.#draw();
    return bytes;
  }

  /** Which bit the event that is due concerns, 0..7; the gap after its byte is drawn with it. */
  drawBit(): number {
    const bit = this.#random.below(8);
    this.#draw();
    return bit;
  }

  #draw(): void {
    const mean = this.#meanBytes;
    this.#bytesLeft = mean === undefined ? Infinity : Math.floor(this.#random.exponential(mean));
  }
}
