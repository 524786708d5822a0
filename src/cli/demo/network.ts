import type { ReplicaAct } from '../../server/index.ts';
import { startFaultProxy } from '../../testing/index.ts';
import type { FaultCounters, FaultProxy, Faults } from '../../testing/index.ts';
import { countOf } from '../figures.ts';

/** What is added by hand to the delay of everything for a replica, in ms. */
const DELAY_MS = 400;
/** How long nothing passes when somebody stalls a replica, in ms. */
const STALL_MS = 3000;

/** What people did to the network, counted. */
export type ByHand = Readonly<Record<ReplicaAct, number>>;

/** The way between the hub and one replica. */
class Link {
  readonly proxy: FaultProxy;
  #faults: Faults = {};
  #isDelayed = false;

  constructor(proxy: FaultProxy) {
    this.proxy = proxy;
  }

  get isDelayed(): boolean {
    return this.#isDelayed;
  }

  begin(faults: Faults): void {
    this.#faults = faults;
    this.#apply();
  }

  heal(): void {
    this.#faults = {};
    this.#isDelayed = false;
    this.proxy.heal();
  }

  act(act: ReplicaAct): void {
    if (act === 'cut') this.proxy.cutAll();
    if (act === 'stall') this.proxy.stall(STALL_MS);
    if (act === 'corrupt') this.proxy.corruptAll();
    if (act === 'delay') {
      this.#isDelayed = !this.#isDelayed;
      this.#apply();
    }
  }

  #apply(): void {
    const { delayMs = 0 } = this.#faults;
    this.proxy.set({
      ...this.#faults,
      ...(this.#isDelayed ? { delayMs: delayMs + DELAY_MS } : {}),
    });
  }
}

/** The network between the hub and its replicas: for each a way of its own, to be hurt alone. */
export class DemoNetwork {
  readonly #links: ReadonlyMap<string, Link>;
  readonly #byHand = { cut: 0, delay: 0, corrupt: 0, stall: 0 };
  #isHealed = false;

  /** `names`: of those who connect. Rejects with what `startFaultProxy` rejects with. */
  static async start(options: {
    readonly port: number;
    readonly seed: string;
    readonly names: readonly string[];
  }): Promise<DemoNetwork> {
    const { port, seed, names } = options;
    const links = names.map(async (name): Promise<[string, Link]> => {
      const proxy = await startFaultProxy({ target: { port }, seed: `${seed} ${name}` });
      return [name, new Link(proxy)];
    });
    return new DemoNetwork(new Map(await Promise.all(links)));
  }

  private constructor(links: ReadonlyMap<string, Link>) {
    this.#links = links;
  }

  /** What happened so far, in all of it. */
  get counters(): FaultCounters {
    const [first, ...others] = [...this.#links.values()].map(({ proxy }) => proxy.counters);
    const sum = { ...first } as FaultCounters;
    for (const counters of others) {
      for (const name of Object.keys(sum) as (keyof FaultCounters)[]) sum[name] += counters[name];
    }
    return sum;
  }

  get byHand(): ByHand {
    return { ...this.#byHand };
  }

  /** Bytes that came out of it towards these. */
  bytesDown(names: readonly string[]): number {
    return names.reduce((sum, name) => sum + this.#link(name).proxy.counters.bytesDown, 0);
  }

  has(name: string): boolean {
    return this.#links.has(name);
  }

  url(name: string, path: string): string {
    return this.#link(name).proxy.url(path);
  }

  isDelayed(name: string): boolean {
    return this.#link(name).isDelayed;
  }

  begin(faults: Faults): void {
    for (const link of this.#links.values()) link.begin(faults);
  }

  /** Ends all faults, for good: nobody can hurt it any more. */
  heal(): void {
    this.#isHealed = true;
    for (const link of this.#links.values()) link.heal();
  }

  /** Hurts one way, by hand; false where that is over. */
  act(name: string, act: ReplicaAct): boolean {
    if (this.#isHealed) return false;
    this.#byHand[act]++;
    this.#link(name).act(act);
    return true;
  }

  async close(): Promise<void> {
    await Promise.all([...this.#links.values()].map((link) => link.proxy.close()));
  }

  #link(name: string): Link {
    const link = this.#links.get(name);
    if (link === undefined) throw new Error(`nobody is called ${name}`);
    return link;
  }
}

/** `2 cuts, 1 stall`; '' where nobody did anything. */
export function byHandText({ cut, delay, corrupt, stall }: ByHand): string {
  const named: readonly (readonly [count: number, one: string])[] = [
    [cut, 'cut'],
    [delay, 'change of delay'],
    [corrupt, 'corruption'],
    [stall, 'stall'],
  ];
  return named
    .filter(([count]) => count > 0)
    .map(([count, one]) =>
      one === 'change of delay' ? countOf(count, one, 'changes of delay') : countOf(count, one),
    )
    .join(', ');
}
