// Recorded feeds: NDJSON, one record { op: 'put' | 'del', key, value } a line, plain, .gz or .br.
import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { constants, createBrotliDecompress, createGunzip } from 'node:zlib';

const NAME = /\.ndjson(?:\.gz|\.br)?$/;

/** The records of a feed, one by one. */
export async function* readTrace(path) {
  let input = createReadStream(path);
  if (path.endsWith('.gz')) input = input.pipe(createGunzip());
  if (path.endsWith('.br')) {
    const params = { [constants.BROTLI_DECODER_PARAM_LARGE_WINDOW]: 1 };
    input = input.pipe(createBrotliDecompress({ params }));
  }
  for await (const line of createInterface({ input, crlfDelay: Infinity })) {
    if (line !== '') yield JSON.parse(line);
  }
}

/** The feeds in a folder, by name. */
export function tracesIn(folder) {
  return readdirSync(folder)
    .filter((file) => NAME.test(file))
    .sort()
    .map((file) => ({ name: file.replace(NAME, ''), path: join(folder, file) }));
}
