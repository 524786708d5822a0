import { DiffStreamError } from '../core/errors.ts';
import type { SessionLimits } from './session-limits.ts';
import type { Session } from './session.ts';

/** Bounds what a consumer can make the hub look at; `limit-exceeded`. */
export function admitMessage(
  session: Session,
  bytes: Uint8Array,
  nowMs: number,
  limits: SessionLimits,
): void {
  const name = session.state === 'greeting' ? 'helloBytesMax' : 'requestBytesMax';
  if (bytes.length > limits[name]) {
    throw new DiffStreamError(
      'limit-exceeded',
      `a message of ${bytes.length} bytes exceeds the limit ${name} = ${limits[name]}`,
    );
  }
  if (nowMs - session.secondMs >= 1000) {
    session.secondMs = nowMs;
    session.messages = 0;
  }
  if (++session.messages > limits.messagesPerSecondMax) {
    const limit = limits.messagesPerSecondMax;
    throw new DiffStreamError(
      'limit-exceeded',
      `more messages in a second than messagesPerSecondMax = ${limit}`,
    );
  }
}

const MINUTE_MS = 60_000;
/** Its minute and that of a consumer begin at different times. */
const MINUTES_MAX = 2;

/** A repair is dear, and a consumer that needs so many has tripped its own breaker. */
export function admitMend(session: Session, { repairsPerMinuteMax }: SessionLimits): void {
  if (session.heardMs - session.minuteMs >= MINUTE_MS) {
    session.minuteMs = session.heardMs;
    session.mends = 0;
  }
  if (++session.mends <= MINUTES_MAX * repairsPerMinuteMax) return;
  const limit = `${MINUTES_MAX} times repairsPerMinuteMax = ${repairsPerMinuteMax}`;
  throw new DiffStreamError('limit-exceeded', `more repairs in a minute than ${limit}`);
}

/** Answers go past the window: who asks again and again without reading has to stop. */
export function admitResume(session: Session, limits: SessionLimits): void {
  const { windowBytes, partBytes } = limits;
  if (session.bytesInFlight <= 2 * (windowBytes + partBytes)) return;
  const what = `a resume with ${session.bytesInFlight} bytes unacknowledged`;
  throw new DiffStreamError('limit-exceeded', `${what}, windowBytes = ${windowBytes}`);
}
