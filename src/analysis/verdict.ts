import type { Load, Prices } from './costs.ts';
import { cheaperFrom, costOf } from './costs.ts';
import type { Findings, MessageFindings, StrategyFindings } from './findings.ts';
import { loadsAlone, loadsOf, messagesOf } from './findings.ts';
import { RUNS_FOR_TIMES } from './later-mean.ts';
import type { CoreBytes, CoreId, StrategyId } from './strategies.ts';

export type Answer = 'diffs' | 'compress' | 'whole';

/** What speaks for the answer, or against relying on it; each kind once at most. */
export type Reason =
  /** Bytes of changes and all else on the wire: the answer's beside those it was held against. */
  | { readonly kind: 'traffic'; readonly best: Record<Answer, Offer> }
  /** Most of a value is new in a change: what saves bytes here is not the difference. */
  | { readonly kind: 'rewritten'; readonly newShare: number }
  /** How much of a value is new in a change. */
  | { readonly kind: 'new-share'; readonly newShare: number; readonly meanBytes: number }
  /** Cores of the server that compression needs for its connections, beside those of diffs. */
  | {
      readonly kind: 'connections';
      readonly consumers: number;
      readonly memoryBytes: number;
      readonly cores: number | undefined;
      readonly diffCores: number | undefined;
    }
  /** New entries after the first state are sent whole by all. */
  | { readonly kind: 'creations'; readonly share: number }
  /** Updates that repeat what is there. */
  | { readonly kind: 'unchanged'; readonly count: number; readonly share: number }
  /** Updates that came together are one message each way; `alone`: what each on its own needs. */
  | ({ readonly kind: 'together'; readonly alone: Record<Answer, Offer> } & AtOnce)
  /** Each object has an id of its own; `asLog`: what is best where all of them have to arrive. */
  | ({ readonly kind: 'log'; readonly asLog: Offer; readonly whole: Offer } & Log)
  /** Another difference does nearly as well, or better. */
  | { readonly kind: 'peer'; readonly id: StrategyId; readonly bytes: number; readonly own: number }
  /** Others whose results were wrong. */
  | { readonly kind: 'wrong'; readonly id: StrategyId; readonly wrong: number; readonly of: number }
  /** The bytes speak for another answer, whose work costs more than they do. */
  | { readonly kind: 'work'; readonly wanted: Answer }
  /** So little is sent that no answer matters. */
  | { readonly kind: 'little'; readonly wholePerMonth: number }
  /** Too few changes to rely on. */
  | { readonly kind: 'few'; readonly changes: number };

/** The best of one kind of answer. */
export interface Offer {
  readonly id: StrategyId;
  /** To each consumer, in bytes. */
  readonly bytes: number;
  /** For all consumers. */
  readonly cost: number;
}

/** From where on diffs cost less than the best of the others. */
export interface BreakEven {
  /** Keys for which they do, and keys that changed at all. */
  readonly keysThatPay: number;
  readonly keys: number;
  /** Changes of keys that pay, of all changes, 0 to 1. */
  readonly changesThatPay: number;
  /** The least number of consumers; undefined: none. */
  readonly consumers: number | undefined;
  /** Size of a value in bytes from which on all larger ones pay; undefined: none. */
  readonly valueBytes: number | undefined;
  /** No value is smaller. */
  readonly isEverySize: boolean;
}

/** How updates leave in one message. */
type AtOnce = Pick<MessageFindings, 'by' | 'atOnce'>;

/** Objects that look like the events of a log. */
export interface Log {
  /** The member whose value is another one in each object. */
  readonly id: string;
  /** The key by which they were taken for states; undefined: for those of one document. */
  readonly key: string | undefined;
}

export interface Verdict {
  readonly answer: Answer;
  /** The strategy that the answer comes down to. */
  readonly strategy: StrategyId;
  readonly best: Record<Answer, Offer>;
  /** So much is new in a change that diffs were not considered. */
  readonly isRewritten: boolean;
  /** The answer is for messages of so many updates; undefined: for each update alone. */
  readonly together: AtOnce | undefined;
  /** The answer for each update alone, where the input tells only by times what came together. */
  readonly alone: { readonly answer: Answer; readonly best: Record<Answer, Offer> } | undefined;
  /** The answer is for who wants the last state of each key, and this may be a log. */
  readonly log: Log | undefined;
  readonly breakEven: BreakEven;
  readonly reasons: readonly Reason[];
}

