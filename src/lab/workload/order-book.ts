import type { SeededRandom } from '../../testing/seeded-random.ts';
import { decimals } from './workload.ts';
import type { WorkloadKind } from './workload.ts';

type Level = readonly [price: number, amount: number];

interface Book {
  readonly market: string;
  readonly sequence: number;
  /** The highest price first. */
  readonly bids: readonly Level[];
  /** The lowest price first. */
  readonly asks: readonly Level[];
}

const MARKETS = ['BTC-EUR', 'ETH-EUR', 'BTC-USD', 'ETH-USD', 'SOL-USD', 'XRP-EUR'] as const;
const TICK = 0.5;

function amountOf(random: SeededRandom): number {
  return decimals(random.exponential(1.5) + 0.001, 4);
}

function firstBook(random: SeededRandom, market: string, levels: number): Book {
  const middle = 1000 + random.below(60_000);
  const side = (sign: number): Level[] =>
    Array.from({ length: levels }, (_, n) => [middle + sign * TICK * (n + 1), amountOf(random)]);
  return { market, sequence: 0, bids: side(-1), asks: side(1) };
}

/** Near the best price is where most happens: half of the time within the first eighth. */
function placeOf(random: SeededRandom, length: number): number {
  let range = length;
  while (range > 8 && random.chance(0.5)) range = Math.ceil(range / 2);
  return random.below(range);
}

/** One level gets another amount, goes, or a new one comes between two. */
function changedSide(side: readonly Level[], levels: number, random: SeededRandom): Level[] {
  const next = [...side];
  const at = placeOf(random, next.length);
  const [price] = next[at] as Level;
  const what = random.float();
  if (what < 0.6 || next.length < 2) next[at] = [price, amountOf(random)];
  else if (what < 0.8 && next.length > levels / 2) next.splice(at, 1);
  else {
    const [other] = next[at + 1] ?? [price + (price - (next[at - 1] as Level)[0])];
    const between = decimals((price + other) / 2, 3);
    // Prices have an end of decimals: where nothing fits between, the level changes.
    if (between === price || between === other) next[at] = [price, amountOf(random)];
    else next.splice(at + 1, 0, [between, amountOf(random)]);
  }
  return next.slice(0, levels);
}

/** Sorted arrays in which one row changes, comes or goes. */
export const orderBook: WorkloadKind = {
  name: 'order-book',
  summary: `books of ${MARKETS.length} markets: sorted arrays in which rows change, come and go`,
  size: { unit: 'levels on each side', initial: 100, min: 2, max: 5000 },
  change: { unit: 'levels', initial: 1, min: 1, max: 1000 },
  make: ({ random, size, change }) => {
    const draws = random.fork('orders');
    const firsts = random.fork('books');
    const first = MARKETS.map((market) => firstBook(firsts, market, size));
    const books = [...first];
    return {
      title: `${MARKETS.length} order books of ${size} levels on each side`,
      initial: () => first.map((book) => [book.market, book]),
      next: () => {
        const at = draws.below(books.length);
        const book = books[at] as Book;
        let { bids, asks } = book;
        for (let i = 0; i < change; i++) {
          if (draws.chance(0.5)) bids = changedSide(bids, size, draws);
          else asks = changedSide(asks, size, draws);
        }
        const next = { market: book.market, sequence: book.sequence + 1, bids, asks };
        books[at] = next;
        return [{ key: next.market, value: next }];
      },
    };
  },
};
