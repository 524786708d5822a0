import { encodeConsumerMessage } from './consumer-message-writer.ts';
import type { Hello, Resume } from './message.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** What a hello says beside where the consumer stands. */
type Introduction = Pick<Hello, 'frameBytesMax' | 'dense' | 'token'>;

/**
 * The bytes that ask a hub to go on from somewhere: the first of a connection, or a later one. A
 * later one is a resume, which leaves the introduction out: the hub knows it from the hello.
 */
export function requestFor(
  kind: 'hello' | 'resume',
  standing: Omit<Resume, 'kind'>,
  introduction: Introduction,
): Uint8Array {
  return encodeConsumerMessage({
    kind,
    protocol: PROTOCOL_VERSION,
    ...introduction,
    ...standing,
  });
}

/** The bytes that tell a hub how far its consumer has read. */
export function ackOf(bytes: number, version: number): Uint8Array {
  return encodeConsumerMessage({ kind: 'ack', bytes, version });
}
