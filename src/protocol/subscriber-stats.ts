/** Sums since the start. */
export interface SubscriberStats {
  /** Bytes of messages received and sent. */
  wireBytes: number;
  /** Length of the JSON texts of all values as they were after each change. */
  jsonBytes: number;
  frames: number;
  changes: number;
  /** Connections tried. */
  connections: number;
  /** Requests to go on from a version held, after a cut or a wrong message. */
  resumes: number;
  /** Requests for a copy anew because the one held failed its check. */
  repairs: number;
  snapshots: number;
}

export function noStats(): SubscriberStats {
  return {
    wireBytes: 0,
    jsonBytes: 0,
    frames: 0,
    changes: 0,
    connections: 0,
    resumes: 0,
    repairs: 0,
    snapshots: 0,
  };
}
