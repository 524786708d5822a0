import type { ChangePoint, Sums, TimelinePart } from './breakdowns.ts';
import type { Load } from './costs.ts';
import { AT_ONCE_MIN } from './form.ts';
import type { Contender, Measurement } from './measurement.ts';
import type { PathFigures } from './path-tree.ts';
import type { CoreBytes, CoreId, StrategyId } from './strategies.ts';
import { coreIds, strategyNames } from './strategies.ts';
import { messageBytes } from './wire.ts';

/** What one strategy made of the data. Bytes count a key as its number among all keys. */
export interface StrategyFindings {
  readonly id: StrategyId;
  readonly name: string;
  /** Changes that it was measured on: all, or a sample of 1 in 2, 4, 8 … of them. */
  readonly measured: number;
  /** Bytes of changes; the total is scaled where a sample was measured. */
  readonly changes: { total: number; mean: number; p50: number; p95: number };
  readonly firstState: number;
  readonly creations: number;
  readonly deletions: number;
  /** All of these together. */
  readonly all: number;
  /** Full JSON beside it, on the changes that it was measured on. */
  readonly ratio: number;
  /** Mean work for one change at the sender, in µs; once for all consumers. */
  readonly encodeUs: number;
  /** The part of it that is for each connection anew. */
  readonly perConnectionUs: number;
  /** Mean work at one consumer, in µs. */
  readonly decodeUs: number;
  readonly checked: number;
  readonly wrong: { readonly order: number; readonly value: number; readonly error: number };
}

/** From when to when, by the data. */
interface Span {
  readonly firstMs: number;
  readonly lastMs: number;
  readonly changesPerSecond: number;
  /** Updates that carry the same time, in the mean. */
  readonly updatesAtOnce: number;
}

/** The updates after the first state with those that came together in one message. */
export interface MessageFindings {
  /** By what: they stood in one value of the input, or have the same time. */
  readonly by: 'item' | 'time';
  readonly messages: number;
  /** Changes, new entries and deletions in them; of a key's in one message only the last. */
  readonly updates: number;
  /** Updates in a message, in the mean. */
  readonly atOnce: number;
  /** Bytes to each consumer. */
  readonly wireTotal: CoreBytes;
  readonly gzipTotal: number;
  /** Mean work of one connection's deflate context for a message, in µs. */
  readonly contextUs: number;
}

/** Changes of values of one size, in bytes: `from` and above, below `to`. */
interface SizeBand extends Sums {
  readonly from: number;
  readonly to: number;
}

/** Everything that was measured; plain data. */
export interface Findings {
  readonly counts: Measurement['counts'] & { readonly firstEntries: number };
  readonly keys: number;
  readonly heldBytesMost: number;
  readonly unchangedBytes: number;
  readonly span: Span | undefined;
  readonly values: { mean: number; p50: number; p95: number; total: number };
  /** What is new in a change, of the value's JSON text, 0 to 1. */
  readonly newShare: number;
  readonly strategies: readonly StrategyFindings[];
  /** Mean bytes of one change as a message of its own, headers included. */
  readonly wire: CoreBytes;
  /** Updates after the first state on the wire, changes and all others, to each consumer. */
  readonly wireTotal: CoreBytes;
  /** Undefined where each update came alone. */
  readonly together: MessageFindings | undefined;
  readonly paths: readonly PathFigures[];
  readonly byKey: { readonly keys: readonly KeySums[]; readonly others: Sums };
  readonly bySize: readonly SizeBand[];
  readonly timeline: readonly TimelinePart[];
  readonly points: readonly ChangePoint[];
  /** Changes too long for the dense coder, counted as compact ones. */
  readonly tooLongForDense: number;
}

export interface KeySums extends Sums {
  readonly key: string | number;
}

/** Everything that a measurement tells, as plain data. */
export function findingsOf(measurement: Measurement): Findings {
  measurement.endMessage();
  const { counts, breakdowns, valueSizes, changeWire, otherWire, contenders } = measurement;
  const full = contenders.find(({ id }) => id === 'full-json');
  const fullBytes = full?.changes.sample(0).sizes.sum ?? 0;
  const strategies = contenders.map((each) => strategyOf(each, counts.changed, fullBytes));
  const per = 1 / Math.max(1, counts.changed);
  return {
    counts: { ...counts, firstEntries: measurement.firstEntries },
    keys: measurement.keys,
    heldBytesMost: measurement.heldBytesMost,
    unchangedBytes: measurement.unchangedBytes,
    span: spanOf(measurement),
    values: {
      mean: valueSizes.sum * per,
      p50: valueSizes.quantile(0.5),
      p95: valueSizes.quantile(0.95),
      total: valueSizes.sum,
    },
    newShare: valueSizes.sum === 0 ? 0 : measurement.newBytes / valueSizes.sum,
    strategies: withConnectionWork(strategies),
    wire: mapBytes((id) => changeWire[id] * per),
    wireTotal: mapBytes((id) => changeWire[id] + otherWire[id]),
    together: togetherOf(measurement),
    paths: measurement.paths.figures(),
    byKey: {
      keys: Array.from(breakdowns.keys, ([key, { changes, bytes }]) => ({ key, changes, bytes })),
      others: breakdowns.otherKeys,
    },
    bySize: [...breakdowns.sizes]
      .sort(([a], [b]) => a - b)
      .map(([size, { changes, bytes }]) => ({
        from: 2 ** size,
        to: 2 ** (size + 1),
        changes,
        bytes,
      })),
    timeline: breakdowns.timeline,
    points: breakdowns.points,
    tooLongForDense: measurement.tooLongForDense,
  };
}

