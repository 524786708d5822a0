// The delta of Fossil SCM, between the two texts.
import { applyDelta, createDelta } from 'fossil-delta';
import { overTexts } from './text-memory.mjs';

export const fossil = {
  name: 'fossil-delta',
  context: true,
  open: () =>
    overTexts({
      pack: (previous, text) => Buffer.from(createDelta(previous, text)),
      unpack: (previous, bytes) => Buffer.from(applyDelta(previous, bytes)),
    }),
};
