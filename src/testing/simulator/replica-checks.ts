import type { FrameConsumer } from '../../cache/frame-consumer.ts';
import { compareEpochs, epochText } from '../../cache/epoch.ts';
import type { Epoch } from '../../cache/epoch.ts';
import type { Applied } from '../../cache/entry.ts';
import type { Key } from '../../core/key.ts';
import { decodeHubMessage } from '../../protocol/hub-message-reader.ts';
import type { ChangeEvent } from '../../protocol/output.ts';
import type { Subscriber } from '../../protocol/subscriber.ts';
import type { State } from './history.ts';
import { Violation } from './history.ts';
import type { Line, Passage } from './network.ts';
import { TYPE, varint } from './onlooker.ts';
import { textOf } from './text-memo.ts';
import type { World } from './world.ts';

/** Where the nonce stands, with a protocol number of one byte. */
const HELLO_NONCE_AT = 4;
const ANSWER_NONCE_AT = 2;
/** What is wrong with a message itself, not with its hub or its way. */
const inherent = new Set(['gap', 'digest-mismatch', 'patch-conflict', 'malformed']);
/** Events between two looks at everything; in between, at what is said to have changed. */
const LOOK_EVERY = 8;
/** Virtual time that a driver takes to get round to a timer, in ms. */
const TIMER_SLACK_MS = 10;

/** A write that a reader waits for. */
export interface Awaited {
  readonly epoch: string;
  readonly version: number;
  readonly key: Key;
}

/** What an onlooker sees of a replica. */
interface Watched {
  readonly id: number;
  readonly cache: FrameConsumer;
  readonly subscriber: Subscriber<unknown>;
  readonly nowMs: number;
  readonly isIdle: boolean;
}

/** Holds one replica against the promises, after each event, by what a reader of it sees. */
export class ReplicaChecks {
  private readonly world: World;
  private readonly replica: Watched;
  /** What was seen last. */
  private epoch: Epoch | undefined;
  private version = 0;
  /** Copies that a test made wrong on purpose are held against P1 from the first `live` on. */
  private isTrusted: boolean;
  /**
   * A chunk that the hub did not send so may be part of the snapshot that is being fetched: each
   * chunk is right by itself, and only the whole shows it, on whatever line the last one comes.
   */
  private isFetchDoubtful = false;
  private told: ChangeEvent<unknown> | undefined;
  private tokens: Awaited[] = [];
  private eventsLeft = LOOK_EVERY;
  /** Messages that changed something; a repeat of one must not. */
  private readonly applied = new Set<number>();
  /** The nonce of a request that has not been answered yet; '': there is none. */
  private asked = '';
  /** Where the hub stood when it answered. */
  private hub: { readonly epoch: string; readonly version: number } | undefined;
  private changes = 0;
  private changesBefore = 0;
  private heardMs: number;
  /** The longest that a message was under way to this replica, in ms. */
  private slowestMs = 0;

  constructor(world: World, replica: Watched, isTrusted: boolean) {
    this.world = world;
    this.replica = replica;
    this.isTrusted = isTrusted;
    this.epoch = replica.cache.currentEpoch;
    this.version = replica.cache.version;
    this.heardMs = world.nowMs;
    if (isTrusted) this.look();
  }

  /** It asks: only what answers this can make it live. */
  sending(bytes: Uint8Array): void {
    const at = bytes[0] === TYPE.hello ? HELLO_NONCE_AT : 1;
    if (bytes[0] === TYPE.hello || bytes[0] === TYPE.resume) this.asked = nonceAt(bytes, at);
  }

  /** A message is about to be handed over. */
  receiving({ sentMs, bytes, isGenuine }: Passage): void {
    if (bytes[0] === TYPE.chunk && !isGenuine) this.isFetchDoubtful = true;
    this.changesBefore = this.changes;
    this.heardMs = this.world.nowMs;
    if (bytes[0] === TYPE.answer && nonceAt(bytes, ANSWER_NONCE_AT) === this.asked) this.met(bytes);
    this.slowestMs = Math.max(this.slowestMs, this.world.nowMs - sentMs);
  }

  /** The hub at the other end has said where it stands. */
  private met(bytes: Uint8Array): void {
    const answer = readAnswer(bytes);
    if (answer === undefined) return;
    this.asked = '';
    this.hub = answer;
  }

