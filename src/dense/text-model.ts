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

/** What stands for a zero byte within a text; a plain zero ends the text. */
const ESCAPE = 1;

/**
 * Texts, byte by byte, each predicted from the bytes before it, from up to two texts that it is
 * likely to resemble, and from where the same bytes stood before: in what was coded, or in the
 * base.
 */
export class TextModel {
  private readonly mixer: ContextMixer;
  private readonly history: MatchModel;
  /** Texts of the base of the change being coded; made only where it pays. */
  private readonly pool: MatchModel;
  private readonly first = new Reference();
  private readonly second = new Reference();
  private readonly trail = new Trail();
  private readonly bytesMax: number;
  private readonly buffer = new ByteWriter(256);

  constructor(mixer: ContextMixer, historyBits: number, pool: MatchModel, bytesMax: number) {
    this.bytesMax = bytesMax;
    this.mixer = mixer;
    this.history = new MatchModel(historyBits);
    this.pool = pool;
  }

  reset(): void {
    this.history.reset();
  }

  /** `text` undefined: reads one. `near` and `other`: texts that it may resemble. */
  code(
    text: string | undefined,
    path: Context,
    name: Context,
    near: string,
    other: string,
  ): string {
    const { buffer, first, second } = this;
    let source: Uint8Array | undefined;
    if (text !== undefined) {
      buffer.truncate(0);
      buffer.utf8(text);
      source = buffer.take();
    }
    first.begin(near.slice(0, NEAR_MAX));
    second.begin(other === near ? '' : other.slice(0, NEAR_MAX));
    const bytes = this.codeBytes(source, path, name);
    return text ?? new ByteReader(bytes).utf8(bytes.length);
  }

  private codeBytes(source: Uint8Array | undefined, path: Context, name: Context): Uint8Array {
    const { history, pool, first, second } = this;
    const out = new ByteWriter(source === undefined ? 64 : 1);
    history.begin();
    pool.begin();
    const { trail } = this;
    trail.begin();
    let escaped = false;
    for (let at = 0; ;) {
      const next = source === undefined ? 0 : nextSymbol(source, at, escaped);
      const byte = this.codeByte(next, path, name, at);
      trail.add(byte);
      const { lastFour } = trail;
      first.follow(byte);
      second.follow(byte);
      const known = Math.min(at + 1, 32);
      history.follow(byte, lastFour, known);
      if (pool.size > 0) pool.follow(byte, lastFour, known);
      history.append(byte, lastFour);
      if (byte === 0) break;
      if (byte === ESCAPE && !escaped) {
        escaped = true;
        continue;
      }
      if (source === undefined) {
        out.byte(escaped && byte === 2 ? 0 : byte);
        if (out.length > this.bytesMax) {
          throw limitExceeded('stringBytesMax', this.bytesMax, 'a string');
        }
      }
      escaped = false;
      at++;
    }
    return out.take();
  }

  private codeByte(byte: number, path: Context, name: Context, at: number): number {
    const { mixer, history, pool, first, second, trail } = this;
    const { part, one, two, three, word } = trail;
    const longest = Math.max(history.length, pool.length);
    const trust = longest === 0 ? 0 : longest < 8 ? 1 : longest < 24 ? 2 : 3;
    mixer.begin(KIND.text + trust * 4 + first.trust);
    mixer.see(within(path, part));
    mixer.see(within(within(name, one), part));
    mixer.see(within(two, part + 1));
    mixer.see(within(three, part + 2));
    mixer.see(within(within(word, part), 3));
    mixer.see(within(within(first.context, part), 5));
    mixer.see(within(within(path, at + 1024), first.expected));
    if (history.length === 0) mixer.expectNothing(BELIEF.history);
    else mixer.expect(history.expected, 8, BELIEF.history + history.length);
    if (pool.length === 0) mixer.expectNothing(BELIEF.pool);
    else mixer.expect(pool.expected, 8, BELIEF.pool + pool.length);
    if (first.trust === 0) mixer.expectNothing(BELIEF.first);
    else mixer.expect(first.expected, 8, BELIEF.first + first.record);
    if (second.trust === 0) mixer.expectNothing(BELIEF.second);
    else mixer.expect(second.expected, 8, BELIEF.second + second.record);
    let node = 1;
    for (let i = 7; i >= 0; i--) node = node * 2 + mixer.bit((byte >> i) & 1, node);
    return node - 256;
  }
}

/** The byte to be coded at a place: zeros within a text, and what escapes them, take two. */
function nextSymbol(source: Uint8Array, at: number, escaped: boolean): number {
  if (at >= source.length) return 0;
  const byte = source[at] as number;
  if (byte > ESCAPE) return byte;
  if (!escaped) return ESCAPE;
  return byte === 0 ? 2 : ESCAPE;
}
