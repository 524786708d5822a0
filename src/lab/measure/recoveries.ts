import type { FaultKind } from '../fault-plan.ts';

/** A fault, and how long it took until nothing of it was left. */
export interface RecoveredFault {
  readonly kind: FaultKind;
  readonly replica: number;
  /** When it began, in ms since updates began, and how long it lasted or was to last. */
  readonly atMs: number;
  forMs: number;
  /**
   * From its end until the replica was live and showed all that was committed by then, in ms;
   * undefined: the run ended before.
   */
  recoveryMs: number | undefined;
  /** Another fault struck the same replica meanwhile: the time is that of both. */
  isOverlapped: boolean;
}

interface Open {
  readonly fault: RecoveredFault;
  /** What the producer had when the fault ended; undefined: it has not yet. */
  version: number | undefined;
}

/** Faults that are kept one by one; more are counted only. */
const KEPT_MAX = 5000;

/** Follows every fault until the replica it struck has made up for it. */
export class Recoveries {
  readonly faults: RecoveredFault[] = [];
  readonly counts: Partial<Record<FaultKind, number>> = {};
  private readonly open = new Map<number, Open[]>();

  /** A fault begins. What is over at once ends right after. */
  begin(kind: FaultKind, replica: number, atMs: number, forMs = 0): RecoveredFault {
    this.counts[kind] = (this.counts[kind] ?? 0) + 1;
    const fault = { kind, replica, atMs, forMs, recoveryMs: undefined, isOverlapped: false };
    if (this.faults.length < KEPT_MAX) this.faults.push(fault);
    const others = this.open.get(replica) ?? [];
    for (const other of others) other.fault.isOverlapped = true;
    this.open.set(replica, [...others, { fault, version: undefined }]);
    return fault;
  }

  /** A fault is over: this is what the producer has by now. */
  ended(fault: RecoveredFault, version: number, nowMs: number): void {
    const open = this.open.get(fault.replica)?.find((one) => one.fault === fault);
    if (open !== undefined) end(open, version, nowMs);
  }

  /** All faults are over. */
  endAll(version: number, nowMs: number): void {
    for (const open of [...this.open.values()].flat()) end(open, version, nowMs);
  }

  /** What a replica shows; whether it is live. To be told at every change of either. */
  shown(replica: number, version: number, isLive: boolean, nowMs: number): void {
    const open = this.open.get(replica);
    if (open === undefined || open.length === 0 || !isLive) return;
    const left = open.filter((one) => {
      if (one.version === undefined || version < one.version) return true;
      one.fault.recoveryMs = Math.max(0, nowMs - one.fault.atMs - one.fault.forMs);
      return false;
    });
    this.open.set(replica, left);
  }
}

function end(open: Open, version: number, nowMs: number): void {
  if (open.version !== undefined) return;
  open.version = version;
  open.fault.forMs = Math.max(0, nowMs - open.fault.atMs);
}
