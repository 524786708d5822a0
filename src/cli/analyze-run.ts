import { setImmediate } from 'node:timers/promises';

import type { Form, FormOptions } from '../analysis/form.ts';
import { findForm } from '../analysis/form.ts';
import type { Item } from '../analysis/item.ts';
import type { Measurement } from '../analysis/measurement.ts';
import { UpdateReader } from '../analysis/update-reader.ts';
import { DiffStreamError } from '../core/errors.ts';
import type { Segment } from './analyze-input.ts';
import type { OnRefused } from './analyze-text.ts';

/** Why no more was read. */
export type Stop = 'end' | 'time' | 'records' | 'memory' | 'interrupted';

/** Values looked at to find out what they are. */
const SAMPLE_ITEMS = 5000;
/** Where a likely key has not repeated among these: the first snapshot may be larger. */
const LONGER_SAMPLE_ITEMS = 20_000;
const SAMPLE_CHARACTERS = 16 * 1024 * 1024;
/** The event loop gets its turn so often, in ms: for signals and the terminal. */
const SLICE_MS = 50;
/** So long an interrupt waits for what was read before it to be measured, in ms. */
const INTERRUPTED_MS = 3000;

export interface RunOptions extends Pick<FormOptions, 'key' | 'time'> {
  readonly segments: readonly Segment[];
  readonly measurement: Measurement;
  readonly clock: () => number;
  /** The clock's time at which reading ends. */
  readonly deadlineMs: number;
  /** So long what came late may take all the same, in ms: an input may have been waited for. */
  readonly graceMs: number;
  /** Updates to be read; 0: all. */
  readonly recordsMax: number;
  readonly isInterrupted: () => boolean;
  /** Whether the input was ended before it came to its own end; default: it was not. */
  readonly isCut?: () => boolean;
  readonly onRefused: OnRefused;
  /** Called many times a second. */
  readonly onProgress: (updates: number) => void;
}

/** What was read, and as what. */
export interface RunOutcome {
  readonly stop: Stop;
  readonly updates: number;
  readonly forms: readonly { readonly what: string; readonly form: Form }[];
}

/** Reads an input to its end, or as far as there is time for, and measures each update. */
export async function measureInput(options: RunOptions): Promise<RunOutcome> {
  const run = new Run(options);
  const forms: { what: string; form: Form }[] = [];
  let stop: Stop = 'end';
  for (const { what, items, isStates = false } of options.segments) {
    if (stop !== 'end') break;
    const iterator = iterate(items);
    const sample: Item[] = [];
    await fill(sample, iterator, SAMPLE_ITEMS);
    if (sample.length === 0) continue;
    if (forms.length === 0) run.begin();
    const formOptions = { key: options.key, time: options.time, isStates };
    let form = findForm(sample, formOptions);
    if (form.finding?.unrepeated !== undefined) {
      const before = sample.length;
      await fill(sample, iterator, LONGER_SAMPLE_ITEMS);
      if (sample.length > before) form = findForm(sample, formOptions);
    }
    forms.push({ what, form });
    const reader = new UpdateReader(form, options.onRefused);
    stop = await run.all(sample, iterator, reader);
    await iterator.return?.();
  }
  // An input that waits for more ends without a word when the time is up.
  if (stop === 'end' && options.isCut?.() === true) {
    stop = options.isInterrupted() ? 'interrupted' : 'time';
  }
  return { stop, updates: run.updates, forms };
}

function iterate(items: AsyncIterable<Item> | Iterable<Item>): AsyncIterator<Item> {
  async function* all(): AsyncGenerator<Item> {
    yield* items;
  }
  return all();
}

/** Takes more values into a sample, until it has so many or is long enough. */
async function fill(sample: Item[], iterator: AsyncIterator<Item>, most: number): Promise<void> {
  let characters = sample.reduce((sum, item) => sum + (item.characters ?? 0), 0);
  while (sample.length < most && characters < SAMPLE_CHARACTERS) {
    const next = await iterator.next();
    if (next.done === true) return;
    sample.push(next.value);
    characters += next.value.characters ?? 0;
  }
}

class Run {
  readonly #options: RunOptions;
  #sliceEndMs = 0;
  #deadlineMs: number;
  /** What is measured was read already. */
  #isInSample = false;
  #interruptedMs: number | undefined;
  updates = 0;

  constructor(options: RunOptions) {
    this.#options = options;
    this.#deadlineMs = options.deadlineMs;
  }

  /** What is to be measured is known from now on. */
  begin(): void {
    const { clock, graceMs } = this.#options;
    this.#deadlineMs = Math.max(this.#deadlineMs, clock() + graceMs);
  }

  async all(
    sample: readonly Item[],
    iterator: AsyncIterator<Item>,
    reader: UpdateReader,
  ): Promise<Stop> {
    this.#isInSample = true;
    for (const item of sample) {
      const stop = await this.#take(item, reader);
      if (stop !== undefined) return stop;
    }
    this.#isInSample = false;
    if (this.#options.isInterrupted()) return 'interrupted';
    for (;;) {
      const next = await iterator.next();
      if (next.done === true) return 'end';
      const stop = await this.#take(next.value, reader);
      if (stop !== undefined) return stop;
    }
  }

  #whyEnded(): Stop {
    const { clock, isInterrupted } = this.#options;
    if (isInterrupted()) {
      this.#interruptedMs ??= clock();
      const waits = this.#isInSample && clock() - this.#interruptedMs < INTERRUPTED_MS;
      if (!waits) return 'interrupted';
    }
    return clock() >= this.#deadlineMs ? 'time' : 'end';
  }

  async #take(item: Item, reader: UpdateReader): Promise<Stop | undefined> {
    const { measurement, clock, onRefused, recordsMax } = this.#options;
    for (const update of reader.read(item)) {
      if (recordsMax > 0 && this.updates >= recordsMax) return 'records';
      if (measurement.isFull) return 'memory';
      if (clock() >= this.#sliceEndMs) {
        const stop = await this.#pause();
        if (stop !== undefined) return stop;
      }
      try {
        measurement.take(update);
      } catch (error) {
        if (!(error instanceof DiffStreamError)) throw error;
        const message = `${item.place}: ${error.message}`;
        onRefused(new DiffStreamError('bad-input', message, { cause: error }), error.code);
      }
      this.updates++;
    }
    return undefined;
  }

  async #pause(): Promise<Stop | undefined> {
    const { clock, onProgress } = this.#options;
    await setImmediate();
    const stop = this.#whyEnded();
    if (stop !== 'end') return stop;
    onProgress(this.updates);
    this.#sliceEndMs = clock() + SLICE_MS;
    return undefined;
  }
}
