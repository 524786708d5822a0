/**
 * WebSocket close codes in use (RFC 6455 §7.4); 4000 and above are this protocol's own. `tooBig` is
 * what transports send by themselves.
 */
export const CLOSE = {
  normal: 1000,
  goingAway: 1001,
  protocolError: 1002,
  wrongType: 1003,
  policy: 1008,
  tooBig: 1009,
  refused: 4000,
} as const;
