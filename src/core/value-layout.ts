/**
 * The bytes of a value. One byte tells the type and, where it fits, the whole value or its
 * length; every value has exactly one encoding, and a decoder refuses all others.
 *
 *   00..3f  whole number 0..63           88       members of a new shape
 *   40..7f  string of 0..63 bytes        89       {}
 *   80      null                         91..9f   decimal, 1..15 places, mantissa
 *   81 82   false, true                  a1..af   the same, negative
 *   83 n    whole number 64 + n          b0..bf   array of 0..15 elements
 *   84 n    whole number -1 - n          c0..fe   members of shape 0..62
 *   85      float64, little-endian       ff n     members of shape 63 + n
 *   86 n    string of 64 + n bytes
 *   87 n    array of 16 + n elements
 *
 * A shape is a list of member names; it is written once in a message and then referred to
 * by number, and so is each name.
 */
export const TAG = {
  smallInteger: 0x00,
  shortString: 0x40,
  null: 0x80,
  false: 0x81,
  true: 0x82,
  integer: 0x83,
  negativeInteger: 0x84,
  float: 0x85,
  string: 0x86,
  array: 0x87,
  newShape: 0x88,
  emptyObject: 0x89,
  decimal: 0x90,
  negativeDecimal: 0xa0,
  shortArray: 0xb0,
  shape: 0xc0,
  farShape: 0xff,
} as const;

/** Whole numbers, and lengths of strings, that fit in the first byte. */
export const SMALL = 64;
/** The same for lengths of arrays. */
export const SHORT_ARRAY = 16;
/** Numbers of shapes that fit in the first byte. */
export const NEAR_SHAPES = 63;
