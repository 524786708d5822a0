/** A session as a hub sends it, written down so that a consumer in any language can follow it. */
import { deflateRawSync } from 'node:zlib';
import { wordsText } from '../../src/cache/collection-digest.ts';
import type { Epoch } from '../../src/cache/epoch.ts';
import { ProducerCache } from '../../src/cache/producer.ts';
import type { Key } from '../../src/core/key.ts';
import type { Value } from '../../src/core/value.ts';
import type { PublisherOutput } from '../../src/protocol/index.ts';
import { encodeMessage, inParts, PROTOCOL_VERSION, Publisher } from '../../src/protocol/index.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { HELLO } from '../protocol/session-rig.ts';
import { toHex } from '../support/damaged-bytes.ts';

export interface Step {
  readonly hex: string;
  /** Of the copy after this message. */
  version: number;
  digest?: string;
  /** In order of key, at some messages: numbers first, then strings by their UTF-16 units. */
  entries?: readonly (readonly [Key, Value])[];
}

export interface Recording {
  readonly protocol: number;
  readonly stream: string;
  readonly epoch: Epoch;
  /** Of the consumer's hello, which said that it holds nothing and takes no dense frames. */
  readonly nonce: readonly number[];
  readonly messages: Step[];
}

const STREAM = 'interop';
const EPOCH = { term: 1_795_305_600_000, incarnation: '9f3c2a1b00d4e5f6' };
const PART_BYTES = 1024;
const words = 'amber birch cedar dune ember fjord größe 漢字 😀😃 naïve "quoted" line\nfeed'.split(
  ' ',
);

/** A hub with one consumer that reads everything. */
class Recorder {
  readonly producer = new ProducerCache<Value>({ name: STREAM, epoch: EPOCH });
  readonly messages: Step[] = [];
  private readonly limits = resolveSessionLimits({ partBytes: PART_BYTES });
  private readonly publisher = new Publisher(this.producer, this.limits);
  private readonly pieces: Uint8Array[] = [];
  private nowMs = 0;

  constructor() {
    this.publisher.open(1, 0);
    this.obey(this.publisher.receive(1, encodeMessage(HELLO), 0));
  }

  /** One commit, and everything that it sends. */
  commit(work: (producer: ProducerCache<Value>) => unknown): void {
    work(this.producer);
    this.obey(this.publisher.flush());
    this.note();
  }

  heartbeat(): void {
    this.nowMs += this.limits.heartbeatMs;
    this.obey(this.publisher.tick(this.nowMs));
    this.note();
  }

  /** What the entries are at the message before. */
  noteEntries(): void {
    const last = this.messages.at(-1);
    if (last !== undefined) last.entries = sorted(this.producer);
  }

  /** By its last message a consumer has all that was committed. */
  private note(): void {
    const last = this.messages.at(-1);
    if (last === undefined || this.producer.version === 0) return;
    last.version = this.producer.version;
    last.digest = wordsText(this.producer.digestWords());
  }

  private obey(outputs: readonly PublisherOutput[]): void {
    for (const output of outputs) {
      if (output.kind === 'send') {
        const version = this.messages.at(-1)?.version ?? 0;
        this.messages.push({ hex: toHex(output.bytes), version });
      } else if (output.kind === 'work') {
        this.obey(this.publisher.work());
      } else if (output.kind === 'pack') {
        this.pieces.push(output.bytes);
        if (!output.last) continue;
        const packed = deflateRawSync(Buffer.concat(this.pieces.splice(0)));
        this.obey(this.publisher.packed(output.snapshot, inParts(packed, output.partBytes)));
      } else {
        throw new Error(`the hub closes: ${output.reason}`);
      }
    }
  }
}

function sorted(entries: Iterable<readonly [Key, Value]>): (readonly [Key, Value])[] {
  return [...entries].toSorted(([a], [b]) => {
    if (typeof a !== typeof b) return typeof a === 'number' ? -1 : 1;
    return a < b ? -1 : 1;
  });
}

/** Makes rows of a seed, and changes them. */
class Workload {
  private readonly random: SeededRandom;

  constructor(seed: string) {
    this.random = new SeededRandom(seed);
  }

  below(count: number): number {
    return this.random.next() % count;
  }

  text(count: number): string {
    return Array.from({ length: count }, () => words[this.below(words.length)]).join(' ');
  }

