import type { SeededRandom } from '../../testing/seeded-random.ts';
import { decimals } from './workload.ts';
import type { WorkloadKind } from './workload.ts';

interface Quote {
  readonly symbol: string;
  readonly bid: number;
  readonly ask: number;
  readonly last: number;
  readonly volume: number;
  readonly high: number;
  readonly low: number;
  readonly time: number;
}

const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ';

function symbolOf(n: number): string {
  let text = '';
  for (let rest = n; text.length < 3 || rest > 0; rest = Math.floor(rest / LETTERS.length)) {
    text = (LETTERS[rest % LETTERS.length] as string) + text;
  }
  return text;
}

function firstQuote(random: SeededRandom, symbol: string): Quote {
  const last = decimals(5 + random.float() * 495, 2);
  return { symbol, bid: last, ask: last, last, volume: 0, high: last, low: last, time: 0 };
}

/** A trade moves the price by a few hundredths, and everything that hangs on it. */
function traded(quote: Quote, random: SeededRandom, nowMs: number): Quote {
  const step = (random.below(7) - 3) * 0.01;
  const last = Math.max(0.01, decimals(quote.last + step, 2));
  return {
    symbol: quote.symbol,
    bid: decimals(last - 0.01, 2),
    ask: decimals(last + 0.01 + random.below(2) * 0.01, 2),
    last,
    volume: quote.volume + 100 * (1 + random.below(20)),
    high: Math.max(quote.high, last),
    low: Math.min(quote.low, last),
    time: Math.floor(nowMs),
  };
}

/** Small objects of numbers, nearly all of which change. */
export const ticker: WorkloadKind = {
  name: 'ticker',
  summary: 'quotes of symbols: small objects whose numbers nearly all change',
  size: { unit: 'symbols', initial: 500, min: 1, max: 15_000 },
  change: { unit: 'trades', initial: 1, min: 1, max: 1000 },
  make: ({ random, size, change }) => {
    const draws = random.fork('trades');
    const firsts = random.fork('quotes');
    const first = Array.from({ length: size }, (_, n) => firstQuote(firsts, symbolOf(n)));
    const quotes = [...first];
    return {
      title: `${size} quotes`,
      initial: () => first.map((quote) => [quote.symbol, quote]),
      next: (nowMs) => {
        const touched = new Map<string, Quote>();
        for (let i = 0; i < change; i++) {
          const at = draws.below(size);
          const quote = traded(quotes[at] as Quote, draws, nowMs);
          quotes[at] = quote;
          touched.set(quote.symbol, quote);
        }
        return [...touched].map(([key, value]) => ({ key, value }));
      },
    };
  },
};
