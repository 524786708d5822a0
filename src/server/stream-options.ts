import type { Epoch } from '../cache/epoch.ts';
import { checkEpoch, epochText } from '../cache/epoch.ts';
import type { ProducerOptions } from '../cache/producer.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Limits } from '../core/limits.ts';
import type { OptionKinds } from '../core/option-kinds.ts';
import { checkOptions } from '../core/option-kinds.ts';
import type { Codec } from '../protocol/frame-coder.ts';
import { checkCodec } from '../protocol/frame-coder.ts';

export interface StreamOptions extends Omit<ProducerOptions, 'name'> {
  /**
   * The codec of frames: `compact`; `dense`, of fewer bytes and more work, for replicas that take
   * it; `auto`, dense where that saves a fifth. Default `auto`.
   */
  readonly codec?: Codec;
}

const KINDS: OptionKinds<StreamOptions> = {
  keyName: 'any',
  copy: 'boolean',
  strict: 'boolean',
  freeze: 'boolean',
  epoch: 'any',
  limits: 'object',
  codec: 'any',
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
  checkOptions('stream', options, KINDS);
  checkCodec(options.codec);
}

/** What a stream was opened with, all of it. */
export interface OpenOptions extends StreamOptions {
  readonly epoch: Epoch;
  readonly limits: Limits;
}

/**
 * `bad-argument` where a stream that is open is asked for with another option than it has: its
 * entries would have other keys than who asks for it thinks.
 */
export function checkSameOptions(name: string, open: OpenOptions, asked: StreamOptions): void {
  const check = (option: string, has: unknown, wanted: unknown): void => {
    if (wanted === undefined || wanted === has) return;
    const found = `the stream '${name}' is open with ${option} ${JSON.stringify(has)}`;
    throw new DiffStreamError('bad-argument', `${found}, not ${JSON.stringify(wanted)}`);
  };
  for (const option of Object.keys(DEFAULTS) as (keyof typeof DEFAULTS)[]) {
    check(option, open[option] ?? DEFAULTS[option], asked[option]);
  }
  for (const [limit, wanted] of Object.entries(asked.limits ?? {})) {
    check(limit, open.limits[limit as keyof Limits], wanted);
  }
  if (asked.epoch !== undefined) {
    check('epoch', epochText(open.epoch), epochText(checkEpoch(asked.epoch)));
  }
}
