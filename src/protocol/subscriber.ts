import { DiffStreamError, errorCodes, malformed } from '../core/errors.ts';
import type { ErrorCode } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import type { ConsumerCache } from '../cache/consumer.ts';
import type { Applied } from '../cache/entry.ts';
import type { Epoch } from '../cache/epoch.ts';
import { compareEpochs } from '../cache/epoch.ts';
import { Frame } from '../cache/frame.ts';
import { Chance } from './chance.ts';
import type {
  Answer,
  Comparison,
  HeadMessage,
  HubMessage,
  Refusal,
  Sums,
  Trust,
} from './message.ts';
import type { Nonce } from './nonce.ts';
import { decodeHubMessage, encodeMessage } from './message.ts';
import { decodeMending } from './claims.ts';
import { CLOSE } from './close-code.ts';
import type { Status, SubscriberOutput } from './output.ts';
import { PartCollector } from './part-collector.ts';
import type { Position } from './position.ts';
import { sameWords } from './position.ts';
import { RepairWalk } from './repair-walk.ts';
import type { SessionLimits } from './session-limits.ts';
import { resolveSessionLimits } from './session-limits.ts';
import type { SubscriberState } from './subscriber-state.ts';
import { isReading, reactions } from './subscriber-state.ts';
import { Timers } from './timers.ts';
import { PROTOCOL_VERSION } from './version.ts';

/** Sums since the start. */
export interface SubscriberStats {
  /** Bytes of messages received and sent. */
  wireBytes: number;
  /** Length of the JSON texts of all values as they were after each change. */
  jsonBytes: number;
  frames: number;
  changes: number;
  /** Requests to go on from a version held, after a cut or a wrong message. */
  resumes: number;
  /** Requests for a copy anew because the one held failed its check. */
  repairs: number;
  snapshots: number;
}

export interface SubscriberOptions {
  /** Two random words; the driver draws them from the platform. */
  readonly seed: Nonce;
  readonly token?: string;
  readonly limits?: Partial<Limits>;
  readonly session?: Partial<SessionLimits>;
}

type TimerName = 'redial' | 'answer' | 'silence' | 'ack';

const MINUTE_MS = 60_000;

/** Keeps a consumer cache equal to a hub's stream. A machine: see Publisher. */
export class Subscriber<T> {
  state: SubscriberState = 'idle';
  readonly stats: SubscriberStats = {
    wireBytes: 0,
    jsonBytes: 0,
    frames: 0,
    changes: 0,
    resumes: 0,
    repairs: 0,
    snapshots: 0,
  };
  private readonly cache: ConsumerCache<T>;
  private readonly limits: Limits;
  private readonly session: SessionLimits;
  private readonly token: string;
  private readonly chance: Chance;
  private readonly timers = new Timers<TimerName>();
  private outputs: SubscriberOutput<T>[] = [];
  private reported: Status = 'connecting';
  private wasLive = false;
  private conflict = false;
  private attempts = 0;
  /** Refusals for good in a row; one alone may be damage. */
  private refusals = 0;
  private nonce: Nonce = [0, 0];
  /** What was last asked for. */
  private trust: Trust = 'position';
  /** The epoch of the session, from the answer; frames are checked against it. */
  private epoch: Epoch | undefined;
  /** A frame that is on its way. */
  private readonly parts: PartCollector;
  /** A comparison with the hub under way. */
  private walk: RepairWalk | undefined;
  private receivedBytes = 0;
  private ackedBytes = 0;
  private heartbeatMs: number;
  private windowBytes: number;
  /** Wrong frames since the copy was last found right: the second in a row calls for repair. */
  private failures = 0;
  private repairTimes: number[] = [];
  private headVersion = 0;
  /** When the copy was last known to be the producer's present state, in ms. */
  private currentMs = Number.NaN;

  constructor(cache: ConsumerCache<T>, options: SubscriberOptions) {
    this.cache = cache;
    this.limits = resolveLimits(options.limits);
    this.parts = new PartCollector(this.limits);
    this.session = resolveSessionLimits(options.session);
    this.token = options.token ?? '';
    this.chance = new Chance(options.seed);
    this.heartbeatMs = this.session.heartbeatMs;
    this.windowBytes = this.session.windowBytes;
  }

  get status(): Status {
    if (this.state === 'closed') return 'closed';
    if (this.conflict) return 'conflict';
    if (this.state === 'live') return 'live';
    if (this.wasLive) return 'stale';
    return this.state === 'catching-up' ? 'catching-up' : 'connecting';
  }

  /** Versions that the hub is known to be ahead. */
  get lagVersions(): number {
    return Math.max(0, this.headVersion - this.heldVersion());
  }