function mapBytes(bytesOf: (id: CoreId) => number): CoreBytes {
  return Object.fromEntries(coreIds.map((id) => [id, bytesOf(id)])) as CoreBytes;
}

function strategyOf(contender: Contender, changed: number, fullBytes: number): StrategyFindings {
  const { id, level, changes, firstState, creations, deletions } = contender;
  const { sizes, fullBytes: fullThere } = changes.sample(level);
  const ratio = sizes.sum === 0 ? Number.NaN : fullThere / sizes.sum;
  const total = sizes.count === changed ? sizes.sum : fullBytes / ratio;
  const others = {
    firstState: firstState.bytes,
    creations: creations.bytes,
    deletions: deletions.bytes,
  };
  return {
    id,
    name: strategyNames[id],
    measured: sizes.count,
    changes: {
      total,
      mean: total / changed,
      p50: sizes.quantile(0.5),
      p95: sizes.quantile(0.95),
    },
    ...others,
    all: total + others.firstState + others.creations + others.deletions,
    ratio,
    ...changes.times,
    perConnectionUs: 0,
    checked: changes.checked,
    wrong: changes.wrong,
  };
}

/** A deflate context belongs to one connection: all its work but making the text. */
function withConnectionWork(strategies: readonly StrategyFindings[]): StrategyFindings[] {
  const fullUs = strategies.find(({ id }) => id === 'full-json')?.encodeUs ?? 0;
  return strategies.map((each) => {
    if (each.id !== 'deflate-context') return each;
    return Object.assign(each, { perConnectionUs: Math.max(0, each.encodeUs - fullUs) });
  });
}

function spanOf({ times, counts }: Measurement): Span | undefined {
  const { first, last, moments, updates } = times;
  if (first === undefined || last === undefined || last <= first) return undefined;
  return {
    firstMs: first,
    lastMs: last,
    changesPerSecond: (counts.changed * 1000) / (last - first),
    updatesAtOnce: updates / moments,
  };
}

function togetherOf({ messages: view }: Measurement): MessageFindings | undefined {
  if (view === undefined) return undefined;
  const { by, messages, updates, wire, gzipBytes, contextUs } = view;
  const atOnce = updates / Math.max(1, messages);
  return { by, messages, updates, atOnce, wireTotal: wire, gzipTotal: gzipBytes, contextUs };
}

function isCore(id: StrategyId): id is CoreId {
  return (coreIds as readonly StrategyId[]).includes(id);
}

/**
 * What all updates after the first state take by each strategy: bytes as messages, with what
 * DiffStream's frames carry beside the change, and work. Deletions are taken to need no work.
 */
export function loadsOf(findings: Findings, together = messagesOf(findings)): Load[] {
  const alone = loadsAlone(findings);
  return together === undefined ? alone : loadsTogether(findings, alone, together);
}

/** How updates leave in one message, where enough of them do. */
export function messagesOf({ together }: Findings): MessageFindings | undefined {
  if (together === undefined) return undefined;
  return together.by === 'item' || together.atOnce >= AT_ONCE_MIN ? together : undefined;
}

/**
 * Those that need only the value before are taken to send what they do for each change, under one
 * header; only compression gains from what else is in the message.
 */
function loadsTogether(
  { strategies }: Findings,
  alone: readonly Load[],
  { messages, wireTotal, gzipTotal, contextUs }: MessageFindings,
): Load[] {
  return alone.map((load, i) => {
    const { id } = load;
    if (id === 'deflate-context') {
      const bytes = wireTotal[id];
      return { ...load, bytes, eachUs: (contextUs || 0) * messages };
    }
    if (isCore(id)) return { ...load, bytes: wireTotal[id] };
    if (id === 'gzip-each') return { ...load, bytes: gzipTotal };
    const each = strategies[i];
    if (each === undefined) return load;
    const content = each.changes.total + each.creations + each.deletions;
    return { ...load, bytes: messageBytes(content / Math.max(1, messages)) * messages };
  });
}

/** The same where each update is a message of its own. */
export function loadsAlone({ strategies, wireTotal, counts }: Findings): Load[] {
  const changes = counts.changed;
  const messages = counts.created - counts.firstEntries + counts.deleted;
  return strategies.map((each) => {
    const { id, encodeUs, perConnectionUs, changes: bytes } = each;
    const whole =
      messageBytes(bytes.mean) * changes +
      messageBytes((each.creations + each.deletions) / Math.max(1, messages)) * messages;
    return {
      id,
      bytes: isCore(id) ? wireTotal[id] : whole,
      onceUs: (encodeUs - perConnectionUs) * changes,
      eachUs: perConnectionUs * changes,
    };
  });
}
