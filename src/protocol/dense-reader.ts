import type { FrameConsumer } from '../cache/frame-consumer.ts';
import type { Epoch } from '../cache/epoch.ts';
import { FrameContent } from '../cache/frame-content.ts';
import { DiffStreamError, malformed } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { Value } from '../core/value.ts';
import { decodeDenseBody } from './dense-body.ts';
import type { FrameDecoder, FrameDecoderMaker } from './frame-coder.ts';
import { versionIn } from './held.ts';

/**
 * Follows one group of dense frames after another. What fails a check on its way has left the
 * memory apart from the hub's: it is discarded, never mended, and comes back with the next group.
 *
 * Modelled in models/cohort.pml.
 */
export class DenseReader {
  private readonly make: FrameDecoderMaker;
  private readonly limits: Limits;
  private coder: FrameDecoder | undefined;
  /** The group followed; 0: none. */
  private group = 0;
  /** The frame of it that comes next; NaN, which no frame's index equals, where none can. */
  private next = Number.NaN;

  constructor(make: FrameDecoderMaker, limits: Limits) {
    this.make = make;
    this.limits = limits;
  }

  /** The group is lost: what was in mind is of no use. */
  forget(): void {
    this.group = 0;
    this.next = Number.NaN;
  }

  /**
   * The frame in a body; undefined for a repeat. `gap` where an earlier frame of the group is
   * missing, otherwise as decoding a frame does. Then `forget`.
   */
  read<T>(body: Uint8Array, epoch: Epoch, cache: FrameConsumer<T>): FrameContent | undefined {
    const { group, index, span, coded, check } = decodeDenseBody(body);
    if (group < this.group || (group === this.group && index < this.next)) return undefined;
    const begins = index === 0 && group > 0;
    if (!begins && (group !== this.group || index !== this.next)) {
      throw new DiffStreamError('gap', `frame ${index} of the group ${group} does not come next`);
    }
    this.coder ??= this.make(this.limits);
    if (begins) this.coder.reset();
    const changes = this.coder.decode(coded, (key) => cache.get(key) as Value | undefined);
    const from = versionIn(cache, epoch);
    const to = from + span;
    if (from === 0 || !Number.isSafeInteger(to)) throw malformed('a dense frame upon nothing');
    this.group = group;
    this.next = index + 1;
    return new FrameContent(epoch, { from, to }, changes, check);
  }
}
