/**
 * The protocol's number, first thing in every hello and answer. The bytes of a number never
 * change: a change of layout takes the next one, and both ends have to be of the same.
 */
export const PROTOCOL_VERSION = 1;
