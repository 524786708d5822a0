import type { Faults } from '../testing/faults.ts';

/**
 * A network between a hub and its replicas, each over a link of its own. Times are in ms, sizes in
 * bytes; what is left out does not happen. A mean is that of an exponential distribution.
 */
export interface Network {
  /** A preset's name, or of one's own. */
  readonly name: string;
  /** Every message is under way for at least so long. */
  readonly delayMs?: number;
  /** Mean of what comes on top; the order is kept. */
  readonly jitterMs?: number;
  /** Share of messages, 0 to 1, that take much longer, and the median of what comes on top. */
  readonly lateShare?: number;
  readonly lateMs?: number;
  /** What passes on a link, each way. */
  readonly bytesPerSecond?: number;
  /** Mean time until a connection is cut; it can be made again at once. */
  readonly cutEveryMs?: number;
  /** Mean time until a replica is out of reach, and the mean of how long. */
  readonly awayEveryMs?: number;
  readonly awayMs?: number;
  /** Mean time until nothing passes, and for how long; nothing is lost. */
  readonly stallEveryMs?: number;
  readonly stallMs?: number;
  /** Mean time until a connection falls silent, without an end that anyone is told of. */
  readonly silenceEveryMs?: number;
  /** Mean distance of bits that arrive flipped. */
  readonly corruptEveryBytes?: number;
  /** Mean distance of places where something is lost, or comes twice. */
  readonly dropEveryBytes?: number;
  readonly duplicateEveryBytes?: number;
}

/** A member of a network that is a number. */
export type NetworkMember = Exclude<keyof Network, 'name'>;

/** What each member may be; the least that is more than 0 means: any number above it. */
export const networkBounds: Readonly<Record<NetworkMember, readonly [min: number, max: number]>> = {
  delayMs: [0, 10_000],
  jitterMs: [0, 10_000],
  lateShare: [0, 1],
  lateMs: [1, 10_000],
  bytesPerSecond: [1000, 1e10],
  cutEveryMs: [100, 1e9],
  awayEveryMs: [100, 1e9],
  awayMs: [1, 600_000],
  stallEveryMs: [100, 1e9],
  stallMs: [1, 60_000],
  silenceEveryMs: [100, 1e9],
  corruptEveryBytes: [100, 1e12],
  dropEveryBytes: [100, 1e12],
  duplicateEveryBytes: [100, 1e12],
};

/** Networks that experiments can name. */
export const presets: readonly Network[] = [
  { name: 'lan', delayMs: 0.3, jitterMs: 0.1, bytesPerSecond: 100_000_000 },
  {
    name: 'wan',
    delayMs: 40,
    jitterMs: 3,
    lateShare: 0.001,
    lateMs: 150,
    bytesPerSecond: 2_500_000,
    cutEveryMs: 60_000,
  },
  {
    name: 'mobile',
    delayMs: 45,
    jitterMs: 15,
    lateShare: 0.003,
    lateMs: 300,
    bytesPerSecond: 250_000,
    cutEveryMs: 20_000,
    awayEveryMs: 30_000,
    awayMs: 3000,
    stallEveryMs: 10_000,
    stallMs: 800,
  },
  {
    name: 'hostile',
    delayMs: 15,
    jitterMs: 30,
    lateShare: 0.005,
    lateMs: 200,
    bytesPerSecond: 500_000,
    cutEveryMs: 8000,
    awayEveryMs: 20_000,
    awayMs: 1500,
    stallEveryMs: 6000,
    stallMs: 600,
    silenceEveryMs: 30_000,
    corruptEveryBytes: 50_000,
    dropEveryBytes: 150_000,
    duplicateEveryBytes: 150_000,
  },
];

/** Undefined where there is none of that name. */
export function preset(name: string): Network | undefined {
  return presets.find((network) => network.name === name);
}

/** Whether anything is ever lost, cut or held up on it, besides what delay and bandwidth do. */
export function isFaulty(network: Network): boolean {
  const faults: readonly NetworkMember[] = [
    'cutEveryMs',
    'awayEveryMs',
    'stallEveryMs',
    'silenceEveryMs',
    'corruptEveryBytes',
    'dropEveryBytes',
    'duplicateEveryBytes',
  ];
  return faults.some((member) => network[member] !== undefined);
}

/** The same for the proxy that real connections pass; the lab itself brings the planned faults. */
export function proxyFaults(network: Network): Faults {
  const { delayMs, jitterMs, bytesPerSecond } = network;
  const { silenceEveryMs, corruptEveryBytes, dropEveryBytes, duplicateEveryBytes } = network;
  return {
    ...(delayMs === undefined ? {} : { delayMs }),
    // The proxy draws uniformly: twice the mean is the most.
    ...(jitterMs === undefined ? {} : { jitterMs: 2 * jitterMs }),
    ...(bytesPerSecond === undefined ? {} : { bytesPerSecond }),
    ...(silenceEveryMs === undefined ? {} : { halfOpenEveryMs: silenceEveryMs }),
    ...(corruptEveryBytes === undefined ? {} : { corruptEveryBytes }),
    ...(dropEveryBytes === undefined ? {} : { dropEveryBytes }),
    ...(duplicateEveryBytes === undefined ? {} : { duplicateEveryBytes }),
  };
}

/** Where a network says how often, but not for how long, in ms. */
export const AWAY_MS = 2000;
export const STALL_MS = 1000;
