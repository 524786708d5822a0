import type { Hub } from '../../src/server/index.ts';

const PATIENCE_MS = 12_000;

/** Looks again and again until it holds; says what never did. */
export async function until(condition: () => boolean, what = ''): Promise<void> {
  const deadlineMs = performance.now() + PATIENCE_MS;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${what || condition.toString()}`);
    await pause(3);
  }
}

export function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** What a reader sees, as text. */
export function stateOf(map: ReadonlyMap<unknown, unknown>): string {
  return JSON.stringify([...map].sort(([a], [b]) => (String(a) < String(b) ? -1 : 1)));
}

/** Things to close after a test, last first. */
export class Cleanup {
  private readonly closings: (() => unknown)[] = [];

  add<C extends { close(): unknown }>(thing: C): C {
    this.closings.push(() => thing.close());
    return thing;
  }

  async run(): Promise<void> {
    for (const close of this.closings.splice(0).reverse()) await close();
  }
}

export function portOf(hub: Hub): { host: string; port: number } {
  return { host: '127.0.0.1', port: hub.port };
}
