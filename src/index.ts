import type { ConsumerOptions } from './cache/frame-consumer.ts';
import { ConsumerCache } from './cache/consumer.ts';
import type { ProducerOptions } from './cache/producer.ts';
import { ProducerCache } from './cache/producer.ts';
import type { OptionKinds } from './core/option-kinds.ts';
import { checkOptions } from './core/option-kinds.ts';
import { freshEpoch } from './driver/fresh-epoch.ts';

const PRODUCER_OPTIONS: OptionKinds<ProducerOptions> = {
  keyName: 'any',
  copy: 'boolean',
  strict: 'boolean',
  freeze: 'boolean',
  epoch: 'any',
  name: 'any',
  limits: 'object',
};
const CONSUMER_OPTIONS: OptionKinds<ConsumerOptions> = { name: 'any', limits: 'object' };

/**
 * Two ends of one collection. A producer turns each `update(object)` into a message that
 * holds only the difference; a consumer applies it, checks it, and says what to ask for when
 * something is wrong.
 */
export const DiffCache = {
  /** The one writer. Without the option `epoch` each call begins a new epoch. */
  producer<T = unknown>(options: ProducerOptions = {}): ProducerCache<T> {
    checkOptions('DiffCache.producer', options, PRODUCER_OPTIONS);
    return new ProducerCache<T>({ ...options, epoch: options.epoch ?? freshEpoch() });
  },
  /** A copy, kept up to date by messages or frames. */
  consumer<T = unknown>(options: ConsumerOptions = {}): ConsumerCache<T> {
    checkOptions('DiffCache.consumer', options, CONSUMER_OPTIONS);
    return new ConsumerCache<T>(options);
  },
} as const;

export { ConsumerCache } from './cache/consumer.ts';
export type { ConsumerOptions } from './cache/frame-consumer.ts';
export { DataMsg } from './cache/data-msg.ts';
export type { Command } from './cache/data-msg.ts';
export type { Applied, Head, Token } from './cache/entry.ts';
export type { Epoch } from './cache/epoch.ts';
export { Frame } from './cache/frame.ts';
export { ProducerCache } from './cache/producer.ts';
export type { ProducerOptions } from './cache/producer.ts';
export type { Transaction } from './cache/transaction.ts';
export { DiffStreamError, errorCodes } from './core/errors.ts';
export type { Blame, ErrorCode, Recovery } from './core/errors.ts';
export { fromJsonPatch, toJsonPatch } from './core/json-patch.ts';
export type { JsonPatchOp } from './core/json-patch.ts';
export type { Key } from './core/key.ts';
export { defaultLimits } from './core/limits.ts';
export type { Limits } from './core/limits.ts';
export { applyPatch, diff, digestOf, Patch } from './core/patch.ts';
export type { Value } from './core/value.ts';
