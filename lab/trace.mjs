// Recorded feeds: NDJSON, one record { op: 'put' | 'del', key, value } a line, plain, .gz or .br.
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { pipeline } from 'node:stream';
import { constants, createBrotliDecompress, createGunzip } from 'node:zlib';

const NAME = /\.ndjson(?:\.gz|\.br)?$/;

/** A file that is no feed, or not to its end; the message says where. */
export class NoFeed extends Error {}

/** The records of a feed, one by one. Throws `NoFeed`. */
export async function* readTrace(path) {
  let number = 0;
  try {
    for await (const line of createInterface({ input: textOf(path), crlfDelay: Infinity })) {
      number++;
      if (line !== '') yield recordOf(line);
    }
  } catch (cause) {
    const place = number === 0 ? path : `${path}, line ${number}`;
    throw new NoFeed(`${place}: ${cause.message}`, { cause });
  }
}

/** What fails on the way is thrown where the text is read. */
function textOf(path) {
  const packed = createReadStream(path);
  if (path.endsWith('.gz')) return pipeline(packed, createGunzip(), () => {});
  if (!path.endsWith('.br')) return packed;
  const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
  return pipeline(packed, createBrotliDecompress({ params }), () => {});
}

function recordOf(line) {
  const record = JSON.parse(line);
  if (record?.op === 'del' || (record?.op === 'put' && 'value' in record)) return record;
  throw new Error("no record { op: 'put' | 'del', key, value }");
}

/** The feeds in a folder, by name. */
export function tracesIn(folder) {
  return readdirSync(folder)
    .filter((file) => NAME.test(file))
    .sort()
    .map((file) => ({ name: file.replace(NAME, ''), path: join(folder, file) }));
}
