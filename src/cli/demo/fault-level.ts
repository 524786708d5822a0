import type { Faults } from '../../testing/index.ts';

export const faultLevels = ['none', 'light', 'default', 'hostile'] as const;
export type FaultLevel = (typeof faultLevels)[number];

/** What the network between hub and replicas does, per connection. */
export const faultsOf: Readonly<Record<FaultLevel, Faults>> = {
  none: {},
  light: {
    delayMs: 2,
    jitterMs: 4,
    cutEveryMs: 15_000,
    stallEveryMs: 10_000,
    stallMs: 200,
    corruptEveryBytes: 1_000_000,
  },
  default: {
    delayMs: 5,
    jitterMs: 15,
    cutEveryMs: 5_000,
    stallEveryMs: 4_000,
    stallMs: 300,
    corruptEveryBytes: 300_000,
  },
  hostile: {
    delayMs: 15,
    jitterMs: 60,
    cutEveryMs: 2_000,
    stallEveryMs: 2_500,
    stallMs: 600,
    corruptEveryBytes: 100_000,
    dropEveryBytes: 300_000,
    duplicateEveryBytes: 300_000,
    halfOpenEveryMs: 12_000,
    halfOpenMs: 3_000,
  },
};
