/**
 * The protocol's number, first thing in every hello and answer. 0: the bytes may still
 * change from one release to the next; both ends have to be of the same one.
 */
export const PROTOCOL_VERSION = 0;
