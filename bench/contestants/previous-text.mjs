// Compression with the previous text as dictionary: what general tools offer in place of a diff.
import * as zlib from 'node:zlib';
import { overTexts } from './text-memory.mjs';

const DEFLATE_WINDOW = 32 * 1024;

export const deflateDictionary = {
  name: 'deflate dict=prev',
  open: () =>
    overTexts({
      packAlone: (text) => zlib.deflateRawSync(text, { level: 9 }),
      pack: (previous, text) =>
        zlib.deflateRawSync(text, { level: 9, dictionary: previous.subarray(-DEFLATE_WINDOW) }),
      unpack: (previous, bytes) =>
        zlib.inflateRawSync(bytes, { dictionary: previous.subarray(-DEFLATE_WINDOW) }),
    }),
};

/** Whether this Node has zstd, and heeds a dictionary: neither is so in 20. */
function zstdTakesDictionary() {
  if (typeof zlib.zstdCompressSync !== 'function') return false;
  const text = Buffer.from(Array.from({ length: 400 }, (_, i) => (i * i) % 997).join(' '));
  return zlib.zstdCompressSync(text, { dictionary: text }).length < 64;
}

/** A window that reaches from the end of the text to the start of the dictionary. */
function windowLog(bytes) {
  return Math.min(27, Math.max(10, Math.ceil(Math.log2(bytes + 1))));
}

export const zstdDictionary = (level) => ({
  name: `zstd${level} dict=prev`,
  ...(zstdTakesDictionary() ? {} : { absent: 'this Node has no zstd with a dictionary' }),
  open: () =>
    overTexts({
      packAlone: (text) =>
        zlib.zstdCompressSync(text, {
          params: { [zlib.constants.ZSTD_c_compressionLevel]: level },
        }),
      pack: (previous, text) =>
        zlib.zstdCompressSync(text, {
          dictionary: previous,
          pledgedSrcSize: text.length,
          params: {
            [zlib.constants.ZSTD_c_compressionLevel]: level,
            [zlib.constants.ZSTD_c_windowLog]: windowLog(previous.length + text.length),
          },
        }),
      unpack: (previous, bytes) => zlib.zstdDecompressSync(bytes, { dictionary: previous }),
    }),
});
