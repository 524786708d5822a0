// Lists of RFC 6902 operations, and json-joy's, which also edits within strings.
import fastJson from 'fast-json-patch';
import { applyPatch as applyJoy } from 'json-joy/lib/json-patch/applyPatch/index.js';
import { JsonPatchDiff } from 'json-joy/lib/json-patch-diff/JsonPatchDiff.js';
import * as rfc from 'rfc6902';

const bytesOf = (operations) => Buffer.from(JSON.stringify(operations));
const operationsIn = (bytes) => JSON.parse(bytes.toString());

/** All pairs of elements are compared in full, at every level: beyond this it takes minutes. */
const MOST_PAIRS = 1e6;

/** Comparisons of leaves that an array diff of two values of this shape comes to, about. */
function pairsIn(value) {
  if (value === null || typeof value !== 'object') return 1;
  const parts = Object.values(value).map((part) => pairsIn(part));
  const sum = parts.reduce((total, pairs) => total + pairs, 1);
  return Array.isArray(value) ? sum * value.length : sum;
}

export const fastJsonPatch = {
  name: 'fast-json-patch',
  context: true,
  open: () => ({
    encode: (key, base, target) => bytesOf(fastJson.compare(base, target)),
    decode: (key, base, bytes) => fastJson.applyPatch(base, operationsIn(bytes)).newDocument,
  }),
};

export const rfc6902 = {
  name: 'rfc6902',
  context: true,
  open: () => ({
    fits: (target) => pairsIn(target) <= MOST_PAIRS,
    encode: (key, base, target) => bytesOf(rfc.createPatch(base, target)),
    decode: (key, base, bytes) => {
      const failed = rfc.applyPatch(base, operationsIn(bytes)).find((error) => error !== null);
      if (failed) throw failed;
      return base;
    },
  }),
};

export const jsonJoy = {
  name: 'json-joy',
  context: true,
  open: () => ({
    encode: (key, base, target) => bytesOf(new JsonPatchDiff().diff('', base, target)),
    decode: (key, base, bytes) => applyJoy(base, operationsIn(bytes), { mutate: true }).doc,
  }),
};