  /** Since the copy was last known to be the present state, in ms; NaN: never yet. */
  ageMs(nowMs: number): number {
    return nowMs - this.currentMs;
  }

  nextTimeoutMs(): number {
    return this.timers.next();
  }

  start(): SubscriberOutput<T>[] {
    if (this.state === 'idle') this.dial();
    return this.take();
  }

  connected(nowMs: number): SubscriberOutput<T>[] {
    if (this.state !== 'dialing') return this.take();
    this.receivedBytes = 0;
    this.ackedBytes = 0;
    if (this.failures > 1) {
      this.repair('hello', nowMs);
      return this.take();
    }
    if (this.cache.version > 0) this.stats.resumes++;
    this.request('hello', nowMs);
    return this.take();
  }

  /** The connection is gone, or could not be made. */
  disconnected(nowMs: number, why: DiffStreamError | undefined): SubscriberOutput<T>[] {
    if (this.state !== 'closed' && this.state !== 'waiting') {
      if (why !== undefined) this.fail(why);
      this.pause(nowMs, 0);
    }
    return this.take();
  }

  receive(bytes: Uint8Array, nowMs: number): SubscriberOutput<T>[] {
    if (this.state === 'idle' || this.state === 'waiting' || this.state === 'closed') return [];
    this.stats.wireBytes += bytes.length;
    this.receivedBytes += bytes.length;
    this.awaitHead(nowMs);
    try {
      this.handle(decodeHubMessage(bytes), nowMs);
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      this.recover(error, nowMs);
    }
    this.acknowledgeSoon(nowMs);
    return this.take();
  }

  tick(nowMs: number): SubscriberOutput<T>[] {
    for (const name of this.timers.takeDue(nowMs)) this.timeout(name, nowMs);
    return this.take();
  }

  close(): SubscriberOutput<T>[] {
    if (this.state !== 'closed') {
      if (this.state !== 'idle' && this.state !== 'waiting') {
        this.outputs.push({ kind: 'hang-up', code: CLOSE.normal, reason: 'done' });
      }
      this.timers.clearAll();
      this.enter('closed');
    }
    return this.take();
  }

  private take(): SubscriberOutput<T>[] {
    const { outputs } = this;
    this.outputs = [];
    return outputs;
  }

  private enter(state: SubscriberState): void {
    this.state = state;
    if (state === 'live') this.wasLive = true;
    const { status } = this;
    if (status === this.reported) return;
    this.reported = status;
    this.outputs.push({ kind: 'status', status });
  }

  private fail(error: DiffStreamError): void {
    this.outputs.push({ kind: 'error', error });
  }

  private send(bytes: Uint8Array): void {
    this.stats.wireBytes += bytes.length;
    this.outputs.push({ kind: 'send', bytes });
  }

  private dial(): void {
    this.outputs.push({ kind: 'dial' });
    this.enter('dialing');
  }

  private timeout(name: TimerName, nowMs: number): void {
    if (name === 'redial') return this.dial();
    if (name === 'ack') return this.acknowledge();
    // Of two that are due at once the first has hung up already.
    if (this.state === 'waiting') return;
    const what = name === 'answer' ? 'the hub did not answer' : 'nothing heard from the hub';
    this.hangUp(nowMs, new DiffStreamError('timeout', `${what} in time`));
  }

  /** Asks for what is missing: as the first message of a connection, or within it. */
  private request(kind: 'hello' | 'resume', nowMs: number, trust: Trust = 'position'): void {
    this.nonce = this.chance.nonce();
    this.walk = undefined;
    this.trust = trust;
    this.parts.clear();
    const standing = { nonce: this.nonce, position: this.position(), trust };
    const { frameBytesMax } = this.limits;
    this.send(
      encodeMessage(
        kind === 'resume'
          ? { kind, ...standing }
          : { kind, protocol: PROTOCOL_VERSION, frameBytesMax, token: this.token, ...standing },
      ),
    );
    this.timers.set('answer', nowMs + this.session.answerTimeoutMs);
    this.enter('greeting');
  }

  private position(): Position | undefined {
    const { currentEpoch: epoch, version } = this.cache;
    if (epoch === undefined || version === 0) return undefined;
    return { epoch, version, digest: this.cache.digestWords() };
  }

  /** The version held in the session's epoch; a copy of another epoch has none in it. */
  private heldVersion(): number {
    const { currentEpoch: held, version } = this.cache;
    if (held === undefined || this.epoch === undefined) return 0;
    return compareEpochs(held, this.epoch) === 'same' ? version : 0;
  }

