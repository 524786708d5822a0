/** Small made-up feeds, each of a kind that asks for another answer. */
import { SeededRandom } from '../../src/testing/index.ts';

type Row = Record<string, unknown>;

/** Many small numeric entries of which one or two numbers move: the case for diffs. */
export function telemetry(updates = 300): Row[] {
  const random = new SeededRandom('telemetry');
  const cars = Array.from({ length: 8 }, (_, i) => ({
    id: `car-${i}`,
    model: 'a delivery van of the third series',
    driver: `driver number ${i} of the northern depot`,
    position: { lat: 48 + i / 7, lng: 11 + i / 9 },
    speed: 30 + i,
    doors: { left: false, right: false, rear: true },
    tyres: [2.4, 2.4, 2.5, 2.5],
    stops: Array.from({ length: 12 }, (_stop, n) => ({ at: `stop ${i * 12 + n}`, parcels: n * i })),
  }));
  return Array.from({ length: updates }, (_, i) => {
    const car = cars[random.below(cars.length)] ?? cars[0];
    if (car === undefined) throw new Error('there is a car');
    car.speed += random.below(5) - 2;
    car.position = { ...car.position, lat: car.position.lat + random.below(9) / 1e4 };
    return { t: 1_700_000_000_000 + i * 500, ...structuredClone(car) };
  });
}

/** Text of any printable characters, new each time: nothing saves anything. */
export function randomBlobs(updates = 150): Row[] {
  const random = new SeededRandom('blobs');
  const character = (): string => String.fromCharCode(35 + random.below(57));
  const above = (): string => String.fromCharCode(93 + random.below(34));
  return Array.from({ length: updates }, (_, i) => ({
    id: i % 5,
    blob: Array.from({ length: 300 }, () => (random.below(91) < 57 ? character() : above())).join(
      '',
    ),
  }));
}

const WORDS =
  'the quick brown fox jumps over a lazy dog while seven wizards brew strong coffee for nine kings '
    .trim()
    .split(' ');

/** Every value is written anew, of words that come again and again: the case for compression. */
export function rewrittenTexts(updates = 200): Row[] {
  const random = new SeededRandom('texts');
  const sentence = (): string => Array.from({ length: 60 }, () => random.pick(WORDS)).join(' ');
  return Array.from({ length: updates }, (_, i) => ({
    id: i % 4,
    headline: sentence().slice(0, 80),
    story: sentence(),
  }));
}

/** A log that grows at its end. */
export function appendedTexts(updates = 120): Row[] {
  const random = new SeededRandom('appended');
  let log = '';
  return Array.from({ length: updates }, (_, i) => {
    log += `${i}: ${random.pick(WORDS)} ${random.below(1000)}\n`;
    return { name: 'log', log };
  });
}

/** Few large documents in which little changes. */
export function largeDocuments(updates = 24): Row[] {
  const random = new SeededRandom('large');
  const rows = Array.from({ length: 500 }, (_, id) => ({
    id,
    name: `entry ${id}`,
    price: random.below(10_000) / 100,
  }));
  return Array.from({ length: updates }, () => {
    const row = rows[random.below(rows.length)];
    if (row !== undefined) row.price = random.below(10_000) / 100;
    return { title: 'all of it', rows: structuredClone(rows) };
  });
}

export function ndjson(rows: readonly unknown[]): string {
  return `${rows.map((row) => JSON.stringify(row)).join('\n')}\n`;
}