/**
 * Part of its bytes that has to be saved beside what is simpler: state at both ends is not free.
 * `auto` asks the same of dense frames.
 */
export const SAVED_MIN = 0.2;
/** Where more of a value is new in a change, there is no difference worth the name. */
const NEW_SHARE_MAX = 0.5;
/** An event has more that is new than this; a state of something that is numbered may have less. */
const LOG_NEW_SHARE_MIN = 0.1;
/** Fewer changes tell little. */
const CHANGES_MIN = 30;
/** Another difference with at most so much more is worth a word. */
const PEER_MAX = 1.1;
/** Memory of zlib for both directions of one connection, in bytes: window and tables. */
const CONTEXT_BYTES = 300 * 1024;
/** Below this, in the currency of the prices and for a month, nothing needs to be saved. */
const LITTLE_PER_MONTH = 1;
const MONTH_SECONDS = (365.25 * 24 * 3600) / 12;

const PEERS: ReadonlySet<StrategyId> = new Set([
  'json-patch',
  'merge-patch',
  'deflate-previous',
  'zstd-previous',
] as const);

/**
 * What to do with such data: pure. What is more complicated has to save a fifth of the bytes of
 * what is simpler, and may not cost more than whole values with so many consumers, traffic and work
 * together.
 */
export function verdictOf(findings: Findings, prices: Prices, likeLog?: Log): Verdict {
  const log = findings.newShare >= LOG_NEW_SHARE_MIN ? likeLog : undefined;
  const view = messagesOf(findings);
  const loads = loadsOf(findings, view);
  const best = offersOf(loads, prices);
  const chosen = choiceOf(findings, best);
  const aloneBest = view === undefined ? best : offersOf(loadsAlone(findings), prices);
  const alone = { answer: choiceOf(findings, aloneBest).answer, best: aloneBest };
  const together = view && { by: view.by, atOnce: view.atOnce };
  const special: Reason[] = [];
  if (log !== undefined) special.push({ kind: 'log', ...log, ...asLog(findings, prices) });
  if (together !== undefined) special.push({ kind: 'together', ...together, alone: aloneBest });
  const [traffic, ...reasons] = reasonsOf(findings, best, loads, chosen, prices);
  return {
    answer: chosen.answer,
    strategy: best[chosen.answer].id,
    best,
    isRewritten: findings.newShare > NEW_SHARE_MAX,
    together,
    alone: together?.by === 'time' ? alone : undefined,
    log,
    breakEven: breakEvenOf(findings, best, loads, prices),
    reasons: [...(traffic === undefined ? [] : [traffic]), ...special, ...reasons],
  };
}

/** What was wanted by bytes, and what is left of that when work has its say. */
interface Choice {
  readonly answer: Answer;
  readonly wanted: Answer;
}

function choiceOf({ newShare, counts }: Findings, best: Record<Answer, Offer>): Choice {
  const wanted = answerByBytes(best, newShare > NEW_SHARE_MAX);
  // Times of the first runs are those of code that is not compiled yet.
  const isTimed = counts.changed >= RUNS_FOR_TIMES;
  const costsMore = isTimed && best[wanted].cost > best.whole.cost;
  return { wanted, answer: costsMore ? 'whole' : wanted };
}

/** What every object needs where all of them have to arrive, and none is a change of another. */
function asLog(findings: Findings, prices: Prices): { asLog: Offer; whole: Offer } {
  const { whole, compress } = offersOf(loadsOf(findings), prices);
  const isSmaller = compress.bytes <= whole.bytes * (1 - SAVED_MIN);
  return { asLog: isSmaller ? compress : whole, whole };
}

