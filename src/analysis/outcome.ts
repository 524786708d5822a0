import type { Outcome } from './tally.ts';

/** The value with the members of all objects in the order of their names. */
function inOrder(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map((element) => inOrder(element));
  return Object.entries(value)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => [name, inOrder(member)]);
}

/** Whether a received value is the one that was sent, whose text this is. */
export function outcomeOf(received: unknown, text: string): Outcome {
  if (JSON.stringify(received) === text) return 'right';
  const sent: unknown = JSON.parse(text);
  const isSame = JSON.stringify(inOrder(received)) === JSON.stringify(inOrder(sent));
  return isSame ? 'order' : 'value';
}
