import type { DiffStreamError, ErrorCode } from '../core/errors.ts';

/** What the person at the terminal can do about an error, by its code. */
const advice: Readonly<Record<ErrorCode, string>> = {
  'bad-value': 'Values are what JSON can hold; mend the value and send it again.',
  'bad-key': 'Keys are strings or whole numbers up to 2^53 - 1; mend the key.',
  'bad-argument': 'See `diffstream --help`, or `diffstream help <verb>` for its options.',
  'no-change': 'Nothing needs to be done.',
  'bad-input': 'Check the input, then run the same command again.',
  'address-in-use': 'Choose another port with --port, or --port 0 for any free one.',
  'missing-dependency': 'Run `npm install ws` beside diffstream, then the same command again.',
  closed: 'Run the same command again.',
  aborted: 'Run the same command again.',
  'unknown-key': 'There is no entry of this key: nothing needs to be done.',
  'patch-conflict': 'The replica asks for what it lacks by itself.',
  'digest-mismatch': 'The replica asks for what it lacks by itself.',
  ahead: 'The hub has less than the replica has seen; the replica tries again by itself.',
  gap: 'The replica asks for what it lacks by itself.',
  'stale-epoch': 'A producer that was replaced is still sending: end it.',
  'epoch-conflict': 'Two producers call themselves the same: end one of them.',
  malformed: 'The bytes are damaged, or of another program or version.',
  'limit-exceeded': 'Send less at once, or raise the limit it names on both sides.',
  'unsupported-protocol': 'Use the same version of diffstream on both sides.',
  'unexpected-message': 'The replica connects again by itself.',
  'unknown-stream': 'Check the name after the last slash of the URL: the hub has no such stream.',
  refused: 'Check the address.',
  unauthorized: 'Show a token that the hub takes: `--token-file` with a file that holds it.',
  unreachable: 'Check the address, and that `diffstream serve` or another hub runs there.',
  timeout: 'Check that the hub runs and has data; wait longer with --timeout.',
};

export function adviceOn(error: DiffStreamError): string {
  return advice[error.code];
}
