import type { SeededRandom } from '../../testing/seeded-random.ts';
import { decimals, distinct } from './workload.ts';
import type { WorkloadKind } from './workload.ts';

interface Player {
  readonly id: number;
  readonly name: string;
  readonly position: { readonly x: number; readonly y: number; readonly z: number };
  readonly heading: number;
  readonly health: number;
  readonly score: number;
  readonly carries: readonly string[];
}

const FIELD = 1000;
const THINGS = ['key', 'lamp', 'map', 'rope', 'shield', 'torch'] as const;

function newPlayer(random: SeededRandom, id: number): Player {
  return {
    id,
    name: `player ${id}`,
    position: { x: random.below(FIELD), y: random.below(FIELD), z: 0 },
    heading: random.below(360),
    health: 100,
    score: 0,
    carries: [],
  };
}

function stepOf(player: Player, random: SeededRandom): Player {
  const { position } = player;
  const move = (at: number): number =>
    decimals(Math.min(FIELD, Math.max(0, at + random.float() * 4 - 2)), 2);
  const met = random.float();
  return {
    ...player,
    position: { x: move(position.x), y: move(position.y), z: position.z },
    heading: (player.heading + random.below(21) + 350) % 360,
    health: met < 0.03 ? Math.max(0, player.health - random.below(10)) : player.health,
    score: met > 0.97 ? player.score + 1 + random.below(5) : player.score,
    carries: met > 0.98 ? [...player.carries, random.pick(THINGS)].slice(-4) : player.carries,
  };
}

/** Many small changes that have to become visible at once. */
export const gameTick: WorkloadKind = {
  name: 'game-tick',
  summary: 'players of a game, many of which move in one tick: one batch for each',
  size: { unit: 'players', initial: 64, min: 1, max: 10_000 },
  change: { unit: 'players that move', initial: 24, min: 1, max: 10_000 },
  make: ({ random, size, change }) => {
    const draws = random.fork('moves');
    const firsts = random.fork('players');
    const first = Array.from({ length: size }, (_, id) => newPlayer(firsts, id));
    const players = [...first];
    return {
      title: `${size} players`,
      initial: () => first.map((player) => [player.id, player]),
      next: () =>
        distinct(draws, Math.min(change, size), size).map((id) => {
          const player = stepOf(players[id] as Player, draws);
          players[id] = player;
          return { key: id, value: player };
        }),
    };
  },
};
