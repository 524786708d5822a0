/**
 * Golden vectors: the bytes and digests of values and patches, readable by other languages.
 * They belong to the protocol's number. Where an encoder learns to say the same in other bytes,
 * which old readers take, `WRITE_VECTORS=1 npx vitest run test/core/vectors` writes them anew; any
 * other change of them is a change of the protocol.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { ValueReader } from '../../src/core/value-reader.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { Differ } from '../../src/core/diff.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { applyPatch, diff, digestOf, Patch } from '../../src/core/patch.ts';
import type { Value } from '../../src/core/value.ts';
import { fromHex, toHex } from '../support/damaged-bytes.ts';

interface ValueVector {
  value: Value;
  hex: string;
  digest: string;
}
interface PatchVector {
  base: Value;
  target: Value;
  hex: string;
  /** Of the target. */
  digest: string;
}

function vectors<T extends object>(name: string, made: (given: T) => object): T[] {
  const file = new URL(`../vectors/${name}.json`, import.meta.url);
  const all = JSON.parse(readFileSync(file, 'utf8')) as T[];
  if (process.env['WRITE_VECTORS'] === undefined) return all;
  const written = all.map((given) => Object.assign(given, made(given)));
  const lines = written.map((one) => `  ${asciiJson(one)}`);
  writeFileSync(file, `[\n${lines.join(',\n')}\n]\n`);
  return written;
}

/** JSON in ASCII: what a vector holds must not hang on how a file is read. */
function asciiJson(value: unknown): string {
  const escape = (unit: string): string => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify(value).replaceAll(/[^ -~]/g, escape);
}

function encode(value: Value): string {
  const out = new ByteWriter();
  new ValueWriter(out).value(new Differ('copy', true).take(value));
  return toHex(out.take());
}

function decode(hex: string): Value {
  const input = new ByteReader(fromHex(hex));
  const value = new ValueReader(input, defaultLimits).value(0);
  input.finish();
  return value;
}

const patchHex = (base: Value, target: Value): string =>
  toHex((diff(base, target) ?? new Patch(undefined)).encode());

const values = vectors<ValueVector>('values', ({ value }) => ({
  hex: encode(value),
  digest: digestOf(value),
}));
const patches = vectors<PatchVector>('patches', ({ base, target }) => ({
  hex: patchHex(base, target),
  digest: digestOf(target),
}));

const short = (value: unknown): string => asciiJson(value).slice(0, 60);

describe('C1 G1 the golden vectors', () => {
  it.each(values.map((vector) => [short(vector.value), vector] as const))(
    'hold the bytes and the digest of %s',
    (_title, { value, hex, digest }) => {
      expect(encode(value)).toBe(hex);
      expect(JSON.stringify(decode(hex))).toBe(JSON.stringify(value));
      expect(digestOf(value)).toBe(digest);
      expect(digestOf(decode(hex))).toBe(digest);
    },
  );

  it.each(patches.map((one) => [`${short(one.base)} to ${short(one.target)}`, one] as const))(
    'hold the patch of %s',
    (_title, { base, target, hex, digest }) => {
      expect(patchHex(base, target)).toBe(hex);
      const next = applyPatch(base, Patch.decode(fromHex(hex)));
      expect(JSON.stringify(next)).toBe(JSON.stringify(target));
      expect(digestOf(next)).toBe(digest);
    },
  );

  it('are a few dozen of each kind', () => {
    expect(values.length).toBeGreaterThan(60);
    expect(patches.length).toBeGreaterThan(40);
  });
});