/** Times are never the same twice, so that bytes decide, and work may only stand against them. */
function answerByBytes(best: Record<Answer, Offer>, isRewritten: boolean): Answer {
  const { whole, compress, diffs } = best;
  const saves = (offer: Offer, other: Offer): boolean =>
    offer.bytes <= other.bytes * (1 - SAVED_MIN);
  if (!isRewritten && saves(diffs, compress) && saves(diffs, whole)) return 'diffs';
  return saves(compress, whole) ? 'compress' : 'whole';
}

/** Months that the data stands for, by its times; undefined where it has none. */
export function monthsOf({ span }: Findings): number | undefined {
  return span === undefined ? undefined : (span.lastMs - span.firstMs) / 1000 / MONTH_SECONDS;
}

function offerOf(loads: readonly Load[], id: StrategyId, prices: Prices): Offer {
  const load = loads.find((each) => each.id === id);
  if (load === undefined) return { id, bytes: Number.POSITIVE_INFINITY, cost: Number.NaN };
  return { id, bytes: load.bytes, cost: costOf(load, prices) };
}

/** The first where the second does not save a fifth: it has less to remember. */
function simpler(first: Offer, second: Offer): Offer {
  return second.bytes <= first.bytes * (1 - SAVED_MIN) ? second : first;
}

function offersOf(loads: readonly Load[], prices: Prices): Record<Answer, Offer> {
  const offer = (id: StrategyId): Offer => offerOf(loads, id, prices);
  return {
    whole: offer('full-json'),
    compress: simpler(offer('gzip-each'), offer('deflate-context')),
    diffs: simpler(offer('compact'), offer('dense')),
  };
}

function runnerUp({ whole, compress }: Record<Answer, Offer>): Offer {
  return compress.bytes < whole.bytes ? compress : whole;
}

function breakEvenOf(
  findings: Findings,
  best: Record<Answer, Offer>,
  loads: readonly Load[],
  prices: Prices,
): BreakEven {
  const loadOf = (id: StrategyId): Load | undefined => loads.find((load) => load.id === id);
  const [own, other] = [loadOf(best.diffs.id), loadOf(runnerUp(best).id)];
  const pays = payer(findings, loads, best.diffs.id === 'dense' ? 'dense' : 'compact');
  const { keys } = findings.byKey;
  const paying = keys.filter(pays);
  const changes = keys.reduce((sum, key) => sum + key.changes, 0);
  const valueBytes = sizeFrom(findings, pays);
  return {
    keysThatPay: paying.length,
    keys: keys.length,
    changesThatPay: paying.reduce((sum, key) => sum + key.changes, 0) / Math.max(1, changes),
    consumers: own && other && cheaperFrom(own, other, prices),
    valueBytes,
    isEverySize: valueBytes !== undefined && valueBytes === findings.bySize[0]?.from,
  };
}

type Payer = (sums: { readonly changes: number; readonly bytes: CoreBytes }) => boolean;

/** Whether diffs save a fifth for some of the changes, each with what its frame needs. */
function payer(findings: Findings, loads: readonly Load[], own: 'compact' | 'dense'): Payer {
  const { wire, strategies } = findings;
  if (messagesOf(findings) !== undefined) return payerTogether(findings, loads, own);
  const mean = strategies.find(({ id }) => id === own)?.changes.mean ?? 0;
  const overhead = wire[own] - mean;
  return ({ changes, bytes }) => {
    const others = Math.min(bytes['full-json'], bytes['deflate-context']) + 2 * changes;
    return bytes[own] + overhead * changes <= others * (1 - SAVED_MIN);
  };
}

/** The same where a change has its part of what its message needs. */
function payerTogether(findings: Findings, loads: readonly Load[], own: CoreId): Payer {
  const scaleOf = (id: CoreId): number => {
    const { changes, creations, deletions } = strategyIn(findings, id) ?? NOTHING;
    const sent = loads.find((load) => load.id === id)?.bytes ?? 0;
    return sent / Math.max(1, changes.total + creations + deletions);
  };
  const [full, context, ours] = [scaleOf('full-json'), scaleOf('deflate-context'), scaleOf(own)];
  return ({ bytes }) => {
    const packed = context > 0 ? bytes['deflate-context'] * context : Number.POSITIVE_INFINITY;
    const others = Math.min(bytes['full-json'] * full, packed);
    return bytes[own] * ours <= others * (1 - SAVED_MIN);
  };
}

