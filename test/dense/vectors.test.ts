/**
 * Golden vectors of dense frames: what each frame of a group sets, in order, and its coded bytes.
 * A change of any of them is a change of what a coder has in mind, and with it of the protocol;
 * `WRITE_VECTORS=1 npx vitest run test/dense/vectors` writes them anew.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Key } from '../../src/core/key.ts';
import type { Value } from '../../src/core/value.ts';
import { fromHex, toHex } from '../support/damaged-bytes.ts';
import { changesTo, CoderEnds } from './coder-ends.ts';

interface DenseVector {
  readonly name: string;
  /** A key without a value is deleted. */
  readonly frames: { set: [Key, Value?][]; hex?: string }[];
}

const file = new URL('../vectors/dense.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as readonly DenseVector[];

/** A group from its beginning: the bytes of each frame. */
function coded({ frames }: DenseVector): string[] {
  const ends = new CoderEnds();
  return frames.map(({ set }) => toHex(ends.pass(set.map(([key, value]) => [key, value]))));
}

function written(vector: DenseVector): string {
  const hex = coded(vector);
  const frames = vector.frames.map(({ set }, i) => ascii({ set, hex: hex[i] }));
  return `  {"name":${ascii(vector.name)},"frames":[\n    ${frames.join(',\n    ')}\n  ]}`;
}

/** JSON in ASCII: what a vector holds must not hang on how a file is read. */
function ascii(value: unknown): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[^ -~]/g, escape);
}

if (process.env['WRITE_VECTORS'] !== undefined) {
  writeFileSync(file, `[\n${vectors.map(written).join(',\n')}\n]\n`);
}
const golden = JSON.parse(readFileSync(file, 'utf8')) as readonly DenseVector[];

describe('C8 the golden vectors of dense frames', () => {
  it.each(golden.map((vector) => [vector.name, vector] as const))(
    'hold the bytes of each frame of a group: %s',
    (_name, vector) => {
      expect(coded(vector)).toEqual(vector.frames.map(({ hex }) => hex));
    },
  );

  it.each(golden.map((vector) => [vector.name, vector] as const))(
    'can be read by a coder that has written nothing: %s',
    (_name, { frames }) => {
      const ends = new CoderEnds();
      const expected = new Map<Key, Value>();
      for (const { set, hex = '' } of frames) {
        const changes = changesTo(
          expected,
          set.map(([key, value]) => [key, value]),
        );
        expect(ends.read(fromHex(hex)).map(({ kind, key }) => [kind, key])).toEqual(
          changes.map(({ kind, key }) => [kind, key]),
        );
        for (const [key, value] of set) {
          if (value === undefined) expected.delete(key);
          else expected.set(key, value);
        }
        for (const [key, value] of expected) expect(ends.copy.get(key)).toEqual(value);
        expect(ends.copy.size).toBe(expected.size);
      }
    },
  );

  it('are mostly a few bytes long', () => {
    const frames = golden.flatMap((vector) => vector.frames);
    expect(frames.length).toBeGreaterThan(15);
    const lengths = frames.map(({ hex = '' }) => hex.length / 2);
    expect(Math.max(...lengths)).toBeLessThan(120);
  });
});
