/** Settings of a user's own are looked at before they are played. */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../src/testing/index.ts';
import { checkSwarm } from '../../src/testing/simulator/check-swarm.ts';
import { drawSwarm } from '../../src/testing/simulator/swarm.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { codeOf } from '../support/error-code.ts';

describe('L1 a swarm that is passed', () => {
  it('may be whatever a seed draws', () => {
    const swarms = Array.from({ length: 500 }, (_, seed) => drawSwarm(new SeededRandom(seed)));
    for (const swarm of [...swarms, {}, { replicas: undefined } as object]) {
      expect(codeOf(() => checkSwarm(swarm))).toBe('no error');
    }
  });

  const wrong: readonly (readonly [string, object])[] = [
    ['repicas', { repicas: 3 }],
    ['chaosMs', { chaosMs: Number.POSITIVE_INFINITY }],
    ['chaosMs', { chaosMs: 86_400_001 }],
    ['jitterMs', { jitterMs: 0.5 }],
    ['latencyMs', { latencyMs: -1 }],
    ['replicas', { replicas: 0 }],
    ['keys', { keys: 0 }],
    ['commitsPerTurn', { commitsPerTurn: 0 }],
    ['unpackMs', { unpackMs: 0 }],
    ['loss', { loss: 1.01 }],
    ['flips', { flips: Number.NaN }],
    ['stales', { stales: '0.5' }],
    ['codec', { codec: 'Dense' }],
    ['heartbeat', { session: { heartbeat: 3 } }],
    ['journalMax', { limits: { journalMax: 3 } }],
    ['__proto__', JSON.parse('{"__proto__":1}') as object],
  ];
  it.each(wrong)('is refused by name: %s', (name, swarm) => {
    expect(codeOf(() => simulate({ seed: 1, swarm }))).toBe('bad-argument');
    expect(() => simulate({ seed: 1, swarm })).toThrow(name);
  });

  it('is played at the ends of its ranges', () => {
    const swarm = { chaosMs: 1, replicas: 1, keys: 1, commitsPerTurn: 1, loss: 1, valueChars: 0 };
    expect(simulate({ seed: 1, swarm }).violation).toBeUndefined();
  });
});
