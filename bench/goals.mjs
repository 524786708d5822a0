// What all feeds together are held against.
import { atLeast, atMost, plain } from './figure.mjs';
import { geomean, largest, smallest } from './statistics.mjs';

const PLAIN = 'diffstream patch';
const DENSE = 'diffstream dense';
const FRESH = 'diffstream dense, fresh';
const APART = 'diffstream dense, keys apart';
const RESET = 'diffstream dense, reset each 256';

/** The name of the feed in which a figure is the worst. */
function where(feeds, ratio, worst) {
  return feeds.find((feed) => ratio(feed.summary) === worst)?.name ?? '';
}

function bothAtMost(feeds, what, ratio, [mean, most]) {
  const ratios = feeds.map((feed) => ratio(feed.summary));
  const worst = largest(ratios);
  return [
    atMost(`${what}, geomean`, geomean(ratios), mean),
    ...(most === undefined
      ? []
      : [atMost(`${what}, worst`, worst, most, where(feeds, ratio, worst))]),
  ];
}

function bothAtLeast(feeds, what, ratio, [mean, least]) {
  const ratios = feeds.map((feed) => ratio(feed.summary));
  const worst = smallest(ratios);
  const name = where(feeds, ratio, worst);
  return [
    atLeast(`${what}, geomean`, geomean(ratios), mean),
    least === undefined
      ? plain(`${what}, worst`, worst, name)
      : atLeast(`${what}, worst`, worst, least, name),
  ];
}

/** Sizes: each of DiffStream's rows beside the best of the peers, and beside the bound. */
function byteGoals(feeds) {
  const toStateless = (name) => (summary) => summary.own[name].bytes / summary.bestStateless.bytes;
  return [
    ...bothAtMost(feeds, 'patch / best stateless', toStateless(PLAIN), [0.75, 1.1]),
    ...bothAtMost(feeds, 'dense fresh / best stateless', toStateless(FRESH), [0.5, 0.9]),
    ...bothAtMost(feeds, 'dense / bound', ({ own }) => own[DENSE].toBound, [1, 1.5]),
    ...bothAtMost(
      feeds,
      'dense / best of any kind',
      ({ own, bestOfAny }) => own[DENSE].bytes / bestOfAny,
      [0.4, 0.9],
    ),
    ...bothAtMost(
      feeds,
      'dense reset each 256 / never',
      ({ own }) => own[RESET].bytes / own[APART].bytes,
      [1.3],
    ),
  ];
}

function timeGoals(feeds) {
  const encode = ({ fastestEncode, compact }) =>
    (fastestEncode?.us ?? Number.NaN) / compact.encodeUs;
  const decode = ({ fastestDecode, compact }) =>
    (fastestDecode?.us ?? Number.NaN) / compact.decodeUs;
  return [
    ...bothAtLeast(feeds, 'diff + encode: fastest correct peer / patch', encode, [2, 1]),
    ...bothAtLeast(feeds, 'decode + apply: fastest correct peer / patch', decode, [2]),
    ...bothAtLeast(
      feeds,
      'JSON.parse / decode + apply',
      ({ parseUs, compact }) => parseUs / compact.decodeUs,
      [6],
    ),
    ...bothAtMost(
      feeds,
      'dense encode / one permessage-deflate connection',
      ({ denseUs, connectionUs }) => denseUs / connectionUs,
      [1, 1],
    ),
    ...bothAtMost(
      feeds,
      'digest upkeep / diff + encode',
      ({ compact }) => compact.digestUs / compact.encodeUs,
      [1, 1],
    ),
  ];
}

/** Goals over the feeds, then those that single rows bring with them. */
export function goalsOf(feeds, figures) {
  const overFeeds = feeds.length === 0 ? [] : [...byteGoals(feeds), ...timeGoals(feeds)];
  return [...overFeeds, ...figures].filter(({ goal }) => goal !== undefined);
}
