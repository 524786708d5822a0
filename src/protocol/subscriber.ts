import { DiffStreamError, malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { resolveLimits } from '../core/limits.ts';
import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Epoch } from '../cache/epoch.ts';
import type { FrameContent } from '../cache/frame-content.ts';
import { Chance } from './chance.ts';
import type {
  Answer,
  Comparison,
  DenseMessage,
  FrameMessage,
  HeadMessage,
  HubMessage,
  Refusal,
  Sums,
  Trust,
} from './message.ts';
import type { Nonce } from './nonce.ts';
import { decodeHubMessage } from './hub-message-reader.ts';
import { FrameReader } from './frame-reader.ts';
import { positionOf } from './held.ts';
import { AckMeter } from './ack-meter.ts';
import { Backlog } from './backlog.ts';
import { decodeChunk } from './chunk.ts';
import { decodeMending } from './claims.ts';
import { checkProtocol, isAwaited, isCurrent } from './hub-answer.ts';
import { CLOSE } from './close-code.ts';
import { Copy } from './copy.ts';
import { Deadlines } from './deadlines.ts';
import type { TimerName } from './deadlines.ts';
import type { ChangeEvent, Status, SubscriberOutput } from './output.ts';
import { sameWords } from './position.ts';
import type { Proof } from './proof.ts';
import { Recovery } from './recovery.ts';
import { refusalError } from './refusal.ts';
import { ackOf, requestFor } from './request.ts';
import { RepairWalk } from './repair-walk.ts';
import { resolveSessionLimits } from './session-limits.ts';
import type { SessionLimits } from './session-limits.ts';
import { SnapshotReceiver } from './snapshot-receiver.ts';
import type { SubscriberOptions } from './subscriber-options.ts';
import type { SubscriberState } from './subscriber-state.ts';
import { noStats } from './subscriber-stats.ts';
import { isBetweenConnections, isData, isReading, reactions } from './subscriber-state.ts';
import { StatusWatch } from './status-watch.ts';
import { Timers } from './timers.ts';
import { Unpacking } from './unpacking.ts';

/**
 * Keeps a consumer cache equal to a hub's stream. A machine: see Publisher.
 *
 * Modelled in models/resume.pml.
 */
export class Subscriber<T> {
  state: SubscriberState = 'idle';
  readonly stats = noStats();
  private readonly cache: FrameConsumer<T>;
  private readonly copy: Copy<T>;
  private readonly limits: Limits;
  private readonly session: SessionLimits;
  private readonly proof: Proof;
  private readonly chance: Chance;
  private readonly timers = new Timers<TimerName>();
  private readonly deadlines: Deadlines;
  private windowBytes: number;
  private outputs: SubscriberOutput<T>[] = [];
  private readonly watch = new StatusWatch();
  private nonce: Nonce = [0, 0];
  private trust: Trust = 'position';
  /** A frame, and a packed snapshot, that are on their way; the snapshot survives a cut. */
  readonly frames: FrameReader<T>;
  private readonly snapshot: SnapshotReceiver;
  private readonly backlog: Backlog;
  /** The last of these is the one that `installing` waits for. */
  private readonly unpacking = new Unpacking();
  /** A comparison with the hub under way. */
  private walk: RepairWalk | undefined;
  private received = new AckMeter();
  private readonly recovery: Recovery;

  constructor(cache: FrameConsumer<T>, options: SubscriberOptions) {
    this.cache = cache;
    this.copy = new Copy(cache, this.stats);
    this.limits = resolveLimits(options.limits);
    this.frames = new FrameReader(cache, this.limits);
    this.snapshot = new SnapshotReceiver(this.limits);
    this.backlog = new Backlog(this.limits);
    this.session = resolveSessionLimits(options.session);
    this.proof = options.proof ?? { token: '', isRenewed: false };
    this.chance = new Chance(options.seed);
    this.recovery = new Recovery(this.session, this.chance);
    this.deadlines = new Deadlines(this.timers, this.session);
    this.windowBytes = this.session.windowBytes;
  }

  get status(): Status {
    return this.watch.status(this.state, this.copy.epoch !== undefined);
  }

  /** Versions that the hub is known to be ahead. */
  get lagVersions(): number {
    return this.copy.lagVersions;
  }

  /** Since the copy was last known to be the present state, in ms; NaN: never yet. */
  ageMs(nowMs: number): number {
    return this.copy.ageMs(nowMs);
  }

  nextTimeoutMs(): number {
    return this.timers.next();
  }

  start(nowMs: number): SubscriberOutput<T>[] {
    if (this.state === 'idle') this.dial(nowMs);
    return this.take();
  }

