/** Everything that reads bytes from outside. */
// @ts-check
import { dataMessageTarget, frameBodyTarget, frameTarget } from './targets/caches.mjs';
import { denseTarget } from './targets/dense.mjs';
import { feedTarget } from './targets/feed.mjs';
import { lineTarget } from './targets/line.mjs';
import {
  chunkTarget,
  consumerMessageTarget,
  hubMessageTarget,
  mendingTarget,
} from './targets/messages.mjs';
import { publisherTarget } from './targets/publisher.mjs';
import { subscriberTarget } from './targets/subscriber.mjs';
import { epochTarget, keyTarget, patchTarget, valueTarget } from './targets/values.mjs';

/** @typedef {import('./check.mjs').Target} Target */
/** @typedef {import('./check.mjs').Library} Library */
/** @typedef {import('./check.mjs').SeededRandom} SeededRandom */

/** @type {Readonly<Record<string, (lib: Library, random: SeededRandom) => Target>>} */
export const targets = {
  value: valueTarget,
  patch: patchTarget,
  key: keyTarget,
  epoch: epochTarget,
  'data-message': dataMessageTarget,
  frame: frameTarget,
  'frame-body': frameBodyTarget,
  'consumer-message': consumerMessageTarget,
  'hub-message': hubMessageTarget,
  chunk: chunkTarget,
  mending: mendingTarget,
  dense: denseTarget,
  feed: feedTarget,
  publisher: publisherTarget,
  subscriber: subscriberTarget,
  line: lineTarget,
};

/** Machines: an input is a script of many calls, and takes a thousand times as long. */
export const machines = new Set(['publisher', 'subscriber', 'line']);

/** What takes long, so that fewer inputs in a row share the time. */
export const slow = new Set([...machines, 'dense']);
