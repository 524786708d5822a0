import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { Hub } from '../src/server/hub.ts';
import { Replica } from '../src/client/replica.ts';
import { ConsumerCache, ProducerCache } from '../src/index.ts';

const root = new URL('..', import.meta.url);
const read = (name: string): string => readFileSync(new URL(name, root), 'utf8');

/** The programs of a page, in the order in which they stand there. */
function programs(page: string): string[] {
  return [...read(page).matchAll(/```js\n([\s\S]*?)```/g)].map(([, program = '']) => program);
}

/** Runs what a page shows, in scopes of their own, as one module; returns what it prints. */
function run(prelude: string, parts: readonly string[], end: string): string {
  const imports = new Set<string>();
  const scopes = parts.map((part) => {
    for (const line of part.match(/^import .*$/gm) ?? []) imports.add(line.replace(/;.*$/, ';'));
    return part.replaceAll(/^import .*$/gm, '');
  });
  const code = [...imports, prelude, ...scopes, end].join('\n');
  const how = { cwd: root, encoding: 'utf8', timeout: 20_000 } as const;
  return execFileSync(process.execPath, ['--input-type=module', '--eval', code], how).trim();
}

describe('The programs of the pages', () => {
  const [producer = '', replica = '', hook = '', sender = '', receiver = ''] =
    programs('docs/guide.md');

  it('of the guide run as printed: a hub, a replica, and a hook of React', () => {
    const prelude = `
      const seen = [];
      const [badge, log] = [(status) => seen.push(status), (...error) => seen.push(error)];
      const draw = (van) => seen.push(van?.speed);
      const other = { id: 'van-08', speed: 7 };
      const loadAll = () => [{ id: 'van-01', speed: 0 }];
      const useCallback = (call) => call;
      const useSyncExternalStore = (subscribe, get) => {
        subscribe(() => seen.push('changed'));
        return get();
      };
    `;
    const end = `
      seen.push(useVan('van-08') === vans.get('van-08'));
      await vans.atLeast(fleet.update({ id: 'van-08', speed: 9 }).token);
      stop();
      await vans.close();
      await hub.close();
      console.log(JSON.stringify(seen));
    `;
    const [hub, copy] = [
      producer.replace('8080', '0').replaceAll('vans', 'fleet'),
      replica.replace("'ws://hub:8080/fleet'", '`${hub.url}/fleet`'),
    ];
    const seen = ['catching-up', 'live', 7, true, 9, 'changed', 'closed'];
    expect(JSON.parse(run(prelude, [hub, copy, hook], end))).toEqual(seen);
  });

  it('of the guide bring two ends together over a bus that loses, repeats and reorders', () => {
    const prelude = `
      const listeners = new Map();
      const later = [];
      let n = 0;
      const bus = {
        subscribe: (topic, listen) => listeners.set(topic, listen),
        publish: (topic, message) => {
          n++;
          if (n % 5 === 0) return;
          later.push([topic, message]);
          if (n % 3 === 0) later.push(later[0]);
          if (n % 4 === 0) later.reverse();
        },
      };
      const deliver = () => {
        for (const [topic, message] of later.splice(0)) listeners.get(topic)?.(message);
      };
      const setInterval = () => {};
      const log = (error) => console.log(error.code);
    `;
    // Deletions are never published: only a head tells of them.
    const end = `
      ask({ key: 1 });
      for (let i = 0; i < 300; i++) {
        if (i % 20 === 19) producer.delete('van-' + ((i - 12) % 7));
        send({ id: 'van-' + (i % 7), speed: i, note: 'the same text in all of them' });
        if (i % 3 === 0) deliver();
      }
      for (let i = 0; i < 9; i++) {
        tellHead();
        deliver();
      }
      console.log(consumer.verify(producer.head()), consumer.size, consumer.get('van-5').speed);
    `;
    expect(run(prelude, [sender, receiver], end)).toBe('true 6 299');
  });

  it('of the README and of the calls run as printed', () => {
    const [, network = ''] = programs('README.md');
    const end = 'console.log(replica.get(7).price); await replica.close(); await hub.close();';
    const free = network
      .replace('8080', '0')
      .replace("'ws://127.0.0.1:8080/auctions'", '`${hub.url}/auctions`');
    expect(run('', [free], end)).toBe('12');

    const [shared = ''] = programs('docs/calls.md');
    const prelude = `
      import { createServer } from 'node:http';
      import { serve } from 'diffstream/server';
      import { connect } from 'diffstream/client';
      const server = createServer().listen(0);
    `;
    const rest = `
      hub.stream('fleet').replaceAll([]);
      const vans = connect('ws://127.0.0.1:' + server.address().port + '/live/fleet');
      await vans.ready;
      await vans.close();
      await hub.close();
      server.close();
      console.log(vans.version);
    `;
    expect(run(prelude, [shared], rest)).toBe('1');
  });
});

describe('docs/calls.md', () => {
  it('names calls that there are, and all that a producer, consumer, hub or replica has', () => {
    const page = read('docs/calls.md');
    const tables = [...page.matchAll(/^\| (\w+) \| .*\n\| --- .*\n((?:\|.*\n)+)/gm)];
    const named = (title: string): string[] => {
      const [, , lines = ''] = tables.find(([, head]) => head === title) ?? [];
      const cells = lines.split('\n').map((line) => line.split('|')[1] ?? '');
      return cells.flatMap((cell) => [...cell.matchAll(/`(\w+)/g)].map(([, name = '']) => name));
    };
    const has = (made: { prototype: object }, name: string): boolean => name in made.prototype;
    const missing = [
      ...named('producer').filter((name) => !has(ProducerCache, name)),
      ...named('consumer').filter((name) => !has(ConsumerCache, name)),
      ...named('hub').filter((name) => !has(Hub, name)),
      ...named('replica').filter((name) => !has(Replica, name)),
    ];
    expect(missing.filter((name) => name !== 'ready' && name !== 'Symbol')).toEqual([]);
    expect(['producer', 'consumer', 'hub', 'replica'].map((title) => named(title).length)).toEqual([
      10, 4, 9, 17,
    ]);
  });
});
