/** Makes inputs from inputs. All randomness comes from the one generator it is given. */
// @ts-check

/** @typedef {import('../dist/testing/seeded-random.js').SeededRandom} SeededRandom */

const INTERESTING = [0, 1, 2, 4, 5, 7, 8, 15, 16, 63, 64, 127, 128, 133, 135, 136, 192, 254, 255];
/** Numbers at which a varint, a length or a limit changes its mind. */
const BOUNDARIES = [
  ...[0, 1, 2, 3, 15, 16, 31, 63, 64, 127, 128, 255, 256, 1023, 1024, 1025, 3072, 3073, 16_383],
  ...[
    16_384,
    65_535,
    65_536,
    2 ** 21,
    2 ** 23,
    2 ** 23 + 1,
    2 ** 24,
    2 ** 28,
    2 ** 31 - 1,
    2 ** 31,
  ],
  ...[2 ** 32 - 1, 2 ** 32, 2 ** 49, 2 ** 50, 2 ** 51, 2 ** 52, 2 ** 53 - 65, 2 ** 53 - 1, 2 ** 53],
];

/** LEB128 as the wire has it, and a little beyond. @param {number} value */
export function varint(value) {
  const bytes = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.of(...bytes, rest);
}

export class Mutator {
  length = 0;

  /**
   * @param {SeededRandom} random @param {number} lengthMax
   * @param {readonly Uint8Array[]} tokens
   */
  constructor(random, lengthMax, tokens) {
    this.random = random;
    this.lengthMax = lengthMax;
    this.tokens = tokens;
    this.buffer = new Uint8Array(2 * lengthMax);
  }

  /** @param {Uint8Array} input @param {Uint8Array} other another input, to take parts of */
  mutate(input, other) {
    this.length = Math.min(input.length, this.lengthMax);
    this.buffer.set(input.subarray(0, this.length));
    const { random } = this;
    let rounds = 1;
    while (rounds < 12 && random.below(5) < 2) rounds++;
    for (let i = 0; i < rounds; i++) this.#once(other);
    return this.buffer.slice(0, this.length);
  }

  /** @param {Uint8Array} other */
  #once(other) {
    const { random, buffer } = this;
    if (this.length === 0) return this.#splice(0, 0, Uint8Array.of(random.below(256)));
    const at = random.below(this.length);
    const old = buffer[at] ?? 0;
    switch (random.below(16)) {
      case 0:
      case 1:
      case 2:
        buffer[at] = old ^ (1 << random.below(8));
        return;
      case 3:
        buffer[at] = random.below(256);
        return;
      case 4:
        buffer[at] = INTERESTING[random.below(INTERESTING.length)] ?? 0;
        return;
      case 5:
        buffer[at] = old + random.below(17) - 8;
        return;
      case 6:
        return this.#splice(at, this.#size(this.length - at), new Uint8Array(0));
      case 7:
        return this.#splice(at, 0, this.#part());
      case 8: {
        const part = this.#part();
        return this.#splice(at, part.length, part);
      }
      case 9:
        return this.#splice(at, 0, this.#token());
      case 10: {
        const token = this.#token();
        return this.#splice(at, token.length, token);
      }
      case 11:
        return this.#splice(at, this.length - at, other.subarray(random.below(other.length + 1)));
      case 12: {
        const from = random.below(other.length + 1);
        const count = this.#size(other.length - from);
        return this.#splice(at, random.below(2) * count, other.subarray(from, from + count));
      }
      case 13:
      case 14:
        return this.#editVarint(at);
      default:
        if (random.below(4) === 0) this.length = at;
        else this.#splice(at, 0, Uint8Array.of(random.below(256)));
    }
  }

  /** A length, short more often than long. @param {number} most */
  #size(most) {
    const { random } = this;
    if (most <= 1) return most;
    return 1 + random.below(random.below(4) === 0 ? most : Math.min(most, 8));
  }

  #part() {
    const from = this.random.below(this.length);
    return this.buffer.slice(from, from + this.#size(this.length - from));
  }

  #token() {
    const { random, tokens } = this;
    if (tokens.length === 0 || random.below(3) === 0) return varint(this.#boundary());
    return tokens[random.below(tokens.length)] ?? new Uint8Array(0);
  }

  #boundary() {
    return BOUNDARIES[this.random.below(BOUNDARIES.length)] ?? 0;
  }

  /** Takes what stands there for a varint, and writes another in its place. @param {number} at */
  #editVarint(at) {
    const { random, buffer } = this;
    let value = 0;
    let width = 0;
    for (let scale = 1; width < 8 && at + width < this.length; scale *= 128) {
      const byte = buffer[at + width++] ?? 0;
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) break;
    }
    const changes = [value + 1, value - 1, value * 2, Math.floor(value / 2), this.#boundary()];
    const next = changes[random.below(changes.length)] ?? 0;
    this.#splice(at, width, varint(Math.max(0, Math.min(next, 2 ** 53))));
  }

  /** @param {number} at @param {number} drop @param {Uint8Array} insert */
  #splice(at, drop, insert) {
    const { buffer, length, lengthMax } = this;
    const end = Math.min(at + drop, length);
    const coming = insert.subarray(0, Math.max(0, lengthMax - at - (length - end)));
    buffer.copyWithin(at + coming.length, end, length);
    buffer.set(coming, at);
    this.length = at + coming.length + length - end;
  }
}
