// One contestant's place in one feed: what its receiver holds, what it has sent, how long it took.
import { DeflateContext } from './contestants/deflate-context.mjs';
import { outcomeOf } from './outcome.mjs';
import { median, sumOf } from './statistics.mjs';

/** Share of all blocks that only warm up. */
const WARM_UP = 0.2;

function freeze(value) {
  if (value === null || typeof value !== 'object') return value;
  for (const part of Object.values(value)) freeze(part);
  return Object.freeze(value);
}

/** Times of blocks, in microseconds for each change. */
class Times {
  #blocks = [];
  #sum = 0;
  #count = 0;

  add(beganMs, endedMs) {
    this.#sum += endedMs - beganMs;
    this.#count++;
    return endedMs - beganMs;
  }

  endBlock() {
    if (this.#count > 0) this.#blocks.push({ us: (this.#sum * 1000) / this.#count });
    this.#sum = 0;
    this.#count = 0;
  }

  /** The median of the blocks, and their mean, once warm. */
  figures() {
    const warm = this.#blocks.slice(Math.floor(this.#blocks.length * WARM_UP)).map(({ us }) => us);
    return { us: median(warm), meanUs: warm.length === 0 ? Number.NaN : sumOf(warm) / warm.length };
  }
}

export class Seat {
  #contestant;
  #ends;
  #held = new Map();
  #context;
  #patienceMs;
  #spentMs = 0;
  #times = { encode: new Times(), decode: new Times(), settle: new Times() };
  #contextTimes = { encode: new Times(), decode: new Times() };
  #bytes = { all: 0, changes: 0, contextAll: 0, contextChanges: 0 };
  #counts = { all: 0, changes: 0 };
  #wrong = { order: 0, value: 0, error: 0, context: 0 };
  #stopped;
  #firstError;

  constructor(contestant, { patienceMs }) {
    this.#contestant = contestant;
    this.#patienceMs = patienceMs;
    this.#stopped = contestant.absent;
    if (this.#stopped !== undefined) return;
    this.#ends = contestant.open();
    if (contestant.context) this.#context = new DeflateContext();
  }

  /** One record, at both ends. */
  take(record) {
    if (this.#stopped !== undefined) return;
    if (record.op === 'del') this.#remove(record);
    else if (record.base === undefined) this.#create(record);
    else this.#change(record);
  }

  endBlock() {
    for (const times of [this.#times, this.#contextTimes]) {
      for (const each of Object.values(times)) each.endBlock();
    }
  }

  #count(bytes, contextBytes, isChange) {
    this.#counts.all++;
    this.#bytes.all += bytes;
    this.#bytes.contextAll += contextBytes;
    if (!isChange) return;
    this.#counts.changes++;
    this.#bytes.changes += bytes;
    this.#bytes.contextChanges += contextBytes;
  }

  #keyBytes(record) {
    return this.#contestant.keyed ? 0 : record.keyBytes.length;
  }

  #remove(record) {
    const { key } = record;
    const sent = this.#ends.remove?.(key);
    this.#held.delete(key);
    const packed = this.#context?.pack(record.keyBytes);
    if (packed !== undefined) this.#context.unpack(packed);
    this.#count((sent?.length ?? 0) + this.#keyBytes(record), packed?.length ?? 0, false);
  }

  #create(record) {
    const { key, text } = record;
    const own = this.#contestant.ours ? freeze(JSON.parse(text)) : JSON.parse(text);
    const sent = this.#ends.create?.(key, own) ?? Buffer.from(text);
    const packed = this.#context?.pack(Buffer.concat([record.keyBytes, sent]));
    if (packed !== undefined) this.#context.unpack(packed);
    this.#held.set(key, own);
    this.#count(sent.length + this.#keyBytes(record), packed?.length ?? 0, false);
  }

