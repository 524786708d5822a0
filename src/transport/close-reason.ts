/** Bytes that a close frame has for its reason (RFC 6455 §5.5); beyond it platforms throw. */
const REASON_BYTES_MAX = 123;

/** A reason that fits in a close frame, in one byte a character. */
export function closeReason(reason: string): string {
  return reason.replaceAll(/[^ -~]/g, '?').slice(0, REASON_BYTES_MAX);
}
