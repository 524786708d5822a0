import { readFile } from 'node:fs/promises';
import type { Readable } from 'node:stream';

import { DiffStreamError } from '../core/errors.ts';
import { isPipeFile, readPipeFile } from './pipe-file.ts';
import { printable, shortened } from './printable.ts';
import { untilAborted } from './until-aborted.ts';

const HEX = /^(?:0x)?(?:[0-9a-f]{2})+$/i;
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/;

/**
 * Bytes that a person gave: as hexadecimal digits or base64, in a file, or with `-` on the standard
 * input; in both of the latter raw or as text. Throws `bad-input` for anything else, and `aborted`
 * where the signal comes before the end of a pipe.
 */
export async function readByteInput(
  given: string,
  stdin: Readable,
  signal: AbortSignal,
): Promise<Uint8Array> {
  if (given === '-') return rawOrText(await readAll(stdin, signal));
  if (await isPipeFile(given)) return rawOrText(await readAll(readPipeFile(given), signal));
  const file = await fileOrNothing(given);
  if (file !== undefined) return rawOrText(file);
  const bytes = bytesOfText(given);
  if (bytes !== undefined) return bytes;
  const shown = printable(shortened(given, 60));
  throw new DiffStreamError(
    'bad-input',
    `${shown} is neither a file, nor hexadecimal digits, nor base64`,
  );
}

/** Spaces, line ends and colons between the digits are passed over. */
export function bytesOfText(text: string): Uint8Array | undefined {
  const dense = text.replaceAll(/[\s:]/g, '');
  if (HEX.test(dense)) return Buffer.from(dense.replace(/^0x/i, ''), 'hex');
  if (BASE64.test(dense) && dense.replaceAll('=', '').length % 4 !== 1) {
    return Buffer.from(dense, 'base64');
  }
  return undefined;
}

/** Content that reads as hexadecimal digits or base64 is that; anything else is the bytes. */
function rawOrText(content: Buffer): Uint8Array {
  const isText = content.every((byte) => byte < 0x80);
  return (isText ? bytesOfText(content.toString('latin1')) : undefined) ?? content;
}

async function fileOrNothing(path: string): Promise<Buffer | undefined> {
  try {
    return await readFile(path);
  } catch (cause) {
    const { code = '', message } = cause as NodeJS.ErrnoException;
    if (['ENOENT', 'ENOTDIR', 'ENAMETOOLONG', 'ERR_INVALID_ARG_VALUE'].includes(code)) {
      return undefined;
    }
    throw new DiffStreamError('bad-input', `cannot read ${printable(path)}: ${message}`, { cause });
  }
}

async function readAll(input: Readable, signal: AbortSignal): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of untilAborted<unknown>(input, signal)) {
    chunks.push(typeof chunk === 'string' ? Buffer.from(chunk) : (chunk as Buffer));
  }
  if (signal.aborted) {
    throw new DiffStreamError('aborted', 'interrupted before the end of the input');
  }
  return Buffer.concat(chunks);
}