  #change(record) {
    const { value } = record;
    const { resetEvery = 0 } = this.#contestant;
    if (this.#ends.fits?.(value) === false) {
      this.#stopped = 'would take minutes: too many pairs of elements';
      return;
    }
    if (resetEvery > 0 && this.#counts.changes % resetEvery === 0) this.#ends.reset();
    let bytes;
    try {
      bytes = this.#exchange(record);
    } catch (error) {
      this.#wrongResult(record, 'error');
      this.#firstError ??= String(error);
    }
    if (bytes === undefined) this.#counts.all++;
    else this.#send(bytes, record);
    if (this.#spentMs > this.#patienceMs) {
      this.#stopped = `stopped after ${this.#counts.changes} changes: too slow`;
    }
  }

  /** Encodes and decodes, and looks at the result. */
  #exchange(record) {
    const { key, base, value, text } = record;
    const held = this.#held.get(key);
    const from = this.#contestant.ours ? held : base;
    const times = this.#times;
    const beganMs = performance.now();
    const bytes = this.#ends.encode(key, from, value);
    const encodedMs = performance.now();
    const result = this.#ends.decode(key, held, bytes);
    const decodedMs = performance.now();
    this.#spentMs += times.encode.add(beganMs, encodedMs);
    this.#spentMs += times.decode.add(encodedMs, decodedMs);
    const outcome = outcomeOf(result, value, text);
    if (outcome !== 'right') {
      this.#wrongResult(record, outcome);
      return bytes;
    }
    if (this.#ends.settle !== undefined) {
      const settleMs = performance.now();
      this.#ends.settle(held, result);
      times.settle.add(settleMs, performance.now());
    }
    this.#held.set(key, result);
    return bytes;
  }

  #wrongResult({ key, text }, why) {
    this.#wrong[why]++;
    const right = JSON.parse(text);
    this.#held.set(key, this.#contestant.ours ? freeze(right) : right);
    this.#ends.resync?.(key, this.#held.get(key));
  }

  #send(bytes, record) {
    const alone = bytes.length + this.#keyBytes(record);
    if (this.#context === undefined) {
      this.#count(alone, 0, true);
      return;
    }
    const whole = Buffer.concat([record.keyBytes, bytes]);
    const beganMs = performance.now();
    const packed = this.#context.pack(whole);
    const packedMs = performance.now();
    const unpacked = this.#context.unpack(packed);
    const unpackedMs = performance.now();
    this.#spentMs += this.#contextTimes.encode.add(beganMs, packedMs);
    this.#spentMs += this.#contextTimes.decode.add(packedMs, unpackedMs);
    if (!unpacked.equals(whole)) this.#wrong.context++;
    this.#count(alone, packed.length, true);
  }

  /** One row, and one more for the same bytes through a context. */
  rows() {
    this.#context?.close();
    const { name, ours = false, whole = false, memory = false } = this.#contestant;
    const { order, value, error, context } = this.#wrong;
    const per = (sum, count) => (count === 0 ? Number.NaN : sum / count);
    const encode = this.#times.encode.figures();
    const decode = this.#times.decode.figures();
    const row = {
      name,
      ours,
      whole,
      memory,
      stopped: this.#stopped,
      changes: this.#counts.changes,
      bytesPerChange: per(this.#bytes.changes, this.#counts.changes),
      bytesPerRecord: per(this.#bytes.all, this.#counts.all),
      encodeUs: encode.us,
      encodeMeanUs: encode.meanUs,
      decodeUs: decode.us,
      decodeMeanUs: decode.meanUs,
      settleUs: this.#times.settle.figures().us,
      wrong: order + value + error,
      order,
      value,
      error,
      firstError: this.#firstError,
    };
    if (this.#context === undefined) return [row];
    const pack = this.#contextTimes.encode.figures();
    const unpack = this.#contextTimes.decode.figures();
    const through = {
      ...row,
      name: `${name} + deflate context`,
      memory: true,
      bytesPerChange: per(this.#bytes.contextChanges, this.#counts.changes),
      bytesPerRecord: per(this.#bytes.contextAll, this.#counts.all),
      encodeUs: encode.us + pack.us,
      encodeMeanUs: encode.meanUs + pack.meanUs,
      decodeUs: decode.us + unpack.us,
      decodeMeanUs: decode.meanUs + unpack.meanUs,
      contextUs: pack.us,
      wrong: row.wrong + context,
      value: value + context,
    };
    return [row, through];
  }
}