  received({ id, bytes, isGenuine }: Passage): void {
    const { world } = this;
    if (this.changes > this.changesBefore) {
      if (this.applied.has(id)) this.fail('P5', 'a repeated message changed something');
      this.applied.add(id);
    } else if (this.applied.has(id)) world.branches.reach('message repeated');
    if (!isGenuine || bytes[0] !== TYPE.head || this.replica.subscriber.state !== 'live') return;
    const [version] = varint(bytes);
    if (version > this.replica.cache.version) {
      this.fail('P7', `live at ${this.replica.cache.version} after a head at ${version}`);
    }
    if (version < this.replica.cache.version) world.branches.reach('head that was late');
  }

  /** Listeners are told of changes; several frames may have been applied at once. */
  changed(event: ChangeEvent<unknown>): void {
    this.changes++;
    const { from, to } = event;
    const epoch = this.replica.cache.currentEpoch as Epoch;
    const isSame = this.epoch !== undefined && compareEpochs(this.epoch, epoch) === 'same';
    const expected = this.told?.to ?? (isSame ? this.version : 0);
    if (from !== expected) this.fail('P2', `told of changes from ${from}, shown was ${expected}`);
    const { version } = this.replica.cache;
    if (version !== to) this.fail('P2', `told of version ${to}, shown is ${version} already`);
    this.told = event;
    if (to - from > 1 && from > 0) this.world.branches.reach('catch-up over many versions');
  }

  /** Somebody waits for what was written at a version: it has to be there from then on. */
  expect(token: Awaited): void {
    this.tokens.push(token);
  }

  /** The event is over: what a reader sees now has to be right. */
  settled(): void {
    const { cache, subscriber } = this.replica;
    const isLive = subscriber.status === 'live';
    if (isLive) this.checkLive();
    if (isLive) this.isFetchDoubtful = false;
    const first = isLive && !this.isTrusted;
    if (first) this.isTrusted = true;
    const { currentEpoch, version } = cache;
    const moved = version !== this.version || currentEpoch !== this.epoch;
    const { told } = this;
    if (told !== undefined) {
      if (told.to !== version) this.fail('P2', `told of version ${told.to}, shown is ${version}`);
      for (const change of told.changes) this.checkTold(change);
    }
    if (moved) this.checkForward(currentEpoch, version);
    if (first || --this.eventsLeft <= 0) this.look();
    else if (moved) this.glance(told?.changes ?? []);
    this.told = undefined;
    if (moved && this.tokens.length > 0) this.checkTokens();
  }

  /**
   * The replica has found something wrong: on a line that nobody has touched, with a copy that
   * was right, nothing can be. Repairs would hide that.
   */
  failed(code: string, line: Line | undefined): void {
    if (line === undefined || line.isTouched || !this.isTrusted) return;
    if (code === 'timeout' && line.openedMs > this.world.healedAtMs) {
      this.fail('P6', 'a timeout where nothing was slow');
    }
    if (!inherent.has(code) || this.isFetchDoubtful) return;
    // A snapshot begun with one life of an epoch does not go on with another.
    const { history } = this.world;
    const name = this.epoch === undefined ? '' : epochText(this.epoch);
    if (history.isReused(name) || history.isReused(this.hub?.epoch ?? '')) return;
    this.fail('P10', `${code} on a line without faults`);
  }

  /** Live means: with the hub at the other end, and not behind what that has said of itself. */
  private checkLive(): void {
    if (this.asked !== '') this.fail('P7', 'live before its request was answered');
    const { currentEpoch, version } = this.replica.cache;
    const { hub } = this;
    const isThere = currentEpoch !== undefined && epochText(currentEpoch) === hub?.epoch;
    if (!isThere || version < hub.version) {
      this.fail('P7', `live at ${version} with a hub at ${hub?.version} of ${hub?.epoch}`);
    }
  }