  row(id: number): { [name: string]: Value } {
    const price = this.below(100_000) / 100;
    const grid = Array.from({ length: 3 }, () => [this.below(9), -this.below(1000), 0.5]);
    return { id, title: this.text(6), price, stock: this.below(500), tags: ['a', 'b'], grid };
  }

  /** The same texts each time, in another order. */
  shuffled(): Value[] {
    const list = words.map((word) => `${word}, and what is said of it`);
    for (let i = 0; i < 3; i++) list.push(...list.splice(this.below(list.length), 1));
    return list;
  }

  /** What a row becomes: a number, a text, an array, a member, or several of these. */
  changed(row: { readonly [name: string]: Value }): { [name: string]: Value } {
    const next: { [name: string]: Value } = structuredClone(row);
    const tags = next['tags'] as Value[];
    switch (this.below(7)) {
      case 0:
        return { ...next, price: ((next['price'] as number) * 100 + 25) / 100 };
      case 1:
        return { ...next, title: `${next['title'] as string}, ${this.text(1)}` };
      case 2:
        return { ...next, tags: [...tags.slice(1), this.text(1), ...tags.slice(0, 1)] };
      case 3:
        return { ...next, stock: this.below(500), note: { by: this.text(2), at: [1e21, null] } };
      case 4:
        return { ...next, grid: [...(next['grid'] as Value[]).toReversed(), [true, {}]] };
      case 5: {
        const { stock = 0, ...rest } = next;
        return { ...rest, stock: (stock as number) - 1, 7: 'seven' };
      }
      default:
        return { ...next, title: this.text(4), grid: (next['grid'] as Value[]).slice(1) };
    }
  }
}

const ROWS = 150;
const KEPT = 20;

export function recordSession(seed: string): Recording {
  const recorder = new Recorder();
  const work = new Workload(seed);
  recorder.heartbeat();
  recorder.commit((producer) =>
    producer.batch((tx) => {
      for (let id = 0; id < ROWS; id++) {
        tx.set(id % 2 === 0 ? id - ROWS / 2 : `row ${id}`, work.row(id));
      }
    }),
  );
  recorder.commit((producer) =>
    producer.batch((tx) => {
      for (const key of [...producer.keys()].slice(KEPT)) tx.delete(key);
    }),
  );
  recorder.noteEntries();
  for (let turn = 1; turn <= 40; turn++) {
    recorder.commit((producer) => oneTurn(producer, work, turn));
    if (turn % 10 !== 0) continue;
    recorder.heartbeat();
    recorder.noteEntries();
  }
  const { messages } = recorder;
  const nonce = HELLO.nonce;
  return { protocol: PROTOCOL_VERSION, stream: STREAM, epoch: EPOCH, nonce, messages };
}

function oneTurn(producer: ProducerCache<Value>, work: Workload, turn: number): void {
  const keys = [...producer.keys()];
  const key = keys[work.below(keys.length)] as Key;
  const row = producer.get(key);
  const isRow = typeof row === 'object' && row !== null && !Array.isArray(row);
  if (turn % 8 === 0) {
    producer.delete(key);
  } else if (turn % 7 === 0) {
    // Much that is new in one value, and much of it like what is there: worth quoting.
    const before = (producer.get('article') ?? []) as readonly Value[];
    const like = { ...(before.at(-1) as object | undefined), by: work.text(1) };
    const fresh = { title: work.text(12), by: work.text(2) };
    producer.set('article', [...before, like, { ...like, by: work.text(1) }, fresh]);
  } else if (turn % 9 === 0) {
    producer.set('long', `${work.text(250)}${turn}`);
  } else if (turn % 5 === 0) {
    producer.batch((tx) => {
      for (let n = 0; n < 3; n++) tx.set(`new ${turn}.${n}`, work.row(1000 + n));
      tx.set(2 ** 52 + turn, [null, true, -1, work.text(2)]);
    });
  } else if (turn % 3 === 0) {
    producer.batch((tx) => {
      tx.set('count', 1000 + turn / 4);
      tx.set('list', work.shuffled());
      const long = producer.get('long') ?? work.text(5);
      tx.set('long', `${turn} ${long as string}`.replace('dune', 'ember'));
    });
  } else if (isRow) {
    producer.set(key, work.changed(row as { [name: string]: Value }));
  } else {
    producer.set(turn, work.row(turn));
  }
}
