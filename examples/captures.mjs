// Prints a feed for which diffs do not pay: each update replaces the value with another that has
// nothing in common with it.
//
//   node examples/captures.mjs > captures.ndjson
const CAMERAS = 5;
const UPDATES = 500;
const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/';

let state = 1;
/** One of 64, without any pattern that a compressor could find. */
const six = () => {
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return (state >>> 0) % 64;
};

for (let i = 0; i < UPDATES; i++) {
  const image = Array.from({ length: 2000 }, () => ALPHABET[six()]).join('');
  process.stdout.write(`${JSON.stringify({ id: `camera-${i % CAMERAS}`, image })}\n`);
}