  /** Looks at times of its own choosing. */
  inspect(): void {
    const { world, replica } = this;
    const { subscriber } = replica;
    if (this.isTrusted) this.look();
    if (!replica.isIdle || subscriber.status !== 'live') return;
    const silence = world.nowMs - this.heardMs;
    const { heartbeatMs, missedHeadsMax } = world.session;
    if (silence > heartbeatMs * missedHeadsMax + TIMER_SLACK_MS) {
      this.fail('P12', `live after ${silence} ms of silence`);
    }
    const ageMs = subscriber.ageMs(replica.nowMs);
    const text = epochText(this.epoch as Epoch);
    const behindMs = world.nowMs - world.history.supersededMs(text, this.version);
    if (!(ageMs >= 0) || behindMs > ageMs + this.slowestMs + TIMER_SLACK_MS) {
      this.fail('P12', `${behindMs} ms behind, but says its age is ${ageMs} ms`);
    }
  }

  private checkTold([cmd, key, data]: Applied<unknown>): void {
    const { cache } = this.replica;
    const isRight = cmd === 'delete' ? !cache.has(key) : cache.get(key) === data;
    if (!isRight) this.fail('P4', `told of ${cmd} ${String(key)}, which cannot be read`);
  }

  private checkForward(epoch: Epoch | undefined, version: number): void {
    const before = this.epoch;
    this.epoch = epoch;
    const versionBefore = this.version;
    this.version = version;
    if (before === undefined) return;
    const order = epoch === undefined ? 'older' : compareEpochs(before, epoch);
    if (order === 'older' || order === 'conflict') {
      this.fail('P9', `an ${order} epoch took over from ${epochText(before)}`);
    }
    if (order === 'same' && version < versionBefore) {
      this.fail('P3', `version ${version} after ${versionBefore}`);
    }
  }

  /** What is said to have changed is now what it was at the version shown. */
  private glance(changes: readonly Applied<unknown>[]): void {
    if (!this.isTrusted || this.epoch === undefined) return;
    const [expected] = this.world.history.at(epochText(this.epoch), this.version);
    const isRight = changes.every(
      ([, key, data]) => expected?.get(key) === (data === undefined ? undefined : textOf(data)),
    );
    if (!isRight || expected?.size !== this.replica.cache.size) this.look();
  }

  /** All that a reader sees is a state that the producer had at the version shown. */
  private look(): void {
    this.eventsLeft = this.world.instruments?.lookEvery ?? LOOK_EVERY;
    const { cache } = this.replica;
    if (!this.isTrusted || this.epoch === undefined || this.version === 0) return;
    const states = this.world.history.at(epochText(this.epoch), this.version);
    const differences = states.map((state) => differenceOf(cache, state));
    if (differences.includes(undefined)) return;
    const differs = differences.at(-1) ?? `of ${epochText(this.epoch)}, which never was`;
    // Where nobody was told, what is shown has changed by itself.
    this.fail(this.told === undefined ? 'P4' : 'P1', `at version ${this.version} ${differs}`);
  }

  private checkTokens(): void {
    const { cache } = this.replica;
    const epoch = epochText(this.epoch as Epoch);
    this.tokens = this.tokens.filter((token) => {
      if (token.epoch !== epoch || this.world.history.isReused(epoch)) return false;
      if (token.version > this.version) return true;
      const value = cache.get(token.key);
      const text = value === undefined ? undefined : textOf(value);
      const at = this.world.history.writtenAt(epoch, token.key, text);
      if (at >= token.version) return false;
      return this.fail('P13', `at ${this.version} without the write of ${token.version}`);
    });
  }

  private fail(promise: ConstructorParameters<typeof Violation>[0], what: string): never {
    throw new Violation(promise, `replica ${this.replica.id}: ${what}`);
  }
}

/** What a reader would find wrong first; undefined: nothing. */
export function differenceOf(
  shown: ReadonlyMap<Key, unknown>,
  expected: State,
): string | undefined {
  for (const [key, text] of expected) {
    const value = shown.get(key);
    if (value === undefined) return `${String(key)} is missing`;
    if (textOf(value) !== text) return `${String(key)} is ${textOf(value)}, not ${text}`;
  }
  return shown.size === expected.size ? undefined : `there are ${shown.size} entries`;
}

function nonceAt(bytes: Uint8Array, at: number): string {
  return bytes.subarray(at, at + 8).join('.');
}

/** Undefined for an answer that was damaged on its way. */
function readAnswer(bytes: Uint8Array): { epoch: string; version: number } | undefined {
  try {
    const message = decodeHubMessage(bytes);
    if (message.kind !== 'answer') return undefined;
    return { epoch: epochText(message.head.epoch), version: message.head.version };
  } catch {
    return undefined;
  }
}
