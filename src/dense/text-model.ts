import { ByteReader, ByteWriter } from '../core/bytes.ts';
import { limitExceeded } from '../core/limits.ts';
import type { ContextMixer } from './context-mixer.ts';
import type { Context } from './hashing.ts';
import { within } from './hashing.ts';
import { BELIEF } from './beliefs.ts';
import { KIND } from './kinds.ts';
import { MatchModel } from './match-model.ts';
import { Reference } from './reference.ts';
import { Trail } from './trail.ts';

/** Units of a text like the one coded that are looked at. */
const NEAR_MAX = 4096;

/** Bytes of a text's buffer that the next text takes over. */
const KEPT_BYTES = 1 << 16;

/** How far an expectation has to be believed to be asked for first, of 65536. */
const SURE = 61_000;
const NOTHING = -1;

/** What stands for a zero byte within a text; a plain zero ends the text. */
const ESCAPE = 1;

/**
 * Texts, byte by byte, each predicted from the bytes before it, from a text that it is likely to
 * resemble, and from where the same bytes stood before: in what was coded, or in the base.
 */
export class TextModel {
  private readonly mixer: ContextMixer;
  private readonly history: MatchModel;
  /** Texts of the base of the change being coded; made only where it pays. */
  private readonly pool: MatchModel;
  private readonly first = new Reference();
  private readonly trail = new Trail();
  /** What is expected most, how far that is believed, and by what sort. */
  private sure = NOTHING;
  private belief = SURE;
  private sort = 0;
  private readonly bytesMax: number;
  /** The text that is coded. */
  private buffer = new ByteWriter(256);

  constructor(mixer: ContextMixer, historyBits: number, pool: MatchModel, bytesMax: number) {
    this.bytesMax = bytesMax;
    this.mixer = mixer;
    this.history = new MatchModel(historyBits);
    this.pool = pool;
  }

  reset(): void {
    this.history.reset();
  }

  /** `text` undefined: reads one. `near`: a text that it may resemble. */
  code(text: string | undefined, path: Context, name: Context, near: string): string {
    const { buffer, first } = this;
    buffer.truncate(0);
    if (text !== undefined) buffer.utf8(text);
    first.begin(near.slice(0, NEAR_MAX));
    this.codeBytes(text !== undefined, path, name);
    const result = text ?? new ByteReader(buffer.end()).utf8(buffer.length);
    // A long text's memory is not kept for the short ones that follow.
    if (buffer.capacity > KEPT_BYTES) this.buffer = new ByteWriter(256);
    return result;
  }

  /** The bytes in the buffer; a reader's go there. */
  private codeBytes(isWriter: boolean, path: Context, name: Context): void {
    const { history, pool, first, trail, buffer } = this;
    history.begin();
    pool.begin();
    trail.begin();
    let escaped = false;
    for (let at = 0; ;) {
      const next = isWriter ? nextSymbol(buffer, at, escaped) : 0;
      const byte = this.codeByte(next, path, name, at);
      trail.add(byte);
      const { lastFour } = trail;
      first.follow(byte);
      const known = Math.min(at + 1, 32);
      history.follow(byte, lastFour, known);
      if (pool.size > 0) pool.follow(byte, lastFour, known);
      history.append(byte, lastFour);
      if (byte === 0) break;
      if (byte === ESCAPE && !escaped) {
        escaped = true;
        continue;
      }
      if (!isWriter) {
        buffer.byte(escaped && byte === 2 ? 0 : byte);
        if (buffer.length > this.bytesMax) {
          throw limitExceeded('stringBytesMax', this.bytesMax, 'a string');
        }
      }
      escaped = false;
      at++;
    }
  }

  /** A byte: where one is all but sure, whether it is this; otherwise bit by bit. */
  private codeByte(byte: number, path: Context, name: Context, at: number): number {
    const { mixer, history, pool, first, trail } = this;
    const { part, one, two, three, word } = trail;
    const inHistory = history.length > 0 ? history.expected : NOTHING;
    const inPool = pool.length > 0 ? pool.expected : NOTHING;
    const inFirst = first.trust > 0 ? first.expected : NOTHING;
    this.sure = NOTHING;
    this.belief = SURE;
    this.consider(inHistory, BELIEF.history + history.length);
    this.consider(inPool, BELIEF.pool + pool.length);
    this.consider(inFirst, BELIEF.first + first.record);
    const { sure } = this;
    if (sure !== NOTHING) {
      const agreeing = (inHistory === sure ? 1 : 0) + (inPool === sure ? 2 : 0);
      const how = agreeing + (inFirst === sure ? 4 : 0);
      mixer.begin(KIND.asExpected);
      mixer.see(within(within(two, part), sure));
      mixer.see(within(within(path, one), within(part, sure)));
      mixer.see(within(how, this.sort));
      mixer.see(within(three, sure));
      mixer.expect(1, 1, this.sort);
      if (mixer.bit(byte === sure ? 1 : 0, 1) === 1) return sure;
    }
    const longest = Math.max(history.length, pool.length);
    const trust = longest === 0 ? 0 : longest < 8 ? 1 : longest < 24 ? 2 : 3;
    mixer.begin(KIND.text + trust * 4 + first.trust);
    mixer.see(within(path, part));
    mixer.see(within(within(name, one), part));
    mixer.see(within(two, part + 1));
    mixer.see(within(three, part + 2));
    mixer.see(within(within(word, part), 3));
    mixer.see(within(within(path, at + 1024), inFirst));
    this.expect(inHistory, BELIEF.history + history.length);
    this.expect(inPool, BELIEF.pool + pool.length);
    this.expect(inFirst, BELIEF.first + first.record);
    return mixer.tree(byte, 8);
  }

  /** Whether this is what is expected most, and enough to be asked for first. */
  private consider(byte: number, sort: number): void {
    if (byte === NOTHING) return;
    const belief = this.mixer.believed(sort + BELIEF.whole);
    if (belief <= this.belief) return;
    this.belief = belief;
    this.sure = byte;
    this.sort = sort + BELIEF.whole;
  }

  private expect(byte: number, sort: number): void {
    if (byte === NOTHING || byte === this.sure) this.mixer.expectNothing(sort);
    else this.mixer.expect(byte, 8, sort);
  }
}

/** The byte to be coded at a place: zeros within a text, and what escapes them, take two. */
function nextSymbol(source: ByteWriter, at: number, escaped: boolean): number {
  if (at >= source.length) return 0;
  const byte = source.at(at);
  if (byte > ESCAPE) return byte;
  if (!escaped) return ESCAPE;
  return byte === 0 ? 2 : ESCAPE;
}
