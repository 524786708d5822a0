// Two leaves change in a value of 100 to 250 KB: what the producer's ways in cost beside the peers.
import { DiffCache } from '../../dist/index.js';
import { atLeast, plain } from '../figure.mjs';
import { largeValue, pathTo, setPrice, withPrice } from './large-value.mjs';
import { timesOf } from './pace.mjs';

const LEAVES = 3000;
const TURNS = 40;

/** Peers of whom the result is checked once: who errs does not count. */
function correctPeers(contestants, base, target) {
  const text = JSON.stringify(target);
  return contestants.filter(({ ours, whole, absent, open }) => {
    if (ours || whole || absent !== undefined) return false;
    const ends = open();
    if (ends.fits?.(target) === false) return false;
    ends.create?.('k', base);
    const bytes = ends.encode('k', base, target);
    return JSON.stringify(ends.decode('k', structuredClone(base), bytes)) === text;
  });
}

function peerWork(contestant, first, targetAt) {
  const ends = contestant.open();
  ends.create?.('k', first);
  let base = first;
  return (round) => {
    const target = targetAt(round);
    return () => {
      ends.encode('k', base, target);
      base = target;
    };
  };
}

export function twoLeaves(contestants) {
  const first = largeValue(LEAVES);
  const paths = [pathTo(first, 17), pathTo(first, LEAVES - 99)];
  const change = (value, round) => {
    for (const path of paths) setPrice(value, path, round / 8);
  };
  const targetAt = (round) => {
    const value = structuredClone(first);
    change(value, round + 1);
    return value;
  };
  const works = {};
  for (const peer of correctPeers(contestants, structuredClone(first), targetAt(0))) {
    works[peer.name] = peerWork(peer, structuredClone(first), targetAt);
  }
  const peers = Object.keys(works);
  const copied = DiffCache.producer();
  copied.set('k', first);
  works.set = (round) => {
    const value = targetAt(round);
    return () => copied.set('k', value).encode();
  };
  const adopted = DiffCache.producer({ copy: false });
  let held = structuredClone(first);
  adopted.set('k', held);
  works['copy: false'] = (round) => {
    held = paths.reduce((value, path) => withPrice(value, path, (round + 1) / 8), held);
    const value = held;
    return () => adopted.set('k', value).encode();
  };
  const mutated = DiffCache.producer();
  mutated.set('k', first);
  works.mutate = (round) => () => mutated.mutate('k', (draft) => change(draft, round + 1)).encode();
  const times = timesOf(works, { turns: TURNS });
  const fastest = peers.reduce((best, name) => (times[name] < times[best] ? name : best));
  const detail = `beside ${fastest}, ${times[fastest].toFixed(0)} us`;
  const kilobytes = (JSON.stringify(first).length / 1000).toFixed(0);
  const what = `2 leaves of ${kilobytes} KB, fastest peer /`;
  return [
    ...Object.entries(times).map(([name, us]) =>
      plain(`2 leaves of ${kilobytes} KB, us`, us, name),
    ),
    atLeast(`${what} copy: false`, times[fastest] / times['copy: false'], 20, detail),
    atLeast(`${what} mutate`, times[fastest] / times.mutate, 20, detail),
    plain(`${what} set, copied in`, times[fastest] / times.set, detail),
  ];
}
