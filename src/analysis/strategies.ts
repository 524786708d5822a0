/** Ways to send a change of a value; in the order of tables. */
export const strategyNames = {
  'full-json': 'full JSON',
  'deflate-context': 'JSON in a deflate context',
  'gzip-each': 'gzip of each JSON',
  'json-patch': 'JSON Patch',
  'merge-patch': 'merge patch',
  'deflate-previous': 'deflate on previous text',
  'zstd-previous': 'zstd on previous text',
  compact: 'DiffStream compact',
  dense: 'DiffStream dense',
} as const;

export type StrategyId = keyof typeof strategyNames;

/** Those measured on every change; a series of bytes has one number for each, in this order. */
export const coreIds = ['full-json', 'deflate-context', 'compact', 'dense'] as const;

export type CoreId = (typeof coreIds)[number];

/** Bytes of the same changes, by those who are measured on every one of them. */
export type CoreBytes = Record<CoreId, number>;

export function noBytes(): CoreBytes {
  return { 'full-json': 0, 'deflate-context': 0, compact: 0, dense: 0 };
}

export function addBytes(to: CoreBytes, from: CoreBytes): void {
  for (const id of coreIds) to[id] += from[id];
}