  private handle(message: HubMessage, nowMs: number): void {
    if (reactions[this.state][message.kind] === 'drop') return;
    switch (message.kind) {
      case 'refusal':
        return this.refused(message, nowMs);
      case 'answer':
        return this.answered(message, nowMs);
      case 'wait':
        return this.waitFor(nowMs);
      case 'part':
        return this.parts.add(message.body);
      case 'frame':
        return this.applyFrame(this.parts.finish(message.body), nowMs);
      case 'head':
        return this.compareHead(message, nowMs);
      case 'sums':
        return this.walkOn(message, nowMs);
      case 'mended':
        return this.applyMending(this.parts.finish(message.body), nowMs);
    }
  }

  private answered(answer: Answer, nowMs: number): void {
    if (!sameWords(answer.nonce, this.nonce)) return;
    if (answer.protocol !== PROTOCOL_VERSION) {
      throw new DiffStreamError(
        'unsupported-protocol',
        `the hub speaks protocol ${answer.protocol}, this consumer ${PROTOCOL_VERSION}`,
      );
    }
    this.timers.clear('answer');
    this.heartbeatMs = Math.max(1, answer.heartbeatMs);
    this.windowBytes = Math.max(1, answer.windowBytes);
    this.awaitHead(nowMs);
    const { head, from } = answer;
    this.epoch = head.epoch;
    this.headVersion = head.version;
    if (answer.comparison !== undefined) return this.beginWalk(answer.comparison, nowMs);
    if (from === 0) return this.enter('catching-up');
    const equal = sameWords(head.digest, this.cache.digestWords());
    if (from === head.version && equal && this.cache.adopt(head.epoch, head.version)) {
      return this.current(nowMs);
    }
    if (from !== this.cache.version || from === head.version) {
      throw new DiffStreamError('gap', `the hub would go on from version ${from}`);
    }
    this.enter('catching-up');
  }

  /** The hub is there but has nothing to serve yet. */
  private waitFor(nowMs: number): void {
    this.timers.set('answer', nowMs + this.session.answerTimeoutMs);
    this.sendAck();
  }

  private awaitHead(nowMs: number): void {
    this.timers.set('silence', nowMs + this.heartbeatMs * this.session.missedHeadsMax);
  }

  /**
   * A refusal for good is believed the second time in a row: nothing in a hello or a refusal
   * tells damage on the way.
   */
  private refused({ code, reason, retryAfterMs }: Refusal, nowMs: number): void {
    const known = Object.hasOwn(errorCodes, code) ? (code as ErrorCode) : 'refused';
    this.conflict = known === 'epoch-conflict';
    const error = new DiffStreamError(known, `the hub refused: ${reason}`);
    this.fail(error);
    this.outputs.push({ kind: 'hang-up', code: CLOSE.normal, reason: 'refused' });
    const forGood = error.recovery === 'give-up' && !this.conflict;
    this.refusals = forGood ? this.refusals + 1 : 0;
    if (this.refusals > 1) {
      this.timers.clearAll();
      return this.enter('closed');
    }
    this.pause(nowMs, Math.min(retryAfterMs, this.session.backoffMaxMs));
  }

  private applyFrame(body: Uint8Array, nowMs: number): void {
    const frame = Frame.decodeBody(body, this.epoch as Epoch, this.limits);
    const held = this.heldVersion();
    const from = this.cache.version;
    const changes = this.cache.apply(frame);
    // A repeat changes nothing and proves nothing.
    if (frame.to <= held && changes.length === 0) return;
    if (frame.from === 0) this.stats.snapshots++;
    this.applied(from, frame, changes, nowMs);
  }

  private applied(from: number, frame: Frame, changes: readonly Applied<T>[], nowMs: number): void {
    this.failures = 0;
    this.stats.frames++;
    this.stats.changes += changes.length;
    for (const [, key] of changes) this.stats.jsonBytes += this.cache.jsonBytes(key);
    this.headVersion = Math.max(this.headVersion, frame.to);
    this.outputs.push({ kind: 'changes', event: { from, to: frame.to, changes } });
    if (this.cache.version >= this.headVersion) this.current(nowMs);
    else this.enter('catching-up');
  }

  private beginWalk({ entries, sums }: Comparison, nowMs: number): void {
    if (this.trust === 'position') this.stats.repairs++;
    this.walk = new RepairWalk(this.cache.tree(), entries);
    this.enter('comparing');
    this.stepWalk(sums, nowMs);
  }

  private walkOn({ nonce, level, sums }: Sums, nowMs: number): void {
    if (!sameWords(nonce, this.nonce) || level !== this.walk?.level) return;
    this.stepWalk(sums, nowMs);
  }

