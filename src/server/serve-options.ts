import type { Server } from 'node:http';
import { DiffStreamError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import type { OptionKinds } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-kinds.ts';
import type { SessionLimits } from '../protocol/session-limits.ts';
import type { HttpLimits } from '../transport/http-limits.ts';
import type { AuthorizeLimits } from './authorize-limits.ts';
import type { DashboardOptions } from './dashboard.ts';
import type { Authorize } from './verdict.ts';

export interface ServeOptions {
  /** 0 (default): any free port. */
  readonly port?: number;
  /** Default '127.0.0.1': reachable from this machine only. */
  readonly host?: string;
  /**
   * An HTTP server that is there already; it keeps its own requests, and decides about port and
   * host. All its upgrades are the hub's: one that has other WebSockets too hands over those for
   * the hub by `emit('upgrade', request, socket, head)` on a server of its own, see
   * docs/reference.md.
   */
  readonly server?: Server;
  /** Bounds of all streams of this hub; a stream's own options come on top. */
  readonly limits?: Partial<Limits>;
  readonly session?: Partial<SessionLimits>;
  /**
   * Says who may read which stream, by the token of the hello; asked before anything of a stream
   * passes, and again as `authorizeLimits` say. Default: whoever can reach the port. The live page
   * takes its token from its own address: `/#token=…`.
   */
  readonly authorize?: Authorize;
  readonly authorizeLimits?: Partial<AuthorizeLimits>;
  /** Connections at one time, of all streams. Default 10,000. */
  readonly connectionsMax?: number;
  /**
   * Connections at one time of one address, or of one /64 of IPv6. Default: no bound of its own,
   * since all who come through one proxy have one address.
   */
  readonly connectionsPerAddressMax?: number;
  /** Bounds of the hub's own HTTP server; not for one that was passed as `server`. */
  readonly http?: Partial<HttpLimits>;
  /**
   * Origins of the web pages that may read the streams: `https://shop.example`. The live page
   * may as well, and programs, which name no origin. Default: any page. For the hub's own stream
   * `$hub` it is `dashboard.origins` that counts.
   */
  readonly origins?: readonly string[];
  /**
   * Serves a live page at `/` of the hub's own HTTP server: streams, sessions, repairs, entries.
   * Whoever can reach the port can read it, as they can read the streams. Default false.
   */
  readonly dashboard?: boolean | DashboardOptions;
}

const KINDS: OptionKinds<ServeOptions> = {
  port: 'any',
  host: 'any',
  server: 'object',
  limits: 'object',
  session: 'object',
  authorize: 'any',
  authorizeLimits: 'object',
  connectionsMax: 'any',
  connectionsPerAddressMax: 'any',
  http: 'object',
  origins: 'object',
  dashboard: 'any',
};

/** `bad-argument` for options that there are not, or that exclude each other. */
export function checkServeOptions(options: ServeOptions): void {
  checkOptions('serve', options, KINDS);
  const { authorize, dashboard, host, http, limits, port, server } = options;
  // An empty one would let the platform choose: every address that there is.
  if (host !== undefined && (typeof host !== 'string' || host === '')) {
    throw wrong(`the host has to be a name or an address, not ${JSON.stringify(host)}`);
  }
  if (port !== undefined && !(Number.isInteger(port) && port >= 0 && port < 65_536)) {
    throw wrong(`the port has to be a number from 0 to 65535, not ${JSON.stringify(port)}`);
  }
  if (dashboard === null || !['undefined', 'boolean', 'object'].includes(typeof dashboard)) {
    throw wrong('the option dashboard takes true, false, or an object of options');
  }
  if (server !== undefined && typeof server.on !== 'function') {
    throw wrong('the option server takes an HTTP server of Node');
  }
  resolveLimits(limits);
  if (server !== undefined && dashboard !== undefined && dashboard !== false) {
    throw wrong('the dashboard needs the own HTTP server of the hub: leave out the option server');
  }
  if (authorize !== undefined && typeof dashboard === 'object' && dashboard.act) {
    throw wrong(
      'what the page asks the option dashboard.act for is not authorized: leave one of them out',
    );
  }
  if (server !== undefined && http !== undefined) {
    throw wrong('the option http is for the own HTTP server of the hub: set these bounds on yours');
  }
  if (server !== undefined && port !== undefined) {
    throw wrong('a server that is passed listens by itself: leave out the option port');
  }
}

function wrong(what: string): DiffStreamError {
  return new DiffStreamError('bad-argument', what);
}
