import type { ByteWriter } from '../core/bytes.ts';
import { bytesOf } from '../core/bytes.ts';
import { writeClaims, writeRising } from './claims.ts';
import type { ConsumerMessage } from './message.ts';
import { HELLO_MAGIC, MESSAGE } from './message.ts';
import { writeNonce } from './nonce.ts';
import { withSeal } from './seal.ts';
import { writeStanding } from './standing.ts';

/**
 * Every one ends with a check of all its bytes: without it, damage to a request would cost what
 * it seems to ask for.
 */
export function encodeConsumerMessage(message: ConsumerMessage): Uint8Array {
  return withSeal(
    bytesOf((out) => {
      out.byte(MESSAGE[message.kind]);
      writeConsumerMessage(out, message);
    }),
  );
}

function writeConsumerMessage(out: ByteWriter, message: ConsumerMessage): void {
  switch (message.kind) {
    case 'hello':
      for (const byte of HELLO_MAGIC) out.byte(byte);
      out.varint(message.protocol);
      writeNonce(out, message.nonce);
      out.varint(message.frameBytesMax);
      out.byte(message.dense ? 1 : 0);
      out.text(message.token);
      return writeStanding(out, message);
    case 'resume':
      writeNonce(out, message.nonce);
      return writeStanding(out, message);
    case 'ack':
      out.varint(message.bytes);
      return out.varint(message.version);
    case 'compare':
      writeNonce(out, message.nonce);
      out.varint(message.level);
      return writeRising(out, message.nodes);
    case 'mend':
      writeNonce(out, message.nonce);
      return writeClaims(out, message.claims);
  }
}
