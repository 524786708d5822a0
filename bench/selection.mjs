// Which feeds and rows there are; a process of its own for each finds its work here by its name.
import { roster } from './contestants/roster.mjs';
import { contest } from './contest.mjs';
import { auctionFeed, generatedFeed, recordedFeeds } from './feed.mjs';
import { digestUpkeep } from './rows/digest-upkeep.mjs';
import { doorSize } from './rows/door-size.mjs';
import { mutateFlat } from './rows/mutate-flat.mjs';
import { twoLeaves } from './rows/two-leaves.mjs';
import { wanted } from './settings.mjs';

const ROWS = {
  'two-leaves': () => twoLeaves(roster),
  'mutate-flat': mutateFlat,
  'digest-upkeep': digestUpkeep,
  'door-size': doorSize,
};

function feedsOf({ smoke, traces }) {
  if (smoke) return [generatedFeed()];
  return [...(traces === undefined ? [] : recordedFeeds(traces)), auctionFeed()];
}

/** Names of what a run consists of. */
export function partsOf(settings) {
  const feeds = feedsOf(settings).map(({ name }) => name);
  const rows = settings.smoke ? [] : Object.keys(ROWS);
  const among = (names) => names.filter((name) => wanted(settings, name));
  return { feeds: among(feeds), rows: among(rows) };
}

/** Runs one part: the outcome of a feed, or the figures of a row. */
export function runPart(name, settings, onProgress) {
  const row = ROWS[name];
  if (row !== undefined) return row();
  const feed = feedsOf(settings).find((each) => each.name === name);
  const { records, patienceMs, smoke } = settings;
  return contest(feed, roster, { records, patienceMs, isTimed: !smoke, onProgress });
}
