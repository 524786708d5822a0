/** The way bytes flow: `up` from the client to the target, `down` from the target to the client. */
export type Way = 'up' | 'down';

/**
 * What a network does to connections. Every member is optional; one left out is switched off.
 * Times are milliseconds > 0 (`delayMs` and `jitterMs` may be 0), sizes are bytes >= 1. A *mean*
 * is that of an exponential distribution: events without memory, now and then two at once.
 */
export type Faults = {
  /** Every byte arrives this much later. */
  readonly delayMs?: number;
  /** Added to the delay of each piece read, uniform in 0..jitterMs; the order is kept. */
  readonly jitterMs?: number;
  /** The most bytes per second that pass, per connection and way. */
  readonly bytesPerSecond?: number;
  /**
   * Mean time until a connection is cut, half of them by RST and half by FIN: inside the piece of
   * bytes that passes next up or down (drawn), of which a random part still gets through; or 20 ms
   * later when nothing passes that way. Bytes held back are lost.
   */
  readonly cutEveryMs?: number;
  /** Mean time between stalls of a connection. Nothing is lost: senders feel back-pressure. */
  readonly stallEveryMs?: number;
  /** How long nothing passes in a stall; 1000 if left out. Stalls that overlap do not add up. */
  readonly stallMs?: number;
  /** Mean distance in bytes between bits that arrive flipped. At most one per byte. */
  readonly corruptEveryBytes?: number;
  /**
   * Mean time until a connection falls silent: both ways, whatever `direction` says. Senders see
   * their writes succeed until the kernel's buffers are full, nobody sees the other side close.
   */
  readonly halfOpenEveryMs?: number;
  /** How long a silent connection stays before it is reset, 24 days at most; 60 000 if left out. */
  readonly halfOpenMs?: number;
  /** Mean distance in bytes between runs of 1..64 bytes that vanish. */
  readonly dropEveryBytes?: number;
  /** Mean distance in bytes between runs of 1..64 bytes that arrive twice in a row. */
  readonly duplicateEveryBytes?: number;
  /**
   * Which way delay, jitter, throttle, stalls, corruption, drops and duplicates act; both if left
   * out. Cuts and silence concern the connection as a whole.
   */
  readonly direction?: Way | 'both';
};

/** What happened so far, over all connections. Each number only rises. */
export type FaultCounters = {
  /** Connections joined to the target. */
  connections: number;
  /** Connections cut, by RST or by FIN, on schedule or by `cutAll`. */
  cuts: number;
  /** Those of the cuts that were made by RST. */
  resets: number;
  /** Stalls begun, counted per connection. */
  stalls: number;
  /** Bits flipped in the bytes passed on. */
  corruptions: number;
  /** Runs of bytes that vanished, and how many bytes that were. */
  drops: number;
  bytesDropped: number;
  /** Runs of bytes that arrived twice, and how many bytes were added by it. */
  duplicates: number;
  bytesDuplicated: number;
  /** Connections that fell silent. */
  halfOpens: number;
  /** Bytes handed on to the target, handshake included. */
  bytesUp: number;
  /** Bytes handed on to clients, handshake included. */
  bytesDown: number;
  /** Connections turned away: on demand, or because the target did not answer. */
  refused: number;
};

export const STALL_MS_DEFAULT = 1000;
export const HALF_OPEN_MS_DEFAULT = 60_000;

/** The smallest value each member may have; 0 itself is excluded where the minimum is tiny. */
const MINIMA: ReadonlyMap<string, number> = new Map([
  ['delayMs', 0],
  ['jitterMs', 0],
  ['bytesPerSecond', 1],
  ['cutEveryMs', Number.MIN_VALUE],
  ['stallEveryMs', Number.MIN_VALUE],
  ['stallMs', Number.MIN_VALUE],
  ['corruptEveryBytes', 1],
  ['halfOpenEveryMs', Number.MIN_VALUE],
  ['halfOpenMs', Number.MIN_VALUE],
  ['dropEveryBytes', 1],
  ['duplicateEveryBytes', 1],
]);

export function newFaultCounters(): FaultCounters {
  return {
    connections: 0,
    cuts: 0,
    resets: 0,
    stalls: 0,
    corruptions: 0,
    drops: 0,
    bytesDropped: 0,
    duplicates: 0,
    bytesDuplicated: 0,
    halfOpens: 0,
    bytesUp: 0,
    bytesDown: 0,
    refused: 0,
  };
}

/**
 * A copy of `faults`, safe from later changes. `RangeError` that names the member for a number out
 * of range, an unknown direction, or a name that is no fault: a typing error would else test
 * nothing and pass.
 */
export function checkFaults(faults: Faults): Faults {
  for (const [name, value] of Object.entries(faults)) {
    if (value === undefined) continue;
    if (name === 'direction') {
      if (value !== 'up' && value !== 'down' && value !== 'both') {
        throw new RangeError(`direction must be 'up', 'down' or 'both', got ${String(value)}`);
      }
      continue;
    }
    const minimum = MINIMA.get(name);
    if (minimum === undefined) throw new RangeError(`no such fault: ${name}`);
    if (typeof value !== 'number' || !Number.isFinite(value) || value < minimum) {
      const range = minimum === Number.MIN_VALUE ? '> 0' : `>= ${minimum}`;
      throw new RangeError(`${name} must be a finite number ${range}, got ${String(value)}`);
    }
  }
  return { ...faults };
}

/** The faults as bytes that flow this way feel them: none, if they act on the other way only. */
export function faultsFor(faults: Faults, way: Way): Faults {
  const direction = faults.direction ?? 'both';
  return direction === 'both' || direction === way ? faults : {};
}
