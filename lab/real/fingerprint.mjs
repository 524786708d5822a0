// A name for a whole state that owes nothing to the digests under test.
import { createHash } from 'node:crypto';

/** Of keys with the JSON texts of their values, in any order. */
export function fingerprint(texts) {
  const lines = [...texts].map(([key, text]) => `${JSON.stringify(key)} ${text}`);
  return createHash('sha256').update(lines.sort().join('\n')).digest('base64').slice(0, 22);
}

/** Of a map of values, as a reader of it sees them. */
export function fingerprintOf(values) {
  return fingerprint([...values].map(([key, value]) => [key, JSON.stringify(value)]));
}
