import { SeededRandom } from './seeded-random.ts';

/** The highest bid on an auction; before the first one user and time are null and the price 0. */
export interface Bid {
  readonly user: string | null;
  readonly price: number;
  /** UTC with microseconds: `2024-02-04 21:32:58.123456`. */
  readonly time: string | null;
}

export interface Auction {
  /** 32 hexadecimal digits. */
  readonly key: string;
  readonly title: string;
  /** 0 to 450 characters. */
  readonly description: string;
  readonly last_bid: Bid;
}

/** A workload: many auctions, and bids on them one after the other. */
export interface Auctions {
  /** Every auction as it was before the first bid. The same values at every call. */
  initial(): Auction[];
  /**
   * The next bid: some auction with its price raised by 1 to 10. A new object each time; its title
   * and description are those of before.
   * @param nowMs Time of the bid, in ms since 1970; fractions become microseconds.
   */
  next(nowMs: number): Auction;
}

const DESCRIPTION_LENGTH_MAX = 450;
const RAISE_MAX = 10;

const USERS = [
  'Amara Osei',
  'Björn Dahl',
  'Chiara Conti',
  'Dmitri Volkov',
  'Élise Fournier',
  'Farid Rahimi',
  'Greta Lindqvist',
  'Hiro Tanaka',
  'Inês Carvalho',
  'João Teixeira',
  'Katarzyna Nowak',
  'Liam Byrne',
  'Mei-Ling Chou',
  'Ngozi Eze',
  'Oskar Weiß',
  'Priya Raman',
] as const;

const QUALITIES = [
  'Antique',
  'Brass',
  'Carved',
  'Faded',
  'Hand-painted',
  'Lacquered',
  'Mended',
  'Oversized',
  'Rare',
  'Restored',
  'Signed',
  'Unfinished',
] as const;

const THINGS = [
  'accordion',
  'barometer',
  'chess set',
  'desk lamp',
  'globe',
  'harbour map',
  'music box',
  'pocket watch',
  'rocking chair',
  'sextant',
  'tea service',
  'typewriter',
  'weather vane',
  'writing desk',
] as const;

/** Descriptions are slices of this text. */
const CATALOGUE = `It stood for forty years in the window of a shop that sold nothing else, and \
the sun has left a mark on one side only. The maker's label is gone, but the screws are of a kind \
that was cut in one workshop and in no other. It works, if it is asked gently; a spare key is \
taped to the underside. The case has been opened twice, once by someone who knew how. There is a \
scratch near the hinge, a stain that may be tea, and the initials of a former owner, who is said \
to have carried it across two borders wrapped in a coat. It comes with its box, a receipt in a \
currency that no longer exists, and a letter asking whoever finds it to wind it on Sundays. \
Collection only: it is heavier than it looks, and the stairs are narrow. Please look at all the \
pictures before you bid, and ask if anything is unclear. Returns are not possible, stories about \
where it went next are welcome.`;

/**
 * Auctions for demonstrations and measurements: the same seed and count give the same auctions and
 * the same bids. Throws a `RangeError` unless count is an integer from 1 to 2^32.
 */
export function createAuctions(options: { seed: number | string; count: number }): Auctions {
  const random = new SeededRandom(options.seed);
  if (!Number.isInteger(options.count) || options.count < 1 || options.count > 2 ** 32) {
    throw new RangeError(`count must be an integer from 1 to 2^32, got ${options.count}`);
  }
  const first = newAuctions(random.fork('auctions'), options.count);
  const current = [...first];
  const bids = random.fork('bids');
  return {
    initial: () => [...first],
    next: (nowMs) => {
      const index = bids.below(current.length);
      const auction = current[index] as Auction;
      const price = auction.last_bid.price + 1 + bids.below(RAISE_MAX);
      const last_bid = { user: bids.pick(USERS), price, time: timeText(nowMs) };
      const next = { ...auction, last_bid };
      current[index] = next;
      return next;
    },
  };
}

function newAuctions(random: SeededRandom, count: number): Auction[] {
  const keys = new Set<string>();
  while (keys.size < count) keys.add(newKey(random));
  return [...keys].map((key) => ({
    key,
    title: `${random.pick(QUALITIES)} ${random.pick(THINGS)}`,
    description: newDescription(random),
    last_bid: { user: null, price: 0, time: null },
  }));
}

function newKey(random: SeededRandom): string {
  return Array.from({ length: 4 }, () => random.next().toString(16).padStart(8, '0')).join('');
}

function newDescription(random: SeededRandom): string {
  const length = random.below(DESCRIPTION_LENGTH_MAX + 1);
  const start = random.below(CATALOGUE.length - length + 1);
  return CATALOGUE.slice(start, start + length);
}

/** The calendar only formats: what time it is, the caller says. */
function timeText(nowMs: number): string {
  const wholeMs = Math.floor(nowMs);
  const micros = Math.floor((nowMs - wholeMs) * 1000);
  const [day = '', clock = ''] = new Date(wholeMs).toISOString().split('T');
  return `${day} ${clock.slice(0, -1)}${String(micros).padStart(3, '0')}`;
}
