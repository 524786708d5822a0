import { DiffStreamError } from '../../core/errors.ts';
import { replicaActs } from '../../server/page-row.ts';
import type { DashboardOptions, PageRequest, PageRow, ReplicaRow } from '../../server/index.ts';
import { shortened } from '../printable.ts';
import { faultsText } from './snapshot.ts';
import type { Snapshot } from './snapshot.ts';
import { byHandText } from './network.ts';
import type { DemoNetwork } from './network.ts';

/** The name of the replica in the page, beside those that are numbers. */
export const BROWSER = 'browser';
/** A page that has not reported for so long, in ms, is not there any more. */
const ABSENT_MS = 5000;
const TEXT_LENGTH_MAX = 200;

/** What the page needs of the demo. */
export interface PageSource {
  readonly stream: string;
  readonly network: DemoNetwork;
  readonly snapshot: () => Snapshot;
  readonly digestAt: (version: number) => string | undefined;
  /** Called for what people did. */
  readonly onAct: (replica: string, what: string) => void;
  readonly onTrouble: (replica: string, what: string) => void;
}

/** The latest version at which a digest was held against the producer's. */
interface Proof {
  readonly provenVersion: number;
  readonly isEqual: boolean;
}

const NO_PROOF: Proof = { provenVersion: 0, isEqual: false };

type Report = Extract<PageRequest, { kind: 'report' }>;
/** What every replica tells of itself. */
type Told = Omit<Report, 'kind' | 'epoch' | 'lastError'>;

/** The demo's part of the live page: replicas, buttons, and what the page's own replica tells. */
export class DemoPage {
  readonly options: DashboardOptions = {
    rows: () => this.#rows(),
    act: (request) => this.#take(request),
  };
  #source: PageSource | undefined;
  #report: { readonly report: Report; readonly atMs: number } | undefined;
  readonly #proofs = new Map<string, Proof>();
  #proof = { words: '', isProven: false };

  begin(source: PageSource): void {
    this.#source = source;
  }

  /** How the demo ended, in words. */
  end(words: string, isProven: boolean): void {
    this.#proof = { words, isProven };
  }

  /** Where the replica in the page stands; undefined where there is no page. */
  get browser(): Report | undefined {
    const last = this.#report;
    const isThere = last !== undefined && performance.now() - last.atMs < ABSENT_MS;
    return isThere ? last.report : undefined;
  }

  *#rows(): Generator<readonly [string, PageRow]> {
    const source = this.#source;
    if (source === undefined) return;
    const { stream, network } = source;
    const snapshot = source.snapshot();
    const { phase, elapsedMs, forMs, lagMs, faults, byHand } = snapshot;
    const hands = byHandText(byHand);
    yield [
      'demo',
      {
        ...{ kind: 'demo', stream, phase, forMs, elapsedMs: Math.round(elapsedMs) },
        ...{ lagP50Ms: rounded(lagMs.p50), lagP99Ms: rounded(lagMs.p99) },
        faults: hands === '' ? faultsText(faults) : `${faultsText(faults)}; by hand ${hands}`,
        url: `${network.url(BROWSER, `/${stream}`)}?name=${BROWSER}`,
        ...{ proof: this.#proof.words, isProven: this.#proof.isProven },
      },
    ];
    for (const replica of snapshot.replicas) {
      const row = this.#row(String(replica.number), replica, source);
      yield [`replica/${row.name}`, { ...row, lagVersions: replica.behind }];
    }
    const { browser } = this;
    if (browser === undefined) return;
    const lagVersions = Math.max(0, snapshot.version - browser.version);
    yield [`replica/${BROWSER}`, { ...this.#row(BROWSER, browser, source), lagVersions }];
  }

  #row(
    name: string,
    told: Told,
    { digestAt, network }: PageSource,
  ): Omit<ReplicaRow, 'lagVersions'> {
    const { status, version, digest, resumes, repairs, snapshots, wireBytes } = told;
    const expected = digestAt(version);
    if (expected !== undefined) {
      this.#proofs.set(name, { provenVersion: version, isEqual: expected === digest });
    }
    return {
      ...{ kind: 'replica', name, status, version, digest },
      ...(this.#proofs.get(name) ?? NO_PROOF),
      ...{ resumes, repairs, snapshots, wireBytes, isDelayed: network.isDelayed(name) },
    };
  }

  #take(given: unknown): unknown {
    const source = this.#source;
    const request = checked(given);
    if (source === undefined) throw refused('the demo has not begun');
    if (request.kind === 'report') {
      this.#keep(request, source);
      return null;
    }
    const { replica, act } = request;
    if (!source.network.has(replica)) throw refused('there is no such replica');
    if (!source.network.act(replica, act)) {
      throw refused('the demo is over: the network stays healed for the proof');
    }
    const isTakenBack = act === 'delay' && !source.network.isDelayed(replica);
    source.onAct(replica, isTakenBack ? 'delay taken back' : act);
    return act;
  }

  #keep(report: Report, { onTrouble }: PageSource): void {
    const before = this.#report?.report.lastError ?? '';
    if (report.lastError !== '' && report.lastError !== before) {
      onTrouble(BROWSER, report.lastError);
    }
    this.#report = { report, atMs: performance.now() };
  }
}

/** JSON has no NaN. */
function rounded(ms: number): number | null {
  return Number.isFinite(ms) ? Math.round(ms * 10) / 10 : null;
}

/** What a page sends, member by member: whoever has its secret may still send anything. */
function checked(given: unknown): PageRequest {
  const { kind, replica, act, ...rest } = Object(given) as Record<string, unknown>;
  if (kind === 'act') {
    const known = replicaActs.find((name) => name === act);
    if (known === undefined || typeof replica !== 'string') {
      throw refused('this is nothing that can be done');
    }
    return { kind, replica, act: known };
  }
  if (kind !== 'report') throw refused('this is neither a report nor anything to do');
  const count = (name: string): number => {
    const number = rest[name];
    if (Number.isSafeInteger(number) && Number(number) >= 0) return Number(number);
    throw refused(`${name} has to be a count`);
  };
  const text = (name: string): string => {
    const told = rest[name];
    if (typeof told === 'string') return shortened(told.toWellFormed(), TEXT_LENGTH_MAX);
    throw refused(`${name} has to be a text`);
  };
  return {
    ...{ kind, status: text('status'), epoch: text('epoch'), version: count('version') },
    ...{ digest: text('digest'), resumes: count('resumes'), repairs: count('repairs') },
    ...{ snapshots: count('snapshots'), wireBytes: count('wireBytes') },
    lastError: text('lastError'),
  };
}

function refused(why: string): DiffStreamError {
  return new DiffStreamError('bad-argument', why);
}
