// A digest that follows a change, beside a hash of the whole text.
import { createHash } from 'node:crypto';
import { digestAfter, valueDigest } from '../../dist/core/digest.js';
import { applyPatch, diff } from '../../dist/index.js';
import { atLeast, plain } from '../figure.mjs';
import { largeValue, pathTo, withPrice } from './large-value.mjs';
import { timesOf } from './pace.mjs';

const LEAVES = 3000;
const TURNS = 50;

export function digestUpkeep() {
  let value = largeValue(LEAVES);
  valueDigest(value);
  const paths = [pathTo(value, 17), pathTo(value, LEAVES - 99)];
  const times = timesOf(
    {
      digest: (round) => {
        const base = value;
        const target = paths.reduce((at, path) => withPrice(at, path, (round + 1) / 8), base);
        const patch = diff(base, target);
        value = applyPatch(base, patch);
        const next = value;
        return () => digestAfter(base, next, patch.op);
      },
      hash: () => {
        const text = JSON.stringify(value);
        return () => createHash('sha1').update(text).digest();
      },
      'text and hash': () => () => createHash('sha1').update(JSON.stringify(value)).digest(),
    },
    { turns: TURNS },
  );
  const us = times.digest.toFixed(1);
  const what = 'hash of the text / digest upkeep, 2 leaves of a large value';
  return [
    plain('digest upkeep, 2 leaves of a large value, us', times.digest),
    atLeast(what, times.hash / times.digest, 20, `SHA-1 ${times.hash.toFixed(0)} us, ours ${us}`),
    plain('text made and hashed / digest upkeep', times['text and hash'] / times.digest),
  ];
}
