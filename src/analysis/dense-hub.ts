import type { Change } from '../cache/change.ts';
import type { Limits } from '../core/limits.ts';
import { makeDenseCoder } from '../dense/index.ts';
import { encodeDenseBody } from '../protocol/dense-body.ts';

/** As hubs end a group of frames; see protocol/cohort.ts. */
const GROUP_FRAMES_MAX = 256;
const GROUP_BYTES_MAX = 256 * 1024;

/** Dense frames in groups, as a hub sends them to who keeps up. */
export class DenseHub {
  readonly #coder;
  #group = 1;
  #frames = 0;
  #bytes = 0;

  constructor(limits: Limits) {
    this.#coder = makeDenseCoder(limits);
  }

  /** Length of the frame's body; undefined where it has to be compact. */
  bodyBytes(changes: readonly Change[]): number | undefined {
    if (this.#frames >= GROUP_FRAMES_MAX || this.#bytes >= GROUP_BYTES_MAX) this.#begin();
    const coded = this.#coder.encode(changes);
    if (coded === undefined) {
      this.#begin();
      return undefined;
    }
    const at = { group: this.#group, index: this.#frames, span: 1, coded, check: 0 };
    const { length } = encodeDenseBody(at);
    this.#frames++;
    this.#bytes += length;
    return length;
  }

  #begin(): void {
    this.#coder.reset();
    this.#group++;
    this.#frames = 0;
    this.#bytes = 0;
  }
}
