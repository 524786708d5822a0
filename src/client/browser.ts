import type { SocketOptions } from './connect.ts';
import { connectWith, platformSocketDial } from './connect.ts';
import type { Replica } from './replica.ts';

/** See the door for Node; here the platform's WebSocket is used. */
export function connect<T = unknown>(url: string, options: SocketOptions = {}): Replica<T> {
  return connectWith<T>(url, options, platformSocketDial);
}

export { DiffStreamError } from '../core/errors.ts';
export type { Applied, Head, Token } from '../cache/entry.ts';
export type { ChangeEvent, Status } from '../protocol/output.ts';
export type { Progress } from '../protocol/snapshot-receiver.ts';
export type { SocketOptions as ConnectOptions } from './connect.ts';
export type { Replica, ReplicaStats } from './replica.ts';
