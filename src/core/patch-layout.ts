/**
 * The bytes of a patch. At the root one byte names the op (5: no change at all), then comes
 * its body. An object's or array's body is a list of edits, each a token
 *
 *   varint( keep * 16 + last * 8 + code )        last: no edit follows
 *
 *   code 0 set     a value                       4 text   count, then (keep, drop, insert)
 *        1 object  edits of the member           5 drop   count - 1
 *        2 array   edits of the element          6 add    (objects: name,) value
 *        3 number  zigzag(delta) * 2 + e         7 take   from * 2 + o, then with o = 1
 *                  with e = 1: decimals                   an op's code and body
 *
 * Root code 6 is a patch that quotes its base: varint length of the quotes in bytes, the quotes,
 * and then the op as above, but without what is new: no values, names or inserted texts. One
 * `add` brings all new parts that stand side by side. See quote-coder.ts and new-texts.ts.
 */
export const CODE = {
  set: 0,
  object: 1,
  array: 2,
  number: 3,
  text: 4,
  drop: 5,
  add: 6,
  take: 7,
} as const;
/** At the root: no change at all. */
export const EMPTY = 5;
export const QUOTED = 6;
export const LAST = 8;
