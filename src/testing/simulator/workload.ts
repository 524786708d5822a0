import type { ProducerCache } from '../../cache/producer.ts';
import type { Key } from '../../core/key.ts';
import type { SeededRandom } from '../seeded-random.ts';
import type { Branches } from './branches.ts';
import type { Swarm } from './swarm.ts';

/** From so many keys on, a run begins with all of them. */
const MANY_KEYS = 100;

const WORDS = ['ask', 'bid', 'lot', 'sold', 'open', 'été', '漢字', '🎈', 'x', ''] as const;

interface Doc {
  n: number;
  text: string;
  list: unknown[];
  more: Record<string, unknown>;
}

/**
 * Draws commits, and makes each twice: at a producer, and in a plain map of texts. No two values
 * are equal unless one comes back on purpose, so that a text tells which write it is of.
 */
export class Workload {
  private readonly random: SeededRandom;
  private readonly swarm: Swarm;
  private readonly branches: Branches;
  /** Keys that were deleted once. */
  private readonly deleted = new Set<Key>();
  private count = 0;

  constructor(random: SeededRandom, swarm: Swarm, branches: Branches) {
    this.random = random;
    this.swarm = swarm;
    this.branches = branches;
  }

  /** One commit. False: it changed nothing, and made no version. */
  commit(producer: ProducerCache, state: Map<Key, string>): boolean {
    const { random, swarm } = this;
    const before = producer.version;
    const kind = random.float();
    if (kind < swarm.replacements) this.replaceAll(producer, state);
    else if (kind < swarm.replacements + swarm.batches) this.batch(producer, state);
    else if (random.chance(swarm.deletions) && state.size > 0) this.delete(producer, state);
    else this.put(producer, state);
    return producer.version !== before;
  }

  /** Where there are to be very many entries, they are there from the start. */
  firstState(): ReadonlyMap<Key, string> | undefined {
    const { keys } = this.swarm;
    if (keys < MANY_KEYS) return undefined;
    const state = new Map<Key, string>();
    for (let n = 0; n < keys; n++) {
      const text = this.text(this.swarm.valueChars);
      state.set(keyOf(n), JSON.stringify({ n: -n, text }));
    }
    return state;
  }

  /** Everything anew, as after a restart. */
  load(producer: ProducerCache, state: ReadonlyMap<Key, string>): void {
    producer.replaceAll([...state].map(([key, text]) => [key, JSON.parse(text) as unknown]));
  }

  private key(): Key {
    return keyOf(this.random.below(this.swarm.keys));
  }

  private put(producer: ProducerCache, state: Map<Key, string>): void {
    const key = this.key();
    const value = this.nextValue(state.get(key));
    if (!state.has(key) && this.deleted.has(key)) this.branches.reach('key created again');
    producer.set(key, value);
    state.set(key, JSON.stringify(value));
  }

  private delete(producer: ProducerCache, state: Map<Key, string>): void {
    const keys = [...state.keys()];
    const key = keys[this.random.below(keys.length)] as Key;
    producer.delete(key);
    state.delete(key);
    this.deleted.add(key);
    this.branches.reach('deletion');
  }

  private batch(producer: ProducerCache, state: Map<Key, string>): void {
    const { random } = this;
    this.branches.reach('batch');
    producer.batch((tx) => {
      for (let i = 1 + random.below(6); i > 0; i--) {
        const key = this.key();
        if (state.has(key) && random.chance(0.3)) {
          tx.delete(key);
          state.delete(key);
          continue;
        }
        const value = this.nextValue(state.get(key));
        tx.set(key, value);
        state.set(key, JSON.stringify(value));
      }
    });
  }

  private replaceAll(producer: ProducerCache, state: Map<Key, string>): void {
    const { random } = this;
    const kept = [...state].filter(() => random.chance(0.7));
    state.clear();
    for (const [key, text] of kept) state.set(key, text);
    if (random.chance(0.7)) {
      const key = this.key();
      state.set(key, JSON.stringify(this.nextValue(state.get(key))));
    }
    this.load(producer, state);
  }

  private nextValue(before: string | undefined): unknown {
    const { random, swarm } = this;
    const n = ++this.count;
    if (before === undefined || before[0] !== '{' || random.chance(0.03)) {
      // Now and then no object at all.
      if (random.chance(0.05)) return random.chance(0.5) ? n : [n, [n / 8], null];
      return { n, text: this.text(swarm.valueChars), list: [], more: {} };
    }
    const doc = { text: '', list: [], more: {}, ...(JSON.parse(before) as Partial<Doc>) } as Doc;
    doc.n = n;
    switch (random.below(6)) {
      case 0:
        doc.text = this.edited(doc.text);
        break;
      case 1:
        doc.list = this.editedList(doc.list, n);
        break;
      case 2:
        doc.more[`m${random.below(5)}`] = random.chance(0.2) ? { n } : n / 4;
        break;
      case 3: {
        const { [`m${random.below(5)}`]: _gone, ...rest } = doc.more;
        doc.more = rest;
        break;
      }
      default:
    }
    return doc;
  }

  private text(chars: number): string {
    let text = '';
    while (text.length < chars) text += `${this.random.pick(WORDS)} `;
    return text;
  }

  private edited(text: string): string {
    const words = text.split(' ');
    words.splice(
      this.random.below(words.length + 1),
      this.random.below(3),
      this.random.pick(WORDS),
    );
    return words.slice(0, 400).join(' ');
  }

  private editedList(list: unknown[], n: number): unknown[] {
    const next = [...list];
    if (next.length > 8 || (next.length > 0 && this.random.chance(0.3))) {
      next.splice(this.random.below(next.length), 1);
    } else {
      next.splice(this.random.below(next.length + 1), 0, this.random.chance(0.5) ? n : { id: n });
    }
    return next;
  }
}

function keyOf(n: number): Key {
  return n % 3 === 0 ? n : `key ${n}`;
}
