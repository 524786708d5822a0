import type { Accepted } from '../driver/drive-publisher.ts';
import type { ConnectionEvents } from '../transport/connection.ts';

/** What a consumer may call itself, in the query of its URL. */
const SESSION_NAME = /(?:^|&)name=([A-Za-z0-9._~-]{1,64})(?:&|$)/;
/** Names remembered of sessions that are over. */
const GONE_NAMES_MAX = 256;

/** What consumers call themselves, by session. */
export class SessionNames {
  private readonly names = new Map<number, string>();
  /** Sessions that are over; what they were called is still known, for what is told of them. */
  private readonly gone: number[] = [];

  /** Empty for a session that has no name. */
  nameOf(session: number): string {
    return this.names.get(session) ?? '';
  }

  /** Remembers the name that a query gives a new session, if it does. */
  named(query: string, accepted: Accepted): ConnectionEvents {
    const name = SESSION_NAME.exec(query)?.[1];
    if (name === undefined) return accepted;
    const { session } = accepted;
    this.names.set(session, name);
    return {
      ...accepted,
      closed: (why) => {
        accepted.closed(why);
        this.gone.push(session);
        if (this.gone.length > GONE_NAMES_MAX) this.names.delete(this.gone.shift() ?? 0);
      },
    };
  }
}
