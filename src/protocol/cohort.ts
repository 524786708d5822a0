import type { Frame } from '../cache/frame.ts';
import type { ProducerCache } from '../cache/producer.ts';
import type { Limits } from '../core/limits.ts';
import { encodeDenseBody } from './dense-body.ts';
import type { Codec, FrameCoder, FrameCoderMaker } from './frame-coder.ts';
import { MESSAGE } from './message.ts';
import type { Session } from './session.ts';
import type { Transfer } from './transfer.ts';
import { PartTransfer } from './transfer.ts';

/** A group ends after so many frames, or bytes of them, so that others can join. */
const GROUP_FRAMES_MAX = 256;
const GROUP_BYTES_MAX = 256 * 1024;
/** With someone waiting to join, a group ends after so long, in ms. */
const GROUP_MS_MAX = 5000;
/** `auto`: frames of a trial, versions until the next, and the part that has to be saved. */
const TRIAL_FRAMES = 32;
const REST_VERSIONS = 2048;
const SAVED_MIN = 0.2;
/** Every so many frames one is also made compact, to compare. */
const SAMPLE_EVERY = 4;

/** When frames are dense, and how they are made. */
export interface DenseOptions {
  readonly codec: Codec;
  readonly makeCoder: FrameCoderMaker;
  readonly limits: Limits;
  /**
   * How long a consumer has to be there before it joins, in ms: who comes and goes would cost a
   * group each time. Default 0.
   */
  readonly settleMs?: number;
}

/** What a group, or a trial, has come to so far. */
interface Tally {
  frames: number;
  bytes: number;
  /** Bytes of some of its frames, and of the same when compact. */
  denseSample: number;
  compactSample: number;
}

const emptyTally = (): Tally => ({ frames: 0, bytes: 0, denseSample: 0, compactSample: 0 });

interface CohortOptions extends DenseOptions {
  readonly partBytes: number;
}

/**
 * Consumers at the same cursor that share a coder's memory: each frame is coded once for all of
 * them. Who misses a frame leaves, gets compact frames, and joins again when the next group begins
 * with nothing in mind.
 *
 *   resting ──a trial saves enough──▶ on: group 1, group 2, … ──a group saves too little──▶ resting
 *
 * Modelled in models/cohort.pml.
 */
export class Cohort {
  private readonly producer: ProducerCache;
  private readonly options: CohortOptions;
  private coder: FrameCoder | undefined;
  private group = 0;
  private tally = emptyTally();
  /** The version that the group has reached. */
  private to = 0;
  private step: Transfer | undefined;
  private isOver = true;
  private isOn: boolean;
  /** `auto`: no trial before this version. */
  private restsUntil = 0;
  /** Frames that could not be coded since a group or trial last went well. */
  private failures = 0;
  /** No frame to a version before this one is tried. */
  private failedBefore = 0;
  private beganMs = Number.NaN;
  private nowMs = 0;
  private isWaitedFor = false;

  constructor(producer: ProducerCache, options: CohortOptions) {
    this.producer = producer;
    this.options = options;
    this.isOn = options.codec === 'dense';
  }

  /** A turn begins, with these sessions. A group that nobody follows ends. */
  beginTurn(sessions: Iterable<Session>): void {
    this.isWaitedFor = false;
    let isFollowed = false;
    for (const session of sessions) {
      if (!this.mayJoin(session) || session.state !== 'serving') continue;
      if (session.group === this.group) isFollowed = true;
      // Nobody can join a trial: it would end before it has shown anything.
      else if (this.isOn) this.isWaitedFor = true;
    }
    if (!isFollowed && this.isOn) this.isOver = true;
  }

  /** The time, as often as the hub hears it. */
  heard(nowMs: number): void {
    this.nowMs = nowMs;
  }

  /** Nobody is connected: a coder's memory, of a megabyte, is not kept for who may come. */
  rest(): void {
    this.coder = undefined;
    this.step = undefined;
    if (this.isOn) this.isOver = true;
  }

  private mayJoin({ isDense, openedMs }: Session): boolean {
    return isDense && this.nowMs - openedMs >= (this.options.settleMs ?? 0);
  }

