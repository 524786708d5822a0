// Everyone who takes part, behind one interface:
//
//   name         as it is shown
//   ours         true for DiffStream's own
//   whole        true where the full value is sent each time: no difference is made
//   memory       true where bytes can only be read by who has read all bytes before
//   keyed        true where the bytes carry their key themselves; otherwise it is added
//   context      true: also shown with its bytes sent through one deflate context
//   resetEvery   forget everything each so many changes (0: never)
//   absent       why it cannot take part here
//   open()       a fresh pair of both ends:
//
//     encode(key, base, target) -> bytes       the sender's end
//     decode(key, base, bytes) -> value        the receiver's; may change its base in place
//     create(key, value) -> bytes or nothing   a new key, at both ends; nothing: full JSON is sent
//     resync(key, value)                       after a wrong result: what the receiver holds now
//     remove(key)                              a key is gone, at both ends
//     reset()                                  both ends forget what they have learnt
//     fits(target) -> boolean                  false where it would take minutes
//     settle(base, result) -> nothing          work of its own that is timed apart
//
// The base of `encode` is a parsed value that shares nothing with the target. Ours get their own
// previous value, frozen, as a producer keeps it.
import { dense } from './diffstream-dense.mjs';
import { compact, frame, message } from './diffstream.mjs';
import { fossil } from './fossil.mjs';
import { fullJson, msgpack } from './full-value.mjs';
import { fastJsonPatch, jsonJoy, rfc6902 } from './json-patch.mjs';
import { byContent, byPosition } from './jsondiffpatch.mjs';
import { mergePatch } from './merge-patch.mjs';
import { deflateDictionary, zstdDictionary } from './previous-text.mjs';

export const roster = [
  compact,
  message,
  frame,
  ...dense,
  fullJson,
  msgpack,
  deflateDictionary,
  zstdDictionary(3),
  zstdDictionary(19),
  fossil,
  fastJsonPatch,
  rfc6902,
  jsonJoy,
  mergePatch,
  byContent,
  byPosition,
];
