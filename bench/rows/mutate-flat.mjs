// One leaf changes in values from 1 KB to 10 MB: the time has to follow the change, not the value.
import { DiffCache } from '../../dist/index.js';
import { atMost, plain } from '../figure.mjs';
import { largest, smallest } from '../statistics.mjs';
import { largeValue, pathTo, setPrice } from './large-value.mjs';
import { timesOf } from './pace.mjs';

const LEAVES = [18, 180, 1800, 18_000, 175_000];
const TURNS = 100;

export function mutateFlat() {
  const works = {};
  for (const leaves of LEAVES) {
    const value = largeValue(leaves);
    const kilobytes = (JSON.stringify(value).length / 1000).toFixed(0);
    const path = pathTo(value, leaves >> 1);
    const producer = DiffCache.producer();
    producer.set('k', value);
    works[`${kilobytes} KB`] = (round) => () =>
      producer.mutate('k', (draft) => setPrice(draft, path, (round + 1) / 8));
  }
  const times = timesOf(works, { turns: TURNS });
  const all = Object.values(times);
  return [
    ...Object.entries(times).map(([size, us]) => plain('mutate of one leaf, us', us, size)),
    atMost('mutate of one leaf, slowest / fastest size', largest(all) / smallest(all), 2),
  ];
}
