import { nodeDial } from '../transport/ws-dial.ts';
import type { SocketOptions } from './connect.ts';
import { connectWith } from './connect.ts';
import type { Replica } from './replica.ts';

/**
 * Keeps a copy of a stream, `ws://host:port/stream`, equal to its producer's: at once
 * connecting, for ever reconnecting, until `close`. Errors on the way go to `on('error')`.
 * `bad-argument` for what is no WebSocket URL.
 */
export function connect<T = unknown>(url: string, options: SocketOptions = {}): Replica<T> {
  return connectWith<T>(url, options, () => nodeDial);
}

export { DiffStreamError } from '../core/errors.ts';
export type { Applied, Head, Token } from '../cache/entry.ts';
export type { ChangeEvent, Status } from '../protocol/output.ts';
export type { Progress } from '../protocol/snapshot-receiver.ts';
export type { SocketOptions as ConnectOptions } from './connect.ts';
export type { Replica, ReplicaStats } from './replica.ts';
