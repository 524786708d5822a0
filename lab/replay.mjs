// Replays recorded feeds through a producer and a consumer and checks every single update:
//   npm run replay -- <folder or files>     [--json]
// For each record: message → bytes → message → applied; the consumer's JSON text must be the
// feed's, member order included, and the producer's head must verify. Prints bytes per change.
import { existsSync, statSync } from 'node:fs';
import { basename } from 'node:path';
import { DiffCache, DiffStreamError } from '../dist/index.js';
import { option, readCall, WrongCall } from '../scripts/tool-call.mjs';
import { NoFeed, readTrace, tracesIn } from './trace.mjs';

const USAGE = `usage: npm run replay -- <folder of .ndjson[.gz|.br] feeds, or feeds> [--json]

  --json          one line of JSON for each feed`;

function feedsAt(path) {
  if (!existsSync(path)) throw new WrongCall(`there is no folder or file '${path}'`);
  if (!statSync(path).isDirectory()) return [path];
  const feeds = tracesIn(path).map((trace) => trace.path);
  if (feeds.length > 0) return feeds;
  throw new WrongCall(`there is no .ndjson[.gz|.br] feed in '${path}'`);
}

/** One feed through both caches; every count is over puts to a key that existed, as changes. */
async function replay(path) {
  const producer = DiffCache.producer();
  const consumer = DiffCache.consumer();
  const total = { updates: 0, created: 0, deleted: 0, changes: 0, mismatches: 0 };
  const bytes = { patch: 0, message: 0, json: 0, allMessages: 0 };
  let cpuMs = 0;
  for await (const { op, key, value } of readTrace(path)) {
    total.updates++;
    const existed = producer.has(key);
    const start = performance.now();
    const message = op === 'del' ? producer.delete(key) : producer.set(key, value);
    const encoded = message.encode();
    consumer.update(encoded);
    cpuMs += performance.now() - start;
    bytes.allMessages += encoded.length;
    const text = op === 'del' ? undefined : JSON.stringify(value);
    const held = consumer.get(key);
    const equal = text === (held === undefined ? undefined : JSON.stringify(held));
    if (!equal || !consumer.verify(producer.head())) total.mismatches++;
    if (op === 'del') {
      total.deleted++;
    } else if (existed) {
      total.changes++;
      bytes.patch += message.patch().encode().length;
      bytes.message += encoded.length;
      bytes.json += Buffer.byteLength(text);
    } else {
      total.created++;
    }
  }
  return { trace: basename(path).replace(/\.ndjson.*/, ''), ...total, bytes, cpuMs };
}

function row(cells) {
  const [first, ...rest] = cells;
  const columns = rest.map((cell) => String(cell).padStart(11));
  return `| ${String(first).padEnd(22)} | ${columns.join(' | ')} |`;
}

/** What is wrong with a feed, or a value in it, is told in one line; any other error is a bug. */
function giveUp(error) {
  if (!(error instanceof NoFeed || error instanceof DiffStreamError)) throw error;
  console.error(`error: ${error.message}`);
  process.exit(2);
}

const call = { usage: USAGE, options: { json: option.flag }, allowPositionals: true };
const { feeds, json } = readCall(call, (values, paths) => {
  if (paths.length === 0) throw new WrongCall('a folder or a feed is missing');
  return { ...values, feeds: paths.flatMap(feedsAt) };
});
let mismatches = 0;
if (!json) {
  const head = ['trace', 'updates', 'new', 'deleted', 'changes', 'patch B', 'message B', 'JSON B'];
  console.log(row([...head, 'JSON/msg', 'us/update', 'mismatches']));
}
for (const path of feeds) {
  const result = await replay(path).catch(giveUp);
  mismatches += result.mismatches;
  if (json) {
    console.log(JSON.stringify(result));
    continue;
  }
  const { trace, updates, created, deleted, changes, bytes, cpuMs } = result;
  const each = (sum) => (changes === 0 ? '-' : (sum / changes).toFixed(1));
  console.log(
    row([
      trace,
      updates,
      created,
      deleted,
      changes,
      each(bytes.patch),
      each(bytes.message),
      each(bytes.json),
      (bytes.json / bytes.message).toFixed(1),
      ((cpuMs * 1000) / updates).toFixed(1),
      result.mismatches,
    ]),
  );
}
if (!json) console.log(`${mismatches} mismatches`);
process.exit(mismatches === 0 ? 0 : 1);