  connected(nowMs: number): SubscriberOutput<T>[] {
    if (this.state !== 'dialing') return this.take();
    this.received = new AckMeter();
    this.copy.epoch = undefined;
    if (this.cache.version > 0 && !this.recovery.isInDoubt) this.stats.resumes++;
    if (this.recovery.isInDoubt) this.repair('hello', nowMs);
    else this.request('hello', nowMs);
    return this.take();
  }

  /** The connection is gone, or could not be made. */
  disconnected(nowMs: number, why: DiffStreamError | undefined): SubscriberOutput<T>[] {
    if (this.state !== 'closed' && this.state !== 'waiting') {
      if (why !== undefined) this.fail(why);
      // No waiting helps where the caller has to change something.
      if (why?.recovery === 'fix-the-call') this.giveUp();
      else this.pause(nowMs, 0);
    }
    return this.take();
  }

  receive(bytes: Uint8Array, nowMs: number): SubscriberOutput<T>[] {
    if (this.state === 'idle' || this.state === 'waiting' || this.state === 'closed') return [];
    this.stats.wireBytes += bytes.length;
    this.received.add(bytes.length);
    this.deadlines.came(nowMs);
    this.attempt(
      () => this.came(decodeHubMessage(bytes), nowMs),
      (error) => this.recover(error, nowMs),
    );
    this.deadlines.heard(this.state, nowMs);
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
      this.giveUp();
    }
    return this.take();
  }

  /** What is wrong with what has come is met; any other error is a bug, and passes. */
  private attempt(work: () => void, met: (error: DiffStreamError) => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      met(error);
    }
  }

  private take(): SubscriberOutput<T>[] {
    const { outputs } = this;
    this.outputs = [];
    return outputs;
  }

  private enter(state: SubscriberState): void {
    this.state = state;
    const status = this.watch.enter(state, this.copy.epoch !== undefined);
    if (status !== undefined) this.outputs.push({ kind: 'status', status });
  }

  private fail(error: DiffStreamError): void {
    this.outputs.push({ kind: 'error', error });
  }

  private send(bytes: Uint8Array): void {
    this.stats.wireBytes += bytes.length;
    this.outputs.push({ kind: 'send', bytes });
  }

  private dial(nowMs: number): void {
    this.stats.connections++;
    this.deadlines.dialled(this.proof.isRenewed, nowMs);
    this.outputs.push({ kind: 'dial' });
    this.enter('dialing');
  }

  private timeout(name: TimerName, nowMs: number): void {
    if (name === 'redial') return this.dial(nowMs);
    if (name === 'ack') return this.acknowledge();
    // Of two that are due at once the first has hung up already.
    if (this.state === 'waiting') return;
    this.hangUp(nowMs, this.deadlines.missed(name, this.state));
  }

  /** Asks for what is missing: as the first message of a connection, or within it. */
  private request(kind: 'hello' | 'resume', nowMs: number, trust: Trust = 'position'): void {
    if (kind === 'resume') this.acknowledgeMuch();
    this.nonce = this.chance.nonce();
    this.walk = undefined;
    this.trust = trust;
    this.frames.clear();
    this.backlog.clear();
    const { partial } = this.snapshot;
    const standing = { nonce: this.nonce, position: positionOf(this.cache), trust, partial };
    const { frameBytesMax } = this.limits;
    const introduction = { frameBytesMax, dense: this.frames.isDense, token: this.proof.token };
    this.send(requestFor(kind, standing, introduction));
    this.deadlines.asked(nowMs);
    this.enter('greeting');
  }

  /** In order, also where what was kept back has not all been handled yet. */
  private came(message: HubMessage, nowMs: number): void {
    if (this.state === 'installing' || this.backlog.isEmpty) this.handle(message, nowMs);
    else this.backlog.add(message, nowMs);
  }

  private handle(message: HubMessage, nowMs: number): void {
    const reaction = reactions[this.state][message.kind];
    const hasData = isData(message.kind);
    if (hasData) this.deadlines.dataCame(this.received.unacknowledged / this.windowBytes, nowMs);
    if (reaction === 'drop') return;
    if (hasData) this.recovery.carried();
    if (reaction === 'keep') return this.backlog.add(message, nowMs);
    switch (message.kind) {
      case 'refusal':
        return this.refused(message, nowMs);
      case 'answer':
        return this.answered(message, nowMs);
      case 'wait':
        return this.waitFor(nowMs);
      case 'part':
        return this.frames.addPart(message.body, nowMs);
      case 'frame':
      case 'dense':
        return this.takeFrame(message, nowMs);
      case 'head':
        return this.compareHead(message, nowMs);
      case 'sums':
        return this.walkOn(message, nowMs);
      case 'snapshot':
        return this.snapshot.begin(message.manifest);
      case 'chunk':
        return this.takeChunk(message.body);
      case 'mended':
        return this.applyMending(this.frames.finish(message.body, nowMs));
    }
  }

  private answered(answer: Answer, nowMs: number): void {
    const { head, comparison } = answer;
    this.copy.heard(head.epoch, head.version, nowMs);
    if (!isAwaited(answer, this.state, this.nonce)) return;
    checkProtocol(answer);
    this.deadlines.answered(answer.heartbeatMs);
    this.windowBytes = answer.windowBytes;
    this.received.goOnFrom(answer.sentBytes);
    this.copy.follow(head.epoch, head.version, nowMs);
    this.walk = undefined;
    if (isCurrent(answer, this.cache)) this.current();
    else if (comparison === undefined) this.enter('catching-up');
    else this.beginWalk(comparison, nowMs);
  }

  /** The hub is there but has nothing to serve yet. */
  private waitFor(nowMs: number): void {
    this.deadlines.asked(nowMs);
    this.sendAck();
  }

  private refused(refusal: Refusal, nowMs: number): void {
    const error = refusalError(refusal, this.proof);
    this.watch.conflict = error.code === 'epoch-conflict';
    this.fail(error);
    this.outputs.push({ kind: 'hang-up', code: CLOSE.normal, reason: 'refused' });
    if (error.recovery === 'give-up' && !this.watch.conflict) return this.giveUp();
    this.pause(nowMs, Math.min(refusal.retryAfterMs, this.session.backoffMaxMs));
  }

  private takeChunk(body: Uint8Array): void {
    const whole = this.snapshot.add(decodeChunk(body));
    if (this.snapshot.isMore) this.recovery.advanced();
    this.outputs.push({ kind: 'progress', progress: this.snapshot.progress });
    if (whole === undefined) return;
    this.snapshot.clear();
    const snapshot = this.unpacking.begin(this.copy.epoch as Epoch);
    this.outputs.push({ kind: 'unpack', snapshot, ...whole });
    this.enter('installing');
  }

  /** What `unpack` asked for; undefined where it was no deflated data of that length. */
  unpacked(id: number, body: Uint8Array | undefined, nowMs: number): SubscriberOutput<T>[] {
    const epoch = this.unpacking.end(id);
    if (epoch === undefined) return this.take();
    if (this.state === 'installing' && this.unpacking.isLast(id)) {
      this.install(body, epoch, nowMs);
    } else if (isBetweenConnections(this.state) && body !== undefined) {
      // It proves itself, so the next request starts from it. Where one is out already, the
      // answer goes on from what that said: a copy that has moved meanwhile would not fit.
      this.attempt(
        () => void this.applyFrame(this.frames.whole(body, epoch), nowMs),
        () => undefined,
      );
    }
    return this.take();
  }

  private install(body: Uint8Array | undefined, epoch: Epoch, nowMs: number): void {
    this.enter('catching-up');
    this.afterwards(nowMs, () => {
      if (body === undefined) throw malformed('a snapshot that cannot be inflated');
      const frame = this.frames.whole(body, epoch);
      if (this.applyFrame(frame, nowMs)) this.caughtUp();
    });
  }

  /** Handles what came some time ago, and asks to be called for what came behind it. */
  private afterwards(nowMs: number, work: () => void): void {
    this.deadlines.goesOn(this.state, nowMs);
    this.attempt(work, (error) => this.recover(error, nowMs));
    this.acknowledgeSoon(nowMs);
    if (!this.backlog.isEmpty) this.outputs.push({ kind: 'go-on' });
  }

  /** The next of what was kept back, as `go-on` asks. */
  goOn(nowMs: number): SubscriberOutput<T>[] {
    // Another snapshot is being installed: what was kept is kept, until that is done.
    if (this.state === 'installing') return this.take();
    const kept = this.backlog.next();
    if (kept === undefined) return this.take();
    this.afterwards(nowMs, () => this.handle(kept.message, kept.atMs));
    return this.take();
  }

  private takeFrame(message: FrameMessage | DenseMessage, nowMs: number): void {
    const frame = this.frames.read(message, this.copy.epoch as Epoch, nowMs);
    if (frame !== undefined && this.applyFrame(frame, this.frames.beganMs)) this.caughtUp();
  }

  /** False: a repeat, which proves nothing. */
  private applyFrame(frame: FrameContent, sentMs: number): boolean {
    const event = this.copy.apply(frame, sentMs);
    if (event === undefined) return false;
    this.changed(event);
    return true;
  }

  private changed(event: ChangeEvent<T>): void {
    this.recovery.proved();
    this.outputs.push({ kind: 'changes', event });
  }

  /** The copy has moved on, to where this connection leads. */
  private caughtUp(): void {
    if (this.copy.isNewest && !this.deadlines.isUnheard) this.current();
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
    const bytes = this.walk?.request(sums, this.nonce, this.session.requestBytesMax);
    if (bytes === undefined) return this.request('resume', nowMs, 'nothing');
    this.deadlines.asked(nowMs);
    this.acknowledgeMuch();
    this.send(bytes);
  }

  private applyMending(body: Uint8Array): void {
    const mending = decodeMending(body, this.copy.epoch as Epoch, this.limits);
    if (!sameWords(mending.nonce, this.nonce)) return;
    const dropped = this.walk?.keysOf(mending.dropped) ?? [];
    const event = this.copy.mend(mending.frame, dropped, this.frames.beganMs);
    this.timers.clear('answer');
    this.walk = undefined;
    this.changed(event);
    this.caughtUp();
  }

  private compareHead(head: HeadMessage, nowMs: number): void {
    if (this.copy.isAt(head, nowMs)) this.caughtUp();
  }

  /** The copy is the newest state of the producer that is known. */
  private current(): void {
    this.copy.current();
    this.recovery.current();
    this.deadlines.current();
    this.watch.conflict = false;
    this.snapshot.clear();
    this.enter('live');
  }

  /**
   * After a message that cannot be right. Most corruption is in flight, so first: once more
   * from the version held, which nothing has touched. The second time in a row the copy
   * itself is in doubt, and is made anew. What cannot be mended by asking ends the session.
   */
  private recover(error: DiffStreamError, nowMs: number): void {
    this.fail(error);
    if (error.recovery === 'give-up' && error.code !== 'epoch-conflict') {
      this.hangUp(nowMs, undefined);
      return this.recovery.countHopeless() ? this.giveUp() : undefined;
    }
    const foreign = error.code === 'epoch-conflict' || error.code === 'stale-epoch';
    if (this.state === 'greeting' || this.state === 'dialing' || foreign) {
      this.watch.conflict ||= error.code === 'epoch-conflict';
      return this.hangUp(nowMs, undefined);
    }
    const remedy = this.recovery.failed();
    if (remedy === 'pause') return this.hangUp(nowMs, undefined);
    if (remedy === 'repair') return this.repair('resume', nowMs);
    this.stats.resumes++;
    this.request('resume', nowMs);
  }

  private repair(kind: 'hello' | 'resume', nowMs: number): void {
    const { trust } = this.recovery;
    const isFurther = trust === 'nothing' && this.snapshot.partial !== undefined;
    if (this.recovery.mayRepair(nowMs, isFurther)) {
      if (!isFurther) this.stats.repairs++;
      return this.request(kind, nowMs, trust);
    }
    this.watch.conflict = true;
    this.hangUp(nowMs, undefined, this.session.backoffMaxMs);
  }

  private hangUp(nowMs: number, error: DiffStreamError | undefined, leastMs = 0): void {
    if (error !== undefined) this.fail(error);
    const reason = error?.code ?? 'protocol error';
    this.outputs.push({ kind: 'hang-up', code: CLOSE.protocolError, reason });
    this.pause(nowMs, leastMs);
  }

  private giveUp(): void {
    this.timers.clearAll();
    this.enter('closed');
  }

  private pause(nowMs: number, leastMs: number): void {
    this.timers.clearAll();
    this.copy.epoch = undefined;
    this.frames.clear();
    this.backlog.clear();
    this.timers.set('redial', nowMs + leastMs + this.recovery.nextPauseMs());
    this.enter('waiting');
  }

  private acknowledgeSoon(nowMs: number): void {
    this.acknowledgeMuch();
    if (isReading(this.state)) this.timers.setOnce('ack', nowMs + this.session.ackDelayMs);
  }

  /** Also before every request within a connection: a hub bounds what is asked without reading. */
  private acknowledgeMuch(): void {
    if (this.received.unacknowledged >= this.windowBytes / 4) this.acknowledge();
  }

  private acknowledge(): void {
    this.timers.clear('ack');
    if (!isReading(this.state)) return;
    if (this.received.unacknowledged > 0) this.sendAck();
  }

  private sendAck(): void {
    this.send(ackOf(this.received.acknowledge(), this.copy.version));
  }
}
