import { encodeConsumerMessage } from './consumer-message-writer.ts';
import { encodeHubMessage } from './hub-message-writer.ts';
import type { ConsumerMessage, HubMessage } from './message.ts';

/** The bytes of a message of either side. */
export function encodeMessage(message: ConsumerMessage | HubMessage): Uint8Array {
  switch (message.kind) {
    case 'hello':
    case 'resume':
    case 'ack':
    case 'compare':
    case 'mend':
      return encodeConsumerMessage(message);
    default:
      return encodeHubMessage(message);
  }
}
