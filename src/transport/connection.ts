import type { DiffStreamError } from '../core/errors.ts';

/**
 * Carries whole messages in order, or closes. Every transport is one of these; they are all
 * held to the same contract test.
 */
export interface Connection {
  /**
   * Sends a message; after the end it does nothing. The bytes must not change afterwards. `more`:
   * another call of `send` or `close` follows at once, so that both may leave in one write.
   */
  send(bytes: Uint8Array, more?: boolean): void;
  /** Ends the connection; `closed` follows. A second call does nothing. */
  close(code: number, reason: string): void;
}

/** What a connection tells its owner. After `closed`, nothing more. */
export interface ConnectionEvents {
  /** Messages can be sent. For a dialled connection; an accepted one is open from the start. */
  opened(): void;
  received(bytes: Uint8Array): void;
  /** Something came that is no binary message. */
  receivedText(): void;
  /** The end; `why` where it was no orderly close: `unreachable` before `opened`. */
  closed(why: DiffStreamError | undefined): void;
}

/** Begins a connection; its events come later, never during the call. */
export type Dial = (url: string, events: ConnectionEvents) => Connection;

/** Who comes, as far as a transport can tell. */
export interface Visitor {
  /** What followed the path after a `?`; '' where nothing did. */
  readonly query: string;
  /** Of the request, by names in small letters. */
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of the other end of the line, which may be a proxy; '' where there is none. */
  readonly address: string;
}

/** Takes connections in: given the path that was asked for, says who listens to it. */
export type Accept = (path: string, connection: Connection, visitor: Visitor) => ConnectionEvents;
