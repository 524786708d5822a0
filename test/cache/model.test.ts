/**
 * Any commands at a producer, its bytes through a channel that loses, repeats, reorders and
 * damages them, a consumer that heals as the errors say; beside them a model that remembers
 * every state the producer ever had.
 */
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';

import type { Entry } from '../../src/cache/entry.ts';
import { epochTag, parseEpoch, tagText } from '../../src/cache/epoch.ts';
import { DiffCache, DiffStreamError } from '../../src/index.ts';
import type { ConsumerCache, ConsumerOptions, Key, ProducerCache, Value } from '../../src/index.ts';
import { edited, runs, soakTimeoutMs, values } from '../support/arbitrary-values.ts';
import { attempt, catchUp, contents } from './support/healing.ts';

const keys: readonly Key[] = ['a', 'b', 'key-1', 'key-2', 1, 2];

interface Step {
  /** What to do: see `act`. */
  readonly what: number;
  readonly key: Key;
  readonly choices: readonly number[];
  readonly value: Value;
}

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.record({
    what: fc.nat(30),
    key: fc.constantFrom(...keys),
    choices: fc.array(fc.nat(997), { minLength: 3, maxLength: 10 }),
    value: values,
  }),
  { maxLength: 50, size: 'max' },
);

type State = ReadonlyMap<Key, string>;

interface Item {
  readonly bytes: Uint8Array;
  /** Not a stand-alone message. */
  readonly frame: boolean;
}

function hand(consumer: ConsumerCache<Value>, { bytes, frame }: Item): void {
  if (frame) consumer.apply(bytes);
  else consumer.update(bytes);
}

/** All that is known of a consumer: what it holds, and of which version. */
function standing(consumer: ConsumerCache<Value>): string {
  return `${JSON.stringify(consumer.head())}\n${contents(consumer)}`;
}

class World {
  producer: ProducerCache<Value>;
  readonly consumer: ConsumerCache<Value>;
  private readonly options: ConsumerOptions;
  /** In flight. */
  private readonly channel: Item[] = [];
  /** All that the consumer was ever handed. */
  private readonly handed: Item[] = [];
  /** The states of the present epoch by version. */
  private states: State[] = [new Map()];
  /** Every text a key ever had, in any epoch. */
  private readonly ever = new Set<string>();
  private readonly broken: string[] = [];
  private term = 1;

  constructor(options: ConsumerOptions) {
    this.options = options;
    this.producer = this.start();
    this.consumer = DiffCache.consumer<Value>(options);
  }

  private start(): ProducerCache<Value> {
    const epoch = { term: this.term++, incarnation: '00000000000000ff' };
    const limits = { journalEntriesMax: 12, tombstonesMax: 4 };
    return DiffCache.producer<Value>({ epoch, limits });
  }

  private send(message: { encode(): Uint8Array }, frame = false): void {
    this.channel.push({ bytes: message.encode(), frame });
    const { producer } = this;
    if (producer.version < this.states.length) return;
    this.must(producer.version === this.states.length, 'one version a commit');
    const state = new Map([...producer].map(([key, value]) => [key, JSON.stringify(value)]));
    this.states.push(state);
    for (const [key, text] of state) this.ever.add(`${typeof key} ${key} ${text}`);
  }

  run({ what, key, choices, value }: Step): void {
    const { producer } = this;
    const held = producer.get(key);
    if (what <= 2 && held !== undefined) this.send(producer.delete(key));
    else if (what <= 10)
      this.change(key, held === undefined ? value : edited(held, choices, [value]));
    else if (what === 11 && held !== undefined) this.send(producer.set(key, held));
    else if (what === 12) this.batch(choices, value);
    else if (what === 13) this.restart(choices[0] as number);
    else if (what <= 15 && held !== undefined) this.send(producer.retran(key));
    else if (what <= 17 && producer.version > 0) this.send(producer.frame(this.reachable()), true);
    else this.deliver(choices);
  }

  private change(key: Key, value: Value): void {
    const before = contents(this.producer);
    try {
      this.send(this.producer.set(key, value));
    } catch (error) {
      // An edit may have gone too deep: then all is as it was.
      this.must((error as DiffStreamError).code === 'bad-value', String(error));
      this.must(contents(this.producer) === before, 'a refused value changes nothing');
      return;
    }
    const text = JSON.stringify(this.producer.get(key));
    this.must(text === JSON.stringify(value), 'the producer holds what it was given');
  }

  private batch([count = 0, drop = 0]: readonly number[], value: Value): void {
    const work = this.producer.batch((tx) => {
      for (const key of keys.slice(0, count % keys.length)) tx.set(key, value);
      for (const key of keys.slice(drop % keys.length)) if (tx.has(key)) tx.delete(key);
    });
    this.send(work, true);
  }

  private restart(choice: number): void {
    if (choice % 3 !== 0) return;
    this.producer = this.start();
    this.states = [new Map()];
  }

  private reachable(): number {
    return Math.min(this.consumer.version, this.producer.version);
  }

