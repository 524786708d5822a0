// What a browser has to load: the client's door, minified and compressed, and what the codec with
// memory adds to it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { denseEntry } from '../contestants/diffstream-dense.mjs';
import { atMost } from '../figure.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DOOR = 'dist/client/browser.js';

/** Of the entry and everything it brings in, in KB (1,024 bytes). */
async function compressedSize(entries) {
  const code = entries.map((path) => `export * from ${JSON.stringify(join(ROOT, path))};`);
  const name = 'virtual:door';
  const door = {
    name: 'door',
    resolveId: (id) => (id === name ? id : null),
    load: (id) => (id === name ? code.join('\n') : null),
  };
  const bundle = await rolldown({ input: name, platform: 'browser', plugins: [door] });
  const { output } = await bundle.generate({ minify: true, format: 'esm' });
  await bundle.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  return gzipSync(chunks.map((part) => part.code).join('\n'), { level: 9 }).length / 1024;
}

export async function doorSize() {
  const client = await compressedSize([DOOR]);
  const both = denseEntry === undefined ? Number.NaN : await compressedSize([DOOR, denseEntry]);
  return [
    atMost('client door, minified and gzipped, KB', client, 12),
    atMost('codec with memory beside it, KB more', both - client, 8),
  ];
}
