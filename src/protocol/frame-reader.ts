import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Epoch } from '../cache/epoch.ts';
import type { FrameContent } from '../cache/frame-content.ts';
import { readFrameBody } from '../cache/frame-content.ts';
import { malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import { DenseReader } from './dense-reader.ts';
import type { FrameDecoderMaker } from './frame-coder.ts';
import type { DenseMessage, FrameMessage } from './message.ts';
import { PartCollector } from './part-collector.ts';

/** Makes frames of the messages that they come in. */
export class FrameReader<T> {
  private readonly limits: Limits;
  private readonly cache: FrameConsumer<T>;
  private readonly parts: PartCollector;
  private dense: DenseReader | undefined;

  constructor(cache: FrameConsumer<T>, limits: Limits) {
    this.cache = cache;
    this.limits = limits;
    this.parts = new PartCollector(limits);
  }

  /** From now on dense frames are read too. */
  takeDense(makeCoder: FrameDecoderMaker): void {
    this.dense = new DenseReader(makeCoder, this.limits);
  }

  get isDense(): boolean {
    return this.dense !== undefined;
  }

  /** When the first part of the last body came, in ms. */
  get beganMs(): number {
    return this.parts.beganMs;
  }

  /** Another connection, or another answer: nothing of before goes on. */
  clear(): void {
    this.parts.clear();
    this.dense?.forget();
  }

  addPart(body: Uint8Array, nowMs: number): void {
    this.parts.add(body, nowMs);
  }

  /** A body whose last part this is. */
  finish(last: Uint8Array, nowMs: number): Uint8Array {
    return this.parts.finish(last, nowMs);
  }

  /** A body that stands alone; throws as decoding a frame does. */
  whole(body: Uint8Array, epoch: Epoch): FrameContent {
    return readFrameBody(body, epoch, this.limits);
  }

  /** The frame that a message ends; undefined for a repeat. */
  read(
    message: FrameMessage | DenseMessage,
    epoch: Epoch,
    nowMs: number,
  ): FrameContent | undefined {
    const body = this.parts.finish(message.body, nowMs);
    if (message.kind === 'frame') return this.whole(body, epoch);
    if (this.dense === undefined) throw malformed('a dense frame that was not asked for');
    return this.dense.read(body, epoch, this.cache);
  }
}
