/** Lines of a feed, as the command line reads them. */
// @ts-check
import { joined, must } from '../check.mjs';
import { someValue } from '../values.mjs';

/** @typedef {import('../check.mjs').Target} Target */
/** @typedef {import('../check.mjs').Library} Library */
/** @typedef {import('../check.mjs').SeededRandom} SeededRandom */

const LINE_BYTES_MAX = 200;

/** @param {string} text */
const bytesOf = (text) => new TextEncoder().encode(text);

/** Pieces of an input, cut where its first byte says. @param {Uint8Array} bytes */
function pieces(bytes) {
  const width = 1 + (bytes[0] ?? 0);
  const all = [];
  for (let at = 1; at < bytes.length; at += width) {
    all.push(Buffer.from(bytes.subarray(at, at + width)));
  }
  return all;
}

/** @param {Library} lib @param {SeededRandom} random @returns {Target} */
export function feedTarget(lib, random) {
  const lines = [
    ...['{"op":"put","key":1,"value":{"a":1}}', '{"op":"del","key":"x","t":12}', '{"op":"none"}'],
    ...['{"key":"k","n":12345678901234567890}', '{"key":1e400}', '\ufeff{"key":0}', '[]', '""'],
    ...['{"key":"a","__proto__":{"b":1}}', '{"key":1.5}', '{"op":"put","key":9007199254740993}'],
  ];
  return {
    name: 'feed',
    lengthMax: 300,
    tokens: ['{', '}', '[', ']', '"', ',', ':', '\n', '\r', '\\']
      .map(bytesOf)
      .concat(
        ['"op"', '"key":', '"value":', 'null', '1e999', '-0', '\\ud800', '\ufeff'].map(bytesOf),
        [Uint8Array.of(0x1f, 0x8b), Uint8Array.of(0xff)],
      ),
    seeds: [
      ...lines.map((line) => joined([255], bytesOf(line))),
      joined([7], bytesOf(lines.join('\n'))),
      ...Array.from({ length: 30 }, (_, key) =>
        joined([random.below(256)], bytesOf(JSON.stringify({ key, value: someValue(random) }))),
      ),
    ],
    run: (bytes) => {
      const splitter = new lib.lineSplitter.LineSplitter(LINE_BYTES_MAX);
      const split = [...pieces(bytes).flatMap((piece) => splitter.push(piece)), ...splitter.end()];
      let records = 0;
      for (const [i, line] of split.entries()) {
        must(line.number === i + 1, 'lines are not counted from 1');
        if (checkReading(lib, line)) records++;
      }
      must(split.length === linesIn(bytes.subarray(1)), 'the lines are not those of the input');
      return records > 0;
    },
  };
}

/** @param {Library} lib @param {import('../../dist/cli/line-splitter.js').Line} line */
function checkReading(lib, line) {
  const reading = lib.feedRecord.readFeedLine(line, 'key', LINE_BYTES_MAX);
  const { record, problem } = reading;
  if (problem !== undefined) {
    must(problem.error.code === 'bad-input', 'a problem that is no bad-input');
    must(problem.isRefused === (record === undefined), 'a refused line with a record');
    must(!/[^\u0020-\u{10ffff}]/u.test(problem.error.message), 'a control character in a message');
  }
  if (record === undefined) return false;
  const { key } = record;
  must(typeof key === 'string' || Number.isSafeInteger(key), 'a record with no key');
  must(line.bytes !== undefined, 'a record of a line that is too long');
  const text = line.bytes.toString('utf8').replace(/^\ufeff/, '');
  const parsed = JSON.parse(text);
  if (record.op === 'put') {
    const whole = JSON.stringify(parsed);
    const value = JSON.stringify(record.value);
    must(value === whole || value === JSON.stringify(parsed.value), 'a value from nowhere');
  }
  return true;
}

/** @param {Uint8Array} bytes */
function linesIn(bytes) {
  const ends = bytes.reduce((sum, byte) => sum + (byte === 10 ? 1 : 0), 0);
  return bytes.length === 0 || bytes.at(-1) === 10 ? ends : ends + 1;
}