  /** One of those in flight arrives: perhaps twice, perhaps damaged, perhaps never. */
  private deliver([which = 0, fate = 0, damage = 0]: readonly number[]): void {
    const at = which % 3 === 0 ? which % Math.max(1, this.channel.length) : 0;
    const [item] = this.channel.splice(at, 1);
    if (item === undefined || fate % 8 === 0) return;
    if (fate % 8 === 1) {
      const bytes = item.bytes.slice();
      const bit = damage % (bytes.length * 8);
      bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7));
      this.receiveDamaged(item, bytes);
      return;
    }
    if (fate % 8 === 2) this.channel.push(item);
    this.receive(item, true);
    const once = contents(this.consumer);
    this.receive(item, false);
    this.must(contents(this.consumer) === once, 'P5 a repeat changes nothing');
  }

  /**
   * A patch may say the same in two ways, such as to add a 0 or to take one that is there. Damage
   * that turns one into the other does what was sent; any other damage does nothing.
   */
  private receiveDamaged(sent: Item, bytes: Uint8Array): void {
    const { consumer } = this;
    const before = standing(consumer);
    const earlier = [...this.handed];
    this.receive({ ...sent, bytes }, false);
    if (standing(consumer) === before) return;
    const twin = DiffCache.consumer<Value>(this.options);
    for (const item of [...earlier, sent]) attempt(() => hand(twin, item));
    this.must(standing(consumer) === standing(twin), 'P1 damage changes nothing');
  }

  private receive(item: Item, heal: boolean): void {
    this.handed.push(item);
    const before = this.epochNow();
    const { version } = this.consumer;
    try {
      hand(this.consumer, item);
    } catch (error) {
      if (!(error instanceof DiffStreamError)) throw error;
      this.must(error.blame === 'remote', 'the sender is to blame');
      if (heal) this.heal(error);
    }
    const risen = this.epochNow() !== before || this.consumer.version >= version;
    this.must(risen, 'P3 versions never go back');
    this.check();
  }

  private heal({ recovery, key }: DiffStreamError): void {
    // A key that is gone is left to the next frame.
    if (recovery === 'retran-key' && key !== undefined && this.producer.version > 0) {
      const item = { bytes: this.producer.retran(key).encode(), frame: false };
      this.handed.push(item);
      hand(this.consumer, item);
    }
  }

  private epochNow(): string | undefined {
    const epoch = this.consumer.head()?.epoch;
    return epoch?.includes('.') ? tagText(epochTag(parseEpoch(epoch))) : epoch;
  }

  /** P1, and what `version` promises: all up to it has been seen. */
  private check(): void {
    const { consumer, states } = this;
    const text = (key: Key): string => JSON.stringify(consumer.get(key));
    for (const key of consumer.keys()) {
      this.must(this.ever.has(`${typeof key} ${key} ${text(key)}`), 'P1 the producer had it');
    }
    const epoch = consumer.head()?.epoch;
    const { producer } = this;
    const present = epoch === producer.head().epoch || epoch === tagText(epochTag(producer.epoch));
    if (!present) return;
    const { store, tombstones } = consumer as unknown as {
      store: ReadonlyMap<Key, Entry>;
      tombstones: { readonly floor: number; get(key: Key): number | undefined };
    };
    const { version } = consumer;
    for (const key of keys) {
      const entry = store.get(key);
      const deleted = tombstones.get(key);
      const at = Math.max(version, entry?.version ?? deleted ?? 0);
      // Left over from an older epoch, or never heard of; or deleted, nobody knows when.
      if (at === 0 || (entry === undefined && deleted === undefined && tombstones.floor > at)) {
        continue;
      }
      const held = entry && text(key);
      this.must(held === states[at]?.get(key), `${key} at ${at} is what the producer had`);
    }
  }

  private must(holds: boolean, what: string): void {
    if (!holds) this.broken.push(what);
  }

  /** When faults stop: the ladder, and equality in every respect. Returns what did not hold. */
  finish(): readonly string[] {
    const { producer, consumer } = this;
    if (producer.version === 0) this.send(producer.replaceAll([]), true);
    catchUp(producer, consumer);
    this.must(contents(consumer) === contents(producer), 'equal contents');
    this.must(consumer.verify(producer.head()), 'equal digests');
    this.must(consumer.version === producer.version, 'equal versions');
    this.check();
    for (const key of keys) {
      const bytes = Buffer.byteLength(JSON.stringify(producer.get(key)) ?? '');
      this.must(consumer.jsonBytes(key) === bytes, 'equal lengths');
    }
    return this.broken;
  }
}

function simulate(all: readonly Step[], options: ConsumerOptions): readonly string[] {
  const world = new World(options);
  for (const step of all) world.run(step);
  return world.finish();
}

describe('A consumer behind a channel that may do anything', () => {
  it(
    'P1 P2 P3 P5 P6 M2 shows only what the producer had, never goes back, and ends equal',
    () => {
      fc.assert(
        fc.property(steps, (all) => {
          expect(simulate(all, {})).toEqual([]);
        }),
        runs(500),
      );
    },
    soakTimeoutMs,
  );

  it(
    'P6 P14 L2 does so too with hardly any memory for gaps and deletions',
    () => {
      const limits = { tombstonesMax: 1, aheadMax: 2 };
      fc.assert(
        fc.property(steps, (all) => {
          expect(simulate(all, { limits })).toEqual([]);
        }),
        runs(300),
      );
    },
    soakTimeoutMs,
  );
});
