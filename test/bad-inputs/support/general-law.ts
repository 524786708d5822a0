/**
 * What holds for every bad input, whatever its row says besides: a typed error or an outcome
 * of its own, in time, without much memory, and with the prototypes as they were.
 */
import { DiffStreamError } from '../../../src/core/errors.ts';
import { SeededRandom } from '../../../src/testing/seeded-random.ts';

/** Variants of each row at least. */
export const VARIANTS = 1000;
/** A frame limit, in bytes, under which a variant runs where its row names no other. */
const FRAME_BYTES = 128 * 1024;
const ALLOCATION_FACTOR = 8;
const MS_PER_KIB = 10;
/** Collection of garbage and a slow machine are not the variant's fault, in ms of work. */
const NOISE_MS = 1500;
/** Nor is code that the engine compiles when it first meets it, in bytes. */
const NOISE_BYTES = 2 * 1024 * 1024;

const guarded: readonly object[] = [
  Object.prototype,
  Array.prototype,
  String.prototype,
  Number.prototype,
  Function.prototype,
  Map.prototype,
  Set.prototype,
  Uint8Array.prototype,
  Error.prototype,
];

const pictureOf = (object: object): (readonly [PropertyKey, PropertyDescriptor | undefined])[] =>
  Reflect.ownKeys(object).map((name) => [name, Object.getOwnPropertyDescriptor(object, name)]);
const pictures = guarded.map(pictureOf);

/** Throws where a prototype that everything shares is not what it was at the start. */
export function expectPrototypes(): void {
  for (const [i, object] of guarded.entries()) {
    const before = pictures[i] ?? [];
    const now = pictureOf(object);
    const same =
      now.length === before.length &&
      now.every(([name, property], at) => {
        const [nameBefore, propertyBefore] = before[at] ?? [];
        return (
          name === nameBefore &&
          property?.value === propertyBefore?.value &&
          property?.get === propertyBefore?.get
        );
      });
    if (!same)
      throw new Error(`a prototype has changed: ${Object.prototype.toString.call(object)}`);
  }
}

/** For what has to hold amid a variant, on one of its ways only. */
export function must(holds: boolean, what: string): void {
  if (!holds) throw new Error(what);
}

/** One bad input, made ready; what `act` returns, or the code it throws, is its outcome. */
export interface Variant {
  readonly act: () => unknown;
  /** Its size in bytes: what it may cost goes by this. Default: a KiB. */
  readonly bytes?: number;
}

export interface LawOptions {
  readonly variants?: number;
  /** The frame limit that the parts under test were given. */
  readonly frameBytes?: number;
  /** What a bound of its own lets the part under test take at most, in ms of work. */
  readonly boundMs?: number;
}

/** Counts variants by what came of them. */
export type Outcomes = Record<string, number>;

/** Measures one variant after the other against the law. */
class Judge {
  readonly outcomes: Outcomes = {};
  private readonly allocationMax: number;
  private readonly noiseMs: number;
  private cpuMs = 0;
  private allowedMs = 0;
  private heapBytes = 0;
  private cpu = process.cpuUsage();
  private runs = 0;

  constructor(frameBytes: number, noiseMs: number) {
    this.allocationMax = frameBytes * ALLOCATION_FACTOR + NOISE_BYTES;
    this.noiseMs = noiseMs;
  }

  begin(): void {
    this.heapBytes = memoryBytes();
    this.cpu = process.cpuUsage();
  }

  end(outcome: string, bytes: number): void {
    const { user, system } = process.cpuUsage(this.cpu);
    const allocated = memoryBytes() - this.heapBytes;
    const allowedMs = MS_PER_KIB * Math.max(1, bytes / 1024);
    const workMs = (user + system) / 1000;
    this.cpuMs += workMs;
    this.allowedMs += allowedMs;
    if (workMs > allowedMs + this.noiseMs) throw new Error(`${bytes} bytes took ${workMs} ms`);
    if (allocated > this.allocationMax) {
      throw new Error(`${bytes} bytes took ${allocated} bytes of memory`);
    }
    this.outcomes[outcome] = (this.outcomes[outcome] ?? 0) + 1;
    if (this.runs++ % 100 === 0) expectPrototypes();
  }

  verdict(): Outcomes {
    expectPrototypes();
    if (this.cpuMs > this.allowedMs + this.noiseMs) {
      throw new Error(`${this.cpuMs} ms of work, where ${this.allowedMs} were allowed`);
    }
    return this.outcomes;
  }
}

function memoryBytes(): number {
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

/** A DiffStreamError's code; anything else that was thrown breaks the law, and goes on. */
function codeOf(error: unknown): string {
  if (error instanceof DiffStreamError) return error.code;
  throw error;
}

const outcomeOf = (result: unknown): string => (typeof result === 'string' ? result : 'handled');

/** Runs variants of a row, each drawn from a stream of its own, and counts what came of them. */
export function underLaw(
  row: string,
  make: (random: SeededRandom, n: number) => Variant | (() => unknown),
  { variants = VARIANTS, frameBytes = FRAME_BYTES, boundMs = NOISE_MS }: LawOptions = {},
): Outcomes {
  const random = new SeededRandom(row);
  const judge = new Judge(frameBytes, boundMs);
  for (let n = 0; n < variants; n++) {
    const made = make(random.fork(String(n)), n);
    const { act, bytes = 1024 } = typeof made === 'function' ? { act: made } : made;
    judge.begin();
    let outcome: string;
    try {
      outcome = outcomeOf(act());
    } catch (error) {
      outcome = inVariant(row, n, error);
    }
    judge.end(outcome, bytes);
  }
  return judge.verdict();
}

/** The same for what takes more than one turn. */
export async function underLawAsync(
  row: string,
  make: (random: SeededRandom, n: number) => () => Promise<unknown>,
  { variants = VARIANTS, frameBytes = FRAME_BYTES, boundMs = NOISE_MS }: LawOptions = {},
): Promise<Outcomes> {
  const random = new SeededRandom(row);
  const judge = new Judge(frameBytes, boundMs);
  for (let n = 0; n < variants; n++) {
    const act = make(random.fork(String(n)), n);
    judge.begin();
    let outcome: string;
    try {
      outcome = outcomeOf(await act());
    } catch (error) {
      outcome = inVariant(row, n, error);
    }
    judge.end(outcome, 1024);
  }
  return judge.verdict();
}

/** To find a variant again its row and number are enough. */
function inVariant(row: string, n: number, error: unknown): string {
  try {
    return codeOf(error);
  } catch (cause) {
    throw new Error(`${row}, variant ${n}: ${String(cause)}`, { cause });
  }
}