const NOTHING = { changes: { total: 0 }, creations: 0, deletions: 0 };

function sizeFrom({ bySize }: Findings, pays: Payer): number | undefined {
  let from: number | undefined;
  for (const band of [...bySize].reverse()) {
    if (!pays(band)) break;
    from = band.from;
  }
  return from;
}

function strategyIn(findings: Findings, id: StrategyId): StrategyFindings | undefined {
  return findings.strategies.find((each) => each.id === id);
}

function reasonsOf(
  findings: Findings,
  best: Record<Answer, Offer>,
  loads: readonly Load[],
  { answer, wanted }: Choice,
  prices: Prices,
): Reason[] {
  const { counts, values, newShare } = findings;
  const reasons: Reason[] = [
    { kind: 'traffic', best },
    { kind: 'new-share', newShare, meanBytes: values.mean },
  ];
  if (newShare > NEW_SHARE_MAX) reasons.push({ kind: 'rewritten', newShare });
  if (answer !== wanted) reasons.push({ kind: 'work', wanted });
  const connections = connectionsOf(findings, best, loads, prices);
  if (connections !== undefined) reasons.push(connections);
  const created = counts.created - counts.firstEntries;
  const share = created / Math.max(1, created + counts.changed + counts.deleted);
  if (share >= SAVED_MIN) reasons.push({ kind: 'creations', share });
  const { unchanged } = counts;
  const unchangedShare = unchanged / Math.max(1, unchanged + counts.changed);
  if (unchangedShare >= 0.05) {
    reasons.push({ kind: 'unchanged', count: unchanged, share: unchangedShare });
  }
  if (answer === 'diffs') {
    for (const reason of peerReasons(findings, best.diffs)) reasons.push(reason);
  }
  const months = monthsOf(findings);
  const perMonth = months === undefined ? Number.NaN : best.whole.cost / months;
  if (perMonth < LITTLE_PER_MONTH) reasons.push({ kind: 'little', wholePerMonth: perMonth });
  if (counts.changed < CHANGES_MIN) reasons.push({ kind: 'few', changes: counts.changed });
  return reasons;
}

function connectionsOf(
  findings: Findings,
  best: Record<Answer, Offer>,
  loads: readonly Load[],
  { consumers }: Prices,
): Reason | undefined {
  const context = loads.find(({ id }) => id === 'deflate-context');
  const own = loads.find(({ id }) => id === best.diffs.id);
  if (context === undefined || own === undefined || best.compress.id !== context.id) {
    return undefined;
  }
  const { span } = findings;
  const coresOf = (us: number): number | undefined =>
    span === undefined ? undefined : us / ((span.lastMs - span.firstMs) * 1000);
  return {
    kind: 'connections',
    consumers,
    memoryBytes: consumers * CONTEXT_BYTES,
    cores: coresOf(context.eachUs * consumers),
    diffCores: coresOf(own.onceUs),
  };
}

function peerReasons(findings: Findings, own: Offer): Reason[] {
  const reasons: Reason[] = [];
  const ownMean = strategyIn(findings, own.id)?.changes.mean ?? Number.NaN;
  const peers = findings.strategies.filter(({ id }) => PEERS.has(id));
  const wrongOf = ({ wrong: { order, value, error } }: StrategyFindings): number =>
    order + value + error;
  const nearest = peers
    .filter((peer) => wrongOf(peer) === 0 && peer.changes.mean <= ownMean * PEER_MAX)
    .sort((a, b) => a.changes.mean - b.changes.mean)[0];
  if (nearest !== undefined) {
    reasons.push({ kind: 'peer', id: nearest.id, bytes: nearest.changes.mean, own: ownMean });
  }
  for (const peer of peers) {
    const wrong = wrongOf(peer);
    if (wrong > 0) reasons.push({ kind: 'wrong', id: peer.id, wrong, of: peer.checked });
  }
  return reasons;
}
