import { createReadStream } from 'node:fs';
import { access, constants as accessModes, stat } from 'node:fs/promises';
import type { Duplex, Readable } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip } from 'node:zlib';

import { DiffStreamError } from '../core/errors.ts';
import { isPipeFile, readPipeFile } from './pipe-file.ts';
import { printable } from './printable.ts';

/** Where the bytes of a feed come from. */
export interface FeedSource {
  /** For people: the path as it was given, or `standard input`. */
  readonly name: string;
  /** Whether the bytes can be read again from the start. */
  readonly canRepeat: boolean;
  /** The bytes, unpacked. Throws `bad-input` when reading or unpacking fails on the way. */
  readonly chunks: () => AsyncIterable<Buffer>;
}

const CHUNK_BYTES = 256 * 1024;

/**
 * A file, unpacked where its name ends in `.gz` or `.br`, or with `-` the standard input. Throws
 * `bad-input` for a file that cannot be read.
 */
export async function openFeedSource(path: string, stdin: Readable): Promise<FeedSource> {
  if (path === '-') {
    return { name: 'standard input', canRepeat: false, chunks: () => bytesOf(stdin) };
  }
  const name = printable(path);
  try {
    await access(path, accessModes.R_OK);
    if ((await stat(path)).isDirectory()) throw new Error('it is a folder');
  } catch (cause) {
    throw new DiffStreamError('bad-input', `cannot read ${name}: ${readingCause(cause)}`, {
      cause,
    });
  }
  const isPipe = await isPipeFile(path);
  const chunks = (): AsyncIterable<Buffer> => {
    const file = isPipe
      ? readPipeFile(path)
      : createReadStream(path, { highWaterMark: CHUNK_BYTES });
    const decoder = decoderFor(path);
    return withCause(name, decoder === undefined ? file : unpacked(file, decoder));
  };
  return { name, canRepeat: !isPipe, chunks };
}

function decoderFor(path: string): Duplex | undefined {
  if (path.endsWith('.gz')) return createGunzip();
  if (!path.endsWith('.br')) return undefined;
  // Files packed with a window above 16 MiB need this; others are read all the same.
  return createBrotliDecompress({ params: { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 } });
}

/** A stream set to an encoding would give text. */
async function* bytesOf(stream: Readable): AsyncGenerator<Buffer> {
  for await (const chunk of stream) {
    yield typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer);
  }
}

/**
 * What a decoder makes of a file. Piped streams drop what they hold when an error comes; here what
 * was unpacked before a damaged place is given out first.
 */
async function* unpacked(packed: AsyncIterable<Buffer>, decoder: Duplex): AsyncGenerator<Buffer> {
  const ready: Buffer[] = [];
  let failure: Error | undefined;
  const ended = new Promise<void>((resolve) => decoder.once('close', () => resolve()));
  decoder.on('data', (chunk: Buffer) => ready.push(chunk));
  decoder.on('error', (error) => (failure = error));
  try {
    for await (const chunk of packed) {
      const written = new Promise<void>((resolve) => decoder.write(chunk, () => resolve()));
      // A decoder that fails may forget to say that it is done with a piece.
      await Promise.race([written, ended]);
      yield* ready.splice(0);
      if (failure !== undefined) break;
    }
    decoder.end();
    if (failure === undefined) await ended;
    yield* ready.splice(0);
  } finally {
    decoder.destroy();
  }
  if (failure !== undefined) throw failure;
}

async function* withCause(name: string, chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  try {
    yield* chunks;
  } catch (cause) {
    const text = `reading ${name} stopped: ${readingCause(cause)}`;
    throw new DiffStreamError('bad-input', text, { cause });
  }
}

const CAUSES: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file',
  EACCES: 'permission denied',
  EISDIR: 'it is a folder',
  Z_BUF_ERROR: 'the compressed data ends in the middle',
  Z_DATA_ERROR: 'the compressed data is damaged, or not compressed in this way',
};

function readingCause(cause: unknown): string {
  if (!(cause instanceof Error)) return String(cause);
  const { code = '' } = cause as NodeJS.ErrnoException;
  if (code.startsWith('ERR__ERROR_FORMAT') || code === 'ERR_PADDING_1') {
    return CAUSES['Z_DATA_ERROR'] ?? code;
  }
  return CAUSES[code] ?? cause.message;
}
