// Holds what one replica process shows against the promises of SPEC.md.

/** Beyond what the faults may hold a message back for, in ms: busy processors. */
const SLACK_MS = 1000;
/** A look by a timer that was later than this is that of a process that has just woken up. */
const ASLEEP_MS = 100;
/** After waking up, what lay in the sockets is read first, in ms. */
const WAKING_MS = 2500;
/** A state that no hub tells of within this time never was, in ms. */
const UNTOLD_MS = 10_000;

const LINES_MAX = 20;

/** Violations and sums of a run. */
export class Findings {
  violations = [];
  changes = 0;
  looks = 0;
  files = 0;
  errors = {};
  statuses = {};

  add(promise, replica, what) {
    this.violations.push({ promise, replica, what });
  }

  /** The first of them, as lines. */
  get lines() {
    return this.violations
      .slice(0, LINES_MAX)
      .map(({ promise, replica, what }) => `${promise} ${replica}: ${what}`);
  }
}

/** One life of one replica. Reports come in the order in which it saw things. */
export class ReplicaChecks {
  last;
  wokenMs = 0;
  #told;
  #history;
  #findings;
  #bounds;
  #replica;
  #untold = [];

  /** `bounds`: `deafAfterMs`, silence after which a hub is missed; `underWayMs`, see run.mjs. */
  constructor(replica, { history, findings, bounds }) {
    this.#replica = replica;
    this.#history = history;
    this.#findings = findings;
    this.#bounds = bounds;
  }

  /** What a reader saw. */
  take(report) {
    const findings = this.#findings;
    if (report.what === 'error') {
      findings.errors[report.code] = (findings.errors[report.code] ?? 0) + 1;
    } else if (report.what === 'status') {
      findings.statuses[report.status] = (findings.statuses[report.status] ?? 0) + 1;
    } else if (report.what === 'change') {
      findings.changes++;
      this.#checkTold(report);
    } else findings.looks++;
    this.#checkState(report);
    this.#checkForward(report);
    if (report.what === 'look') this.#checkStale(report);
    this.last = report;
  }

  /** Looks again at what no hub had told of when it was seen. */
  settle(nowMs) {
    this.#untold = this.#untold.filter((report) => {
      const known = this.#history.at(report.epoch, report.version);
      if (known === undefined && nowMs - report.atMs < UNTOLD_MS) return true;
      if (known !== report.name) this.#fail('P1', `shown ${where(report)}, which never was`);
      return false;
    });
  }

  #checkState(report) {
    const { epoch, version, name, size } = report;
    if (epoch === undefined || version === 0) {
      if (size > 0) this.#fail('P1', `${size} entries of no version`);
      return;
    }
    const known = this.#history.at(epoch, version);
    if (known === undefined) this.#untold.push(report);
    else if (known !== name) this.#fail('P1', `another state ${where(report)} than the hub had`);
  }

  /** Frames follow each other without a gap, or begin anew with an epoch. */
  #checkTold({ epoch, from, to, version }) {
    const last = this.#told ?? this.last;
    const isSame = last?.epoch === epoch;
    const expected = isSame ? last.version : undefined;
    const isRight = isSame ? from === expected : this.#mayBegin(epoch, from, last);
    if (!isRight) {
      this.#fail('P2', `told of ${from} to ${to} after ${last?.version} of ${last?.epoch}`);
    }
    this.#told = { epoch, version: to };
    if (to > version) this.#fail('P2', `told of version ${to}, shown is ${version}`);
  }

  /** From nothing, or from a version of the new epoch that is what was shown before. */
  #mayBegin(epoch, from, last) {
    if (from === 0) return true;
    const known = this.#history.at(epoch, from);
    return last !== undefined && (known === undefined || known === this.last?.name);
  }

  #checkForward(report) {
    const { last } = this;
    if (last?.epoch === undefined) return;
    const { epoch, version, name } = report;
    if (epoch === undefined) {
      this.#fail('P4', `nothing is shown any more after ${where(last)}`);
      return;
    }
    const [term, termBefore] = [epoch, last.epoch].map((text) => Number(text.split('.')[0]));
    if (term < termBefore) this.#fail('P9', `${where(report)} after ${where(last)}`);
    if (epoch !== last.epoch) {
      if (term === termBefore) this.#fail('P9', `two epochs of term ${term}`);
      this.#told = report.what === 'change' ? this.#told : undefined;
      return;
    }
    if (version < last.version) this.#fail('P3', `${where(report)} after ${where(last)}`);
    if (version === last.version && name !== last.name) {
      this.#fail('P4', `${where(report)} came to be another state by itself`);
    }
    if (version > last.version && report.what === 'look') {
      this.#fail('P2', `${where(report)} after ${where(last)}, and nobody was told`);
    }
  }

  /** Who calls itself live knows that its hub is there, and is not far behind. */
  #checkStale(report) {
    const { status, ageMs, atMs, lateMs, epoch, version } = report;
    if (status !== 'live' || lateMs > ASLEEP_MS || atMs - this.wokenMs < WAKING_MS) return;
    const { deafAfterMs, underWayMs } = this.#bounds;
    const allowedMs = underWayMs + SLACK_MS;
    const behindMs = this.#history.behindMs(epoch, version, atMs);
    if (behindMs > deafAfterMs + allowedMs) {
      this.#fail('P7', `live, and ${Math.round(behindMs)} ms behind`);
    }
    if (!(ageMs >= 0) || behindMs > ageMs + allowedMs) {
      this.#fail('P12', `${Math.round(behindMs)} ms behind, says its age is ${ageMs} ms`);
    }
    const silentMs = atMs - (this.#history.reign(epoch)?.silentSinceMs ?? atMs);
    if (silentMs > deafAfterMs + allowedMs) {
      this.#fail('P12', `live, though its hub has been silent for ${Math.round(silentMs)} ms`);
    }
  }

  #fail(promise, what) {
    this.#findings.add(promise, this.#replica, what);
  }
}

function where({ epoch, version }) {
  return `at ${version} of ${epoch}`;
}
