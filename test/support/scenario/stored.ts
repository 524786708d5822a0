import { inflateRawSync } from 'node:zlib';

const BLOCK_BYTES_MAX = 0xffff;

/**
 * Raw deflate made anew of stored blocks: how small compressors make a text differs from one
 * build to the next, and scenarios show sizes.
 */
export function storedAgain(packed: Uint8Array): Uint8Array {
  const raw = inflateRawSync(packed);
  const blocks: Uint8Array[] = [];
  let at = 0;
  do {
    const block = raw.subarray(at, at + BLOCK_BYTES_MAX);
    at += block.length;
    const { length } = block;
    const isLast = at >= raw.length ? 1 : 0;
    const lengths = [length & 0xff, length >> 8, ~length & 0xff, (~length >> 8) & 0xff];
    blocks.push(Uint8Array.of(isLast, ...lengths), block);
  } while (at < raw.length);
  return Uint8Array.from(Buffer.concat(blocks));
}
