import { DiffStreamError } from '../core/errors.ts';
import { withDefaults } from '../core/limits.ts';

/** Bounds of a hub's own HTTP server: of connections that are no WebSockets, or not yet. */
export interface HttpLimits {
  /**
   * Connections that are no WebSocket at one time; one more ends the one that has been there
   * longest. Default 1,024: twice what a system hands over at once when all consumers come back.
   */
  readonly waitingMax: number;
  /**
   * From the connection to the end of a request's headers, in ms. Default 10,000: a slow line
   * takes one or two thousand.
   */
  readonly headersTimeoutMs: number;
  /**
   * From the connection to the end of a request, in ms; at least `headersTimeoutMs`. Default
   * 15,000: a request's body has 4 KB at most.
   */
  readonly requestTimeoutMs: number;
  /** From an answer to the next request of the connection, in ms. Default 5,000. */
  readonly keepAliveMs: number;
  /** The headers of a request, in bytes. Default 16,384: what browsers and proxies stay below. */
  readonly headerBytesMax: number;
}

export const defaultHttpLimits: HttpLimits = {
  waitingMax: 1024,
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 15_000,
  keepAliveMs: 5_000,
  headerBytesMax: 16 * 1024,
};

/** Fills in the defaults; `bad-argument` for what is no positive whole number. */
export function resolveHttpLimits(partial: Partial<HttpLimits> = {}): HttpLimits {
  const resolved = withDefaults(defaultHttpLimits, partial, 1);
  const { headersTimeoutMs, requestTimeoutMs } = resolved;
  if (headersTimeoutMs <= requestTimeoutMs) return resolved;
  throw new DiffStreamError(
    'bad-argument',
    `limit 'headersTimeoutMs' = ${headersTimeoutMs} exceeds 'requestTimeoutMs' = ` +
      `${requestTimeoutMs}: headers are the first part of a request`,
  );
}
