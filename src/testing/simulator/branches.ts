/**
 * Places that a run has to come by now and then: where one is never reached in many runs, what
 * happens there has not been tried, and the runs prove less than they seem to.
 */
const branchNames = [
  'gap',
  'digest mismatch',
  'patch conflict',
  'malformed message',
  'timeout',
  'conflict of epochs',
  'stale epoch',
  'ahead of the hub',
  'refusal',
  'wait for the first commit',
  'equal content adopted',
  'resume by the journal',
  'resume by versions and tombstones',
  'below the floor',
  'comparison',
  'comparison below the root',
  'mended',
  'small snapshot',
  'packed snapshot',
  'snapshot gone on with',
  'snapshot unpacked too late',
  'catch-up over many versions',
  'batch',
  'deletion',
  'key created again',
  'window full',
  'late for the turn',
  'put off for want of room',
  'too slow, while others wait',
  'frame in parts',
  'group of dense frames begun',
  'dense frame',
  'message repeated',
  'head that was late',
  'protocol error at the hub',
  'message out of place at the hub',
  'breaker',
  'stale replica',
  'connection never made',
  'hub gave up on silence',
] as const;

export type Branch = (typeof branchNames)[number];

export type BranchCounts = Record<Branch, number>;

/** Counts how often each was reached. */
export class Branches {
  readonly counts = Object.fromEntries(branchNames.map((name) => [name, 0])) as BranchCounts;

  reach(branch: Branch): void {
    this.counts[branch]++;
  }
}