  /** A heartbeat: a group that has lasted long enough ends. */
  tick(nowMs: number): void {
    this.heard(nowMs);
    if (Number.isNaN(this.beganMs)) this.beganMs = nowMs;
    if (this.isWaitedFor && nowMs - this.beganMs >= GROUP_MS_MAX) this.isOver = true;
  }

  /**
   * The dense frame from a session's cursor to the present version; undefined: it gets another.
   * `keepsUp`: the session had been sent all there was before this turn.
   */
  next(session: Session, keepsUp: boolean): Transfer | undefined {
    const { producer } = this;
    if (!this.mayJoin(session) || session.cursor === 0) return undefined;
    if (producer.version < this.failedBefore) return undefined;
    if (this.to !== producer.version || this.isOver) this.advance(session, keepsUp);
    const { step } = this;
    const joins = this.tally.frames === 1 || session.group === this.group;
    if (!this.isOn || step === undefined || step.to !== producer.version) return undefined;
    if (session.cursor !== step.from || !joins) return undefined;
    session.group = this.group;
    return step;
  }

  /** Codes the frame to the present version, if this session's cursor is where the others are. */
  private advance(session: Session, keepsUp: boolean): void {
    this.step = undefined;
    const follows = session.group === this.group && session.cursor === this.to;
    if (this.isOn) {
      if (!follows || this.isDone) {
        if (!keepsUp || !this.isDone) return;
        this.begin();
        if (!this.isOn) return;
      }
    } else {
      if (!keepsUp || this.producer.version < this.restsUntil) return;
      if (this.isOver || session.cursor !== this.to) this.begin();
    }
    this.code(session.cursor);
  }

  private get isDone(): boolean {
    const framesMax = this.isOn ? GROUP_FRAMES_MAX : TRIAL_FRAMES;
    return this.isOver || this.tally.frames >= framesMax || this.tally.bytes >= GROUP_BYTES_MAX;
  }

  private begin(): void {
    this.judge();
    this.group++;
    this.tally = emptyTally();
    this.beganMs = Number.NaN;
    this.isOver = false;
    this.coder?.reset();
  }

  /** `auto`: whether the group that ends has saved enough. */
  private judge(): void {
    const { codec } = this.options;
    const isLong = this.tally.frames >= TRIAL_FRAMES || this.tally.bytes >= GROUP_BYTES_MAX;
    if (codec !== 'auto' || !isLong || this.tally.compactSample === 0) return;
    this.isOn = this.tally.denseSample <= this.tally.compactSample * (1 - SAVED_MIN);
    if (this.isOn) return;
    this.restsUntil = this.producer.version + REST_VERSIONS;
    this.coder = undefined;
  }

  private code(from: number): void {
    const { producer, options } = this;
    this.coder ??= options.makeCoder(options.limits);
    const frame = producer.frame(from);
    const coded = frame.from === from ? this.coder.encode(frame.changes) : undefined;
    if (coded === undefined) {
      this.fail();
      return;
    }
    const body = this.bodyOf(frame, coded);
    this.tally.frames++;
    if (this.tally.frames === TRIAL_FRAMES) this.failures = 0;
    this.tally.bytes += body.length;
    this.to = frame.to;
    if (options.codec === 'auto' && this.tally.frames % SAMPLE_EVERY === 0) {
      this.tally.denseSample += body.length;
      this.tally.compactSample += frame.body().length;
    }
    if (this.isOn) this.step = new PartTransfer(frame, MESSAGE.dense, body, options.partBytes);
    else if (this.isDone) this.begin();
  }

  /**
   * A frame that takes too long has cost all the time that one may: where frame after frame does,
   * the next is tried after two versions, then four, and so on.
   */
  private fail(): void {
    this.isOver = true;
    this.failedBefore = this.producer.version + Math.min(2 ** this.failures, REST_VERSIONS);
    this.failures++;
  }

  private bodyOf({ from, to, check }: Frame, coded: Uint8Array): Uint8Array {
    const { group } = this;
    return encodeDenseBody({ group, index: this.tally.frames, span: to - from, coded, check });
  }
}
