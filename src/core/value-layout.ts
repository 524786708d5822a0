/*
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
export const TAG_SMALL_INTEGER = 0x00;
export const TAG_SHORT_STRING = 0x40;
export const TAG_NULL = 0x80;
export const TAG_FALSE = 0x81;
export const TAG_TRUE = 0x82;
export const TAG_INTEGER = 0x83;
export const TAG_NEGATIVE_INTEGER = 0x84;
export const TAG_FLOAT = 0x85;
export const TAG_STRING = 0x86;
export const TAG_ARRAY = 0x87;
export const TAG_NEW_SHAPE = 0x88;
export const TAG_EMPTY_OBJECT = 0x89;
export const TAG_DECIMAL = 0x90;
export const TAG_NEGATIVE_DECIMAL = 0xa0;
export const TAG_SHORT_ARRAY = 0xb0;
export const TAG_SHAPE = 0xc0;
export const TAG_FAR_SHAPE = 0xff;

/** Whole numbers, and lengths of strings, that fit in the first byte. */
export const SMALL = 64;
/** The same for lengths of arrays. */
export const SHORT_ARRAY = 16;
/** Numbers of shapes that fit in the first byte. */
export const NEAR_SHAPES = 63;
