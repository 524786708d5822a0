/** The stream that all replicas of a run follow. */
export const STREAM = 'stream';
