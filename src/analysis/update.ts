import type { Key } from '../core/key.ts';
import type { Value } from '../core/value.ts';

/** Stands for one message: updates with the same one, one after the other, came together. */
export interface Together {
  /** By what it was told: they stood in one value of the input, or have the same time. */
  readonly by: 'item' | 'time';
}

/** One update of one entry, whatever it was read from. */
export type Update = {
  readonly key: Key;
  /** Undefined where it is a message of its own. */
  readonly message?: Together | undefined;
  /** When it happened, in ms since 1970, where the data tells. */
  readonly t: number | undefined;
} & ({ readonly op: 'put'; readonly value: Value } | { readonly op: 'del' });

/** An update to an existing entry that changes it, as texts: what all strategies have to send. */
export interface Transition {
  readonly key: Key;
  /** The key's number as bytes, which those send who do not carry keys themselves. */
  readonly keyBytes: Uint8Array;
  readonly before: string;
  readonly text: string;
  /** `text` in UTF-8. */
  readonly bytes: Buffer;
  /** What `text` stands for; nobody may change it. */
  readonly value: Value;
}
