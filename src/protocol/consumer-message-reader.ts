import { ByteReader } from '../core/bytes.ts';
import { malformed } from '../core/errors.ts';
import { FANOUT } from '../cache/digest-tree.ts';
import { checkNode, NODES_MAX, readClaims, readRising } from './claims.ts';
import { readFlag } from './flag.ts';
import type { ConsumerMessage } from './message.ts';
import { HELLO_MAGIC, MESSAGE } from './message.ts';
import { readNonce } from './nonce.ts';
import { TOKEN_BYTES_MAX } from './proof.ts';
import { unsealed } from './seal.ts';
import { readStanding } from './standing.ts';

/** The sums below this level are of single places; those below the root come unasked. */
const COMPARE_LEVEL_MAX = 3;

/** Reads what a consumer sent. Throws `malformed`, nothing else. */
export function decodeConsumerMessage(bytes: Uint8Array): ConsumerMessage {
  const input = new ByteReader(unsealed(bytes));
  const message = readConsumerMessage(input, input.byte());
  input.finish();
  return message;
}

function readConsumerMessage(input: ByteReader, type: number): ConsumerMessage {
  switch (type) {
    case MESSAGE.hello: {
      if (input.byte() !== HELLO_MAGIC[0] || input.byte() !== HELLO_MAGIC[1]) {
        throw malformed('this is not the hello of a DiffStream consumer');
      }
      return {
        kind: 'hello',
        protocol: input.varint(),
        nonce: readNonce(input),
        frameBytesMax: input.varint(),
        dense: readFlag(input),
        token: input.text(TOKEN_BYTES_MAX, () => malformed('a token that is too long')),
        ...readStanding(input),
      };
    }
    case MESSAGE.resume:
      return { kind: 'resume', nonce: readNonce(input), ...readStanding(input) };
    case MESSAGE.ack:
      return { kind: 'ack', bytes: input.varint(), version: input.varint() };
    case MESSAGE.compare: {
      const nonce = readNonce(input);
      const level = input.varint();
      if (level === 0 || level > COMPARE_LEVEL_MAX) {
        throw malformed(`a comparison asks for level ${level}`);
      }
      const nodes = readRising(input);
      if (nodes.length > NODES_MAX) throw malformed(`more than ${NODES_MAX} nodes asked for`);
      for (const index of nodes) checkNode({ level: level + 1, index: index * FANOUT });
      return { kind: 'compare', nonce, level, nodes };
    }
    case MESSAGE.mend:
      return { kind: 'mend', nonce: readNonce(input), claims: readClaims(input) };
    default:
      throw malformed(`there is no message of type ${type} from a consumer`);
  }
}