  private stepWalk(sums: Uint32Array, nowMs: number): void {
    const step = (this.walk as RepairWalk).step(sums);
    if (step.kind === 'anew') return this.request('resume', nowMs, 'nothing');
    const bytes = encodeMessage({ ...step, nonce: this.nonce });
    if (bytes.length > this.session.requestBytesMax) {
      return this.request('resume', nowMs, 'nothing');
    }
    this.timers.set('answer', nowMs + this.session.answerTimeoutMs);
    this.send(bytes);
  }

  private applyMending(body: Uint8Array, nowMs: number): void {
    const { nonce, dropped, frame } = decodeMending(body, this.epoch as Epoch, this.limits);
    if (!sameWords(nonce, this.nonce)) return;
    const keys = this.walk?.keysOf(dropped);
    if (keys === undefined) throw malformed('a repair that drops what was not claimed');
    const from = this.heldVersion();
    const changes = this.cache.mend(frame, keys);
    this.timers.clear('answer');
    this.walk = undefined;
    this.applied(from, frame, changes, nowMs);
  }

  private compareHead({ version, digest, check }: HeadMessage, nowMs: number): void {
    const held = this.heldVersion();
    // A head from before what is held is late, not wrong.
    if (version < held) return;
    const right = check === this.cache.headCheck(version);
    if (version === held && right && sameWords(digest, this.cache.digestWords())) {
      return this.current(nowMs);
    }
    if (version > held) throw new DiffStreamError('gap', `held is ${held}, the hub at ${version}`);
    throw new DiffStreamError('digest-mismatch', `version ${held} differs from the hub's`, {
      recovery: 'resume',
    });
  }

  /** The copy is the producer's state as of now. */
  private current(nowMs: number): void {
    this.currentMs = nowMs;
    this.failures = 0;
    this.attempts = 0;
    this.refusals = 0;
    this.conflict = false;
    this.enter('live');
  }

  /**
   * After a message that cannot be right. Most corruption is in flight, so first: once more
   * from the version held, which nothing has touched. The second time in a row the copy
   * itself is in doubt, and is made anew. What cannot be mended by asking ends the session.
   */
  private recover(error: DiffStreamError, nowMs: number): void {
    this.fail(error);
    const hopeless = ['unsupported-protocol', 'limit-exceeded', 'epoch-conflict', 'stale-epoch'];
    if (this.state === 'greeting' || hopeless.includes(error.code)) {
      this.conflict ||= error.code === 'epoch-conflict';
      return this.hangUp(nowMs, undefined);
    }
    this.failures++;
    if (this.failures === 1) {
      this.stats.resumes++;
      return this.request('resume', nowMs);
    }
    // A copy anew that fails as well: the line is bad, so the next try waits for a better one.
    if (this.failures > 2) return this.hangUp(nowMs, undefined);
    this.repair('resume', nowMs);
  }

  private repair(kind: 'hello' | 'resume', nowMs: number): void {
    this.stats.repairs++;
    this.repairTimes = [...this.repairTimes.filter((at) => at > nowMs - MINUTE_MS), nowMs];
    if (this.repairTimes.length > this.session.repairsPerMinuteMax) {
      this.conflict = true;
      return this.hangUp(nowMs, undefined, this.session.backoffMaxMs);
    }
    this.request(kind, nowMs, this.failures > 2 ? 'nothing' : 'compare');
  }

  private hangUp(nowMs: number, error: DiffStreamError | undefined, leastMs = 0): void {
    if (error !== undefined) this.fail(error);
    const reason = error?.code ?? 'protocol error';
    this.outputs.push({ kind: 'hang-up', code: CLOSE.protocolError, reason });
    this.pause(nowMs, leastMs);
  }

  /** Waits a random time below a bound that doubles: full jitter, so that herds spread out. */
  private pause(nowMs: number, leastMs: number): void {
    this.timers.clearAll();
    this.parts.clear();
    const { backoffMinMs, backoffMaxMs } = this.session;
    const bound = Math.min(backoffMaxMs, backoffMinMs * 2 ** Math.min(this.attempts++, 20));
    this.timers.set('redial', nowMs + leastMs + Math.floor(this.chance.fraction() * bound));
    this.enter('waiting');
  }

  private acknowledgeSoon(nowMs: number): void {
    if (!isReading(this.state)) return;
    if (this.receivedBytes - this.ackedBytes >= this.windowBytes / 4) this.acknowledge();
    else this.timers.setOnce('ack', nowMs + this.session.ackDelayMs);
  }

  private acknowledge(): void {
    this.timers.clear('ack');
    if (!isReading(this.state)) return;
    if (this.receivedBytes !== this.ackedBytes) this.sendAck();
  }

  private sendAck(): void {
    this.ackedBytes = this.receivedBytes;
    const version = this.heldVersion();
    this.send(encodeMessage({ kind: 'ack', bytes: this.receivedBytes, version }));
  }
}
