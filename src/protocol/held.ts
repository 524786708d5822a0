import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Epoch } from '../cache/epoch.ts';
import { compareEpochs } from '../cache/epoch.ts';
import type { Position } from './position.ts';

/**
 * Where a copy stands; undefined where it holds nothing that a hub could go on from.
 *
 * Modelled in models/resume.pml.
 */
export function positionOf<T>(cache: FrameConsumer<T>): Position | undefined {
  const { currentEpoch: epoch, version } = cache;
  if (epoch === undefined || version === 0) return undefined;
  return { epoch, version, digest: cache.digestWords() };
}

/** The version held in an epoch; a copy of another epoch has none in it. */
export function versionIn<T>(cache: FrameConsumer<T>, epoch: Epoch | undefined): number {
  const { currentEpoch: held, version } = cache;
  if (held === undefined || epoch === undefined) return 0;
  return compareEpochs(held, epoch) === 'same' ? version : 0;
}
