/**
 * Dense frames in the bytes of compact ones, with a word of memory for all that was coded before:
 * what is seen of the protocol then does not change whenever the coding gets better.
 */
import { ChangeWriter } from '../../src/cache/change-writer.ts';
import type { Change } from '../../src/cache/change.ts';
import { readFrameContent } from '../../src/cache/frame-content.ts';
import { writeFrameHead } from '../../src/cache/frame.ts';
import { ByteReader, ByteWriter } from '../../src/core/bytes.ts';
import { malformed } from '../../src/core/errors.ts';
import { defaultLimits } from '../../src/core/limits.ts';
import { ValueWriter } from '../../src/core/value-writer.ts';
import { DenseFrameCoder } from '../../src/dense/frame-coder.ts';
import { DenseFrameReader } from '../../src/dense/frame-reader.ts';
import { bytesCheck } from '../../src/protocol/seal.ts';
import { instead, together } from './plant.ts';

const NO_EPOCH = { term: 0, incarnation: '0'.repeat(16) };
const memories = new WeakMap<object, number>();

function encode(this: object, changes: readonly Change[]): Uint8Array {
  const out = new ByteWriter();
  writeFrameHead(out, { from: 0, to: 0 }, changes.length);
  const writer = new ChangeWriter(new ValueWriter(out));
  for (const change of changes) writer.write(change);
  const memory = memories.get(this) ?? 0;
  out.u32(memory);
  const bytes = out.take();
  memories.set(this, bytesCheck(bytes, memory));
  return bytes;
}

function decode(this: object, bytes: Uint8Array): readonly Change[] {
  const { changes, check } = readFrameContent(new ByteReader(bytes), NO_EPOCH, defaultLimits);
  const memory = memories.get(this) ?? 0;
  if (check !== memory) throw malformed('a dense frame upon another memory');
  memories.set(this, bytesCheck(bytes, memory));
  return changes;
}

/** Puts it in the place of every coder; returns what takes it out again. */
export const plainDense = together(
  instead(DenseFrameCoder, 'encode', () => encode),
  instead(DenseFrameReader, 'decode', () => decode),
  instead(
    DenseFrameReader,
    'reset',
    () =>
      function () {
        memories.delete(this as object);
      },
  ),
);
