import { defaultSessionLimits } from '../protocol/session-limits.ts';

/** Bytes that a WebSocket puts before a message from a server. */
function socketHeaderBytes(length: number): number {
  if (length < 126) return 2;
  return length < 65_536 ? 4 : 10;
}

/** A message as it leaves a server: its bytes, and what the socket puts before them. */
export function messageBytes(length: number): number {
  return length + socketHeaderBytes(length);
}

/** A frame's body as a session sends it: in parts, each with its type and the socket's header. */
export function frameBytes(bodyLength: number): number {
  const { partBytes } = defaultSessionLimits;
  const whole = Math.max(0, Math.ceil(bodyLength / partBytes) - 1);
  const rest = bodyLength - whole * partBytes;
  return whole * messageBytes(partBytes + 1) + messageBytes(rest + 1);
}
