import type { ProducerOptions } from '../cache/producer.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { OptionNames } from '../core/option-names.ts';
import { checkOptionNames } from '../core/option-names.ts';
import type { Codec } from '../protocol/frame-coder.ts';

export interface StreamOptions extends Omit<ProducerOptions, 'name'> {
  /**
   * The codec of frames: `compact`; `dense`, of fewer bytes and more work, for replicas that take
   * it; `auto`, dense where that saves a fifth. Default `auto`.
   */
  readonly codec?: Codec;
}

const NAMES: OptionNames<StreamOptions> = {
  keyName: true,
  copy: true,
  strict: true,
  freeze: true,
  epoch: true,
  limits: true,
  codec: true,
};

const DEFAULTS = {
  keyName: 'key',
  copy: true,
  strict: false,
  freeze: true,
  codec: 'auto',
} as const satisfies Partial<Required<StreamOptions>>;

/** `bad-argument` for options that there are not. */
export function checkStreamOptions(options: StreamOptions): void {
  checkOptionNames('stream', options, NAMES);
}

/**
 * `bad-argument` where a stream that is open is asked for with another option than it has: its
 * entries would have other keys than who asks for it thinks.
 */
export function checkSameOptions(name: string, open: StreamOptions, asked: StreamOptions): void {
  for (const option of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    const has = open[option] ?? DEFAULTS[option];
    const wanted = asked[option];
    if (wanted === undefined || wanted === has) continue;
    const found = `the stream '${name}' is open with ${option} ${JSON.stringify(has)}`;
    throw new DiffStreamError('bad-argument', `${found}, not ${JSON.stringify(wanted)}`);
  }
}
