import { describe, expect, it } from 'vitest';
import { ConflatedChanges } from '../../src/client/changes.ts';
import type { ChangeEvent } from '../../src/protocol/output.ts';

async function taken(...events: ChangeEvent<number>[]): Promise<unknown> {
  const stream = new ConflatedChanges<number>(() => undefined);
  for (const event of events) stream.push(event);
  return (await stream.next()).value;
}

describe('changes that were not taken in time', () => {
  it('A2 are one net change for each key, from the first to the last version', async () => {
    const changes = await taken(
      {
        from: 3,
        to: 4,
        changes: [
          ['new', 'a', 1],
          ['update', 'b', 1],
          ['delete', 'c', undefined],
        ],
      },
      {
        from: 4,
        to: 6,
        changes: [
          ['update', 'a', 2],
          ['delete', 'b', undefined],
          ['new', 'c', 2],
        ],
      },
    );
    expect(changes).toEqual({
      from: 3,
      to: 6,
      changes: [
        ['new', 'a', 2],
        ['delete', 'b', undefined],
        ['update', 'c', 2],
      ],
    });
  });

  it('A2 are from nothing where another producer has taken over among them', async () => {
    const changes = await taken(
      { from: 100, to: 101, changes: [['update', 'a', 1]] },
      { from: 0, to: 3, changes: [['update', 'a', 2]] },
      { from: 3, to: 4, changes: [['update', 'a', 3]] },
    );
    expect(changes).toEqual({ from: 0, to: 4, changes: [['update', 'a', 3]] });
  });
});
