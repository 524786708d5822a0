/** What every short patch means, byte by byte. */
import { describe, expect, it } from 'vitest';

import { Patch } from '../../src/core/patch.ts';
import { fingerprint } from '../support/fingerprint.ts';
import { codeOr } from '../support/error-code.ts';

/** What the bytes mean, or the code of the error; what can be read is written in no other way. */
function meaning(bytes: Uint8Array): unknown {
  return codeOr(() => {
    const patch = Patch.decode(bytes);
    if (patch.op?.kind === 'quoted') return [patch.op.count, [...patch.op.skeleton]];
    expect([...patch.encode()]).toEqual([...bytes]);
    return patch.op ?? 'no change';
  });
}

function* sequences(alphabet: readonly number[], length: number): Generator<number[]> {
  if (length === 0) yield [];
  else {
    for (const rest of sequences(alphabet, length - 1))
      for (const byte of alphabet) yield [...rest, byte];
  }
}

const ALL = Array.from({ length: 256 }, (_, byte) => byte);
/** First and last of each kind of value, of op and of token. */
const EDGES = [
  ...[0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x08, 0x0c, 0x0d, 0x0e, 0x0f, 0x1d, 0x3f, 0x40, 0x41],
  ...[0x61, 0x7f, 0x80, 0x81, 0x83, 0x84, 0x85, 0x87, 0x88, 0x89, 0x90, 0x91, 0xa1, 0xb0, 0xb1],
  ...[0xc0, 0xff],
];
/** Little else than edits of parts: what is mostly well-formed. */
const TOKENS = [0x00, 0x01, 0x02, 0x06, 0x07, 0x08, 0x0d, 0x0f, 0x1e, 0x41, 0x61];

describe('C1 C4 C11 the meaning of patches', () => {
  it('of one and two bytes is what it was, for all of them', () => {
    const outcomes = [1, 2].flatMap((length) =>
      Array.from(sequences(ALL, length), (bytes) => meaning(Uint8Array.from(bytes))),
    );
    expect(fingerprint(outcomes)).toBe('65792 5c745a3f1c24');
  });

  it('of three bytes and more is what it was, for those at the edges', () => {
    const outcomes = [
      ...sequences(EDGES, 3),
      ...Array.from(sequences(TOKENS, 4)),
      ...Array.from(sequences(EDGES, 2), (bytes) => [0, 0x88, 1, 2, 0x61, ...bytes]),
      ...Array.from(sequences(EDGES, 2), (bytes) => [0, 0xb2, 0x88, 1, 2, 0x61, 1, ...bytes]),
      ...Array.from(sequences(EDGES, 2), (bytes) => [4, ...bytes, 0x01, 0x61]),
      ...Array.from(sequences(EDGES, 2), (bytes) => [0, 0xb1, ...bytes]),
    ].map((bytes) => meaning(Uint8Array.from(bytes)));
    expect(fingerprint(outcomes)).toBe('51505 e62a7ce72dfa');
  });

  it('of long counts and numbers is what it was, at each length of a varint', () => {
    const outcomes: unknown[] = [];
    const varint = (n: number): number[] =>
      n < 128 ? [n] : [(n % 128) + 128, ...varint(Math.floor(n / 128))];
    for (const power of [6, 7, 13, 14, 20, 21, 28, 31, 32, 35, 42, 49, 51, 52, 53, 54]) {
      for (const n of [2 ** power - 65, 2 ** power - 64, 2 ** power - 1, 2 ** power]) {
        for (const head of [0x83, 0x84, 0x86, 0x87, 0x88, 0x91, 0x9f, 0xa1, 0xff]) {
          outcomes.push(meaning(Uint8Array.from([0, head, ...varint(n)])));
        }
        for (const op of [1, 2, 3, 4, 6])
          outcomes.push(meaning(Uint8Array.from([op, ...varint(n), 1, 1])));
        for (const token of [0x0d, 0x0f])
          outcomes.push(meaning(Uint8Array.from([2, token, ...varint(n)])));
        outcomes.push(
          meaning(Uint8Array.from([0, 0x83, ...varint(n).map((byte) => byte | 0x80), 0])),
        );
      }
    }
    for (let byte = 0; byte < 256; byte++) {
      outcomes.push(meaning(Uint8Array.from([0, 0x85, 0, 0, 0, 0, 0, 0, byte, 0x7f])));
      outcomes.push(meaning(Uint8Array.from([0, 0x85, 1, 0, 0, 0, 0, 0, 0xf0, byte])));
      outcomes.push(meaning(Uint8Array.from([0, 0x42, 0xc3, byte])));
      outcomes.push(meaning(Uint8Array.from([0, 0x43, 0xed, byte, 0x80])));
    }
    expect(fingerprint(outcomes)).toBe('2112 e9c531dcb315');
  });
});
