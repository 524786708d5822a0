import type { HubMessage } from './message.ts';

/**
 *   idle ──start──▶ dialing ──connected──▶ greeting ──answer──▶ catching-up ──▶ live
 *                     ▲                     ▲    │                 ▲            │
 *                     │                     │    └──▶ comparing ───┘            │
 *                     │                     └─── a frame or head that is wrong ─┤
 *                  waiting ◀── disconnected, silence, refusal, no answer ───────┘
 *   any ──close──▶ closed
 *
 * `greeting`: a hello or resume is out; whatever arrives before the answer with its nonce
 * belongs to an earlier request and is dropped. `comparing`: the answer was that the past is
 * unknown or in doubt, and both sides look for what differs. `live` only after a checked
 * answer: an equal head, or a frame that passed its check. From `catching-up` to `installing`
 * and back: a packed snapshot is complete and being inflated; what arrives meanwhile is kept,
 * and not acknowledged, so that it is never more than the window.
 */
export type SubscriberState =
  | 'idle'
  | 'dialing'
  | 'greeting'
  | 'comparing'
  | 'catching-up'
  | 'installing'
  | 'live'
  | 'waiting'
  | 'closed';

/** What becomes of a message; `keep`: it is taken when the snapshot is installed. */
type Reaction = 'take' | 'drop' | 'keep';
type Row = Record<HubMessage['kind'], Reaction>;

const nothing: Row = {
  answer: 'drop',
  wait: 'drop',
  refusal: 'drop',
  frame: 'drop',
  dense: 'drop',
  part: 'drop',
  head: 'drop',
  sums: 'drop',
  mended: 'drop',
  snapshot: 'drop',
  chunk: 'drop',
};

const frames: Row = {
  // To an earlier request, or repeated: it only tells where the hub stands.
  answer: 'take',
  wait: 'drop',
  refusal: 'take',
  frame: 'take',
  dense: 'take',
  part: 'take',
  head: 'take',
  sums: 'drop',
  mended: 'drop',
  snapshot: 'take',
  chunk: 'take',
};

/**
 * Every message in every state: a new one of either does not compile until it is decided.
 *
 * Modelled in models/resume.pml.
 */
export const reactions: Record<SubscriberState, Row> = {
  idle: nothing,
  waiting: nothing,
  closed: nothing,
  dialing: { ...nothing, refusal: 'take' },
  greeting: { ...nothing, answer: 'take', wait: 'take', refusal: 'take' },
  // An answer again: the hub could not go on with the comparison and sends everything.
  comparing: {
    answer: 'take',
    wait: 'take',
    refusal: 'take',
    frame: 'drop',
    dense: 'drop',
    part: 'take',
    head: 'drop',
    sums: 'take',
    mended: 'take',
    snapshot: 'drop',
    chunk: 'drop',
  },
  installing: {
    ...frames,
    frame: 'keep',
    dense: 'keep',
    part: 'keep',
    head: 'keep',
    snapshot: 'keep',
    chunk: 'keep',
  },
  'catching-up': frames,
  live: frames,
};

/** States in which a request is out. */
export function isAsking(state: SubscriberState): boolean {
  return state === 'greeting' || state === 'comparing';
}

/** States in which what arrives is acknowledged. */
export function isReading(state: SubscriberState): boolean {
  return state === 'comparing' || state === 'catching-up' || state === 'live';
}

/** States in which no request is out, and none can be answered. */
export function isBetweenConnections(state: SubscriberState): boolean {
  return state === 'waiting' || state === 'dialing';
}

/** States in which something may be on its way of which nothing shows before it is there. */
export function isFetching(state: SubscriberState): boolean {
  return isAsking(state) || state === 'catching-up';
}

/** Messages that carry data; answers and heads come behind these. */
export function isData(kind: HubMessage['kind']): boolean {
  return kind === 'part' || kind === 'chunk' || kind === 'frame' || kind === 'dense';
}
