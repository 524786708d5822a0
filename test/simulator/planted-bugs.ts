import { bugsInDigests, bugsInProducers } from './planted-in-caches.ts';
import { bugsInDense } from './planted-in-dense.ts';
import { bugsInHubs } from './planted-in-hubs.ts';
import { bugsInReplicas, bugsInTime } from './planted-in-replicas.ts';
import type { PlantedBug } from './plant.ts';

/**
 * Bugs that the simulator has to find. Each takes one guard or one step out of the real code,
 * for as long as it is planted; nothing of this is in the package.
 */
export const plantedBugs: readonly PlantedBug[] = [
  ...bugsInDigests,
  ...bugsInProducers,
  ...bugsInDense,
  ...bugsInHubs,
  ...bugsInReplicas,
  ...bugsInTime,
];
