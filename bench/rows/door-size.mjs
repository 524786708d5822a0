// What a browser has to load: the client's door, minified and compressed, and what the codec with
// memory adds to it.
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';
import { rolldown } from 'rolldown';
import { atMost } from '../figure.mjs';

const ROOT = join(dirname(fileURLToPath(import.meta.url)), '..', '..');
const DOOR = 'dist/client/browser.js';

/** Files that a chunk needs at once, itself among them. */
function neededAtOnce(chunk, byName, found = new Set()) {
  if (chunk === undefined || found.has(chunk)) return found;
  found.add(chunk);
  for (const name of chunk.imports) neededAtOnce(byName.get(name), byName, found);
  return found;
}

const kilobytes = (chunks) =>
  gzipSync([...chunks].map(({ code }) => code).join('\n'), { level: 9 }).length / 1024;

/** Of the door, and of what it loads later, in KB (1,024 bytes). */
async function doorSizes() {
  const bundle = await rolldown({ input: join(ROOT, DOOR), platform: 'browser' });
  const { output } = await bundle.generate({ minify: true, format: 'esm' });
  await bundle.close();
  const chunks = output.filter((part) => part.type === 'chunk');
  const byName = new Map(chunks.map((chunk) => [chunk.fileName, chunk]));
  const door = neededAtOnce(
    chunks.find(({ isEntry }) => isEntry),
    byName,
  );
  return { door: kilobytes(door), later: kilobytes(chunks.filter((chunk) => !door.has(chunk))) };
}

export async function doorSize() {
  const { door, later } = await doorSizes();
  return [
    atMost('client door, minified and gzipped, KB', door, 12),
    atMost('codec with memory, loaded later, KB', later, 8),
  ];
}
