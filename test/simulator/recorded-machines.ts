/** All that hubs and replicas are told and say in a simulated run, as one hash and some sums. */
import { createHash } from 'node:crypto';
import type { PublisherOutput, SubscriberOutput } from '../../src/protocol/output.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { bytesCheck } from '../../src/protocol/seal.ts';
import { Subscriber } from '../../src/protocol/subscriber.ts';
import { plainDense } from './plain-dense.ts';
import { instead, together } from './plant.ts';

type Output = PublisherOutput | SubscriberOutput<unknown>;
type Machine = Publisher | Subscriber<unknown>;

const ofHubs = ['receive', 'flush', 'work', 'packed', 'tick'];
const ofReplicas = ['start', 'connected', 'disconnected', 'receive', 'unpacked', 'tick'];

/** What the machines of a run came to, added up. */
export type Sums = Record<string, number>;

/** Records the calls of machines while `run` goes on; dense frames are coded plainly meanwhile. */
export function recorded(run: () => void): { sums: Sums; sha256: string } {
  const lines = createHash('sha256');
  const machines = new Map<Machine, number>();
  const record = (name: string) => (own: (...args: unknown[]) => readonly Output[]) =>
    function call(this: Machine, ...args: unknown[]): readonly Output[] {
      const outputs = own.apply(this, args);
      if (!machines.has(this)) machines.set(this, machines.size);
      lines.update(`${machines.get(this)} ${name} ${args.map(textOf).join(' ')}\n`);
      for (const output of outputs) lines.update(`${textOf(output)}\n`);
      lines.update(`${this.nextTimeoutMs()} ${name === 'tick' ? standingOf(this) : ''}\n`);
      return outputs;
    };
  const takeOut = together(
    plainDense,
    ...ofHubs.map((name) => instead(Publisher, name, record(name) as never)),
    ...ofReplicas.map((name) => instead(Subscriber, name, record(name) as never)),
  )();
  try {
    run();
  } finally {
    takeOut();
  }
  const sums: Sums = {};
  for (const machine of machines.keys()) {
    lines.update(`${standingOf(machine)}\n`);
    const counted = 'counters' in machine ? machine.counters : machine.stats;
    for (const [name, count] of Object.entries(counted)) {
      const title = `${'counters' in machine ? 'hubs' : 'replicas'}: ${name}`;
      sums[title] = (sums[title] ?? 0) + count;
    }
  }
  return { sums, sha256: lines.digest('hex').slice(0, 16) };
}

/** An output, or an argument, without what is worded for people. */
function textOf(value: unknown): string {
  return (
    JSON.stringify(value, (_, part: unknown) => {
      if (part instanceof Uint8Array) return `${part.length}/${bytesCheck(part, 0)}`;
      if (!(part instanceof Error)) return part;
      return 'code' in part ? part.code : part.name;
    }) ?? ''
  );
}

function standingOf(machine: Machine): string {
  if ('counters' in machine) {
    const { counters, sessionCount, wholeBytes, answers } = machine;
    const latest = answers.after(answers.total - 3);
    return JSON.stringify([counters, sessionCount, wholeBytes, machine.describe(), latest]);
  }
  const { stats, status, state, lagVersions } = machine;
  return JSON.stringify([stats, status, state, lagVersions, machine.ageMs(0)]);
}
