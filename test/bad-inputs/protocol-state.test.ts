import { describe, expect, it } from 'vitest';
import { Frame } from '../../src/cache/frame.ts';
import { DiffCache } from '../../src/index.ts';
import type { Value } from '../../src/index.ts';
import { decodeHubMessage } from '../../src/protocol/hub-message-reader.ts';
import { encodeMessage } from '../../src/protocol/message-codec.ts';
import type { Answer, Hello } from '../../src/protocol/message.ts';
import { MESSAGE } from '../../src/protocol/message.ts';
import { SeededRandom } from '../../src/testing/seeded-random.ts';
import { contents, errorOf } from '../cache/support/healing.ts';
import { HELLO, EPOCH, newProducer, Rig, stateOf } from '../protocol/session-rig.ts';
import type { Row } from '../protocol/session-rig.ts';
import { HubBench, ReplicaBench } from './support/benches.ts';
import { underLaw, VARIANTS } from './support/general-law.ts';

/** What machines do over many seconds of their time, healing included. */
const HEALING = { frameBytes: 512 * 1024 };
const handled = { handled: VARIANTS };

const text = (random: SeededRandom): string => random.pick(['', 'x'.repeat(random.below(90))]);

/** A head as the hub of a bench would send it, with something else in it. */
function headOf(rig: Rig, change: object): Uint8Array {
  const { version } = rig.producer;
  const digest = rig.producer.digestWords();
  const check = rig.producer.headCheck();
  return encodeMessage({ kind: 'head', version, digest, check, ...change });
}

describe('versions', () => {
  it('BI-76 a repeat of a message or frame is ignored, however late it comes', () => {
    const outcomes = underLaw(
      'BI-76',
      (random, n) => {
        if (n % 4 === 0) {
          const bench = new ReplicaBench();
          const { rig, bad } = bench;
          for (let i = 0; i < 3; i++) {
            rig.put(`row ${random.below(9)}`, random.next(), text(random));
            rig.turn();
          }
          const frames = bad.received.filter(([type]) => type === MESSAGE.frame);
          const events = bad.events.length;
          return () => {
            const outcome = bench.throwAt(...Array.from({ length: 5 }, () => random.pick(frames)));
            return bad.events.length === events ? outcome : 'told twice';
          };
        }
        const producer = DiffCache.producer<Value>();
        const consumer = DiffCache.consumer<Value>();
        const sent = Array.from({ length: 6 }, (_, i) => producer.set(`k${random.below(3)}`, i));
        for (const message of sent) consumer.update(message.encode());
        const late = random.pick(sent).encode();
        const before = contents(consumer);
        return () => {
          const [outcome] = consumer.update(late);
          return contents(consumer) === before ? outcome : 'changed';
        };
      },
      HEALING,
    );
    expect(outcomes).toEqual({ ignored: VARIANTS });
  });

  it('BI-77 a gap is told, and closed by a resume from the version held', () => {
    const outcomes = underLaw(
      'BI-77',
      (random) => () => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        let lost = 1 + random.below(3);
        rig.tamper = ({ way, bytes, consumer }) => {
          const hit = way === 'down' && consumer === bad.id && bytes[0] === MESSAGE.frame;
          return hit && lost-- > 0 ? [] : [bytes];
        };
        for (let i = 0; i < 4; i++) {
          rig.put(`row ${random.below(9)}`, random.next(), text(random));
          rig.turn();
        }
        rig.pass(1500);
        bench.expectHealed();
        expect(bad.subscriber.stats.snapshots).toBe(1);
        return bad.codes.join();
      },
      HEALING,
    );
    expect(outcomes).toEqual({ gap: VARIANTS });
  });

  it('BI-78 a producer that has gone back in its epoch is refused, and waited for', () => {
    const outcomes = underLaw(
      'BI-78',
      (random) => () => {
        const bench = new ReplicaBench();
        const { rig, bad, good } = bench;
        const { version } = bad.cache;
        const behind = newProducer();
        const back = 1 + random.below(version - 1);
        for (let n = 0; n < version - back; n++) {
          behind.set(`row ${n}`, rig.producer.get(`row ${n}`) as Row);
        }
        const held = stateOf(bad.cache);
        rig.restart(behind);
        rig.pass(2000);
        expect([bad.cache.version, stateOf(bad.cache)]).toEqual([version, held]);
        expect([bad.subscriber.status, good.subscriber.status]).toEqual(['stale', 'stale']);
        return bad.codes.at(-1);
      },
      HEALING,
    );
    expect(outcomes).toEqual({ ahead: VARIANTS });
  });

  it('BI-79 a jump to the last version there is is a gap, and never believed unproved', () => {
    const outcomes = underLaw(
      'BI-79',
      (random, n) => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        const version = Number.MAX_SAFE_INTEGER - random.below(random.pick([1, 2 ** 20]));
        const from = random.pick([bad.cache.version, version - 1]);
        const forged = new Frame(EPOCH, { from, to: version }, [], random.next());
        const bytes = [
          headOf(rig, { version }),
          encodeMessage({ kind: 'frame', body: forged.body() }),
        ][n % 2] as Uint8Array;
        return () => {
          const outcome = bench.throwAt(bytes);
          return bad.cache.version < 100 ? outcome : 'adopted';
        };
      },
      HEALING,
    );
    const { gap = 0, 'digest-mismatch': mismatch = 0 } = outcomes;
    expect(gap + mismatch).toBe(VARIANTS);
  });

  it('BI-80 version 0 is nobody’s position, and no state', () => {
    const hub = new HubBench();
    const outcomes = underLaw('BI-80', (random, n) => {
      const digest = Array.from({ length: 4 }, () => random.next());
      const position = { epoch: EPOCH, version: 0, digest };
      if (n % 3 === 0) {
        const bytes = encodeMessage({ ...HELLO, position });
        return () => hub.attack([bytes]);
      }
      if (n % 3 === 1) {
        const bytes = encodeMessage({ kind: 'resume', nonce: [1, 1], position, trust: 'position' });
        return () => hub.attack([bytes], { greet: true });
      }
      const producer = DiffCache.producer<Value>({ epoch: EPOCH });
      producer.set('k', 1);
      const consumer = DiffCache.consumer<Value>();
      consumer.apply(producer.frame(0));
      const empty = new Frame(EPOCH, { from: 0, to: 0 }, [], random.next()).encode();
      return () => {
        expect(consumer.apply(empty)).toEqual([]);
        return consumer.get('k') === 1 ? 'handled' : 'emptied';
      };
    });
    expect(outcomes).toEqual({ '1002 malformed': 667, handled: 333 });
    hub.expectUnharmed();
  });
});

const OLDER = { term: EPOCH.term - 1, incarnation: 'a'.repeat(16) };
const NEWER = { term: EPOCH.term + 1, incarnation: 'b'.repeat(16) };
const EQUAL = { term: EPOCH.term, incarnation: 'c'.repeat(16) };

describe('epochs', () => {
  /** A hub in whose place another one answers, with a producer of this epoch. */
  function replaced(random: SeededRandom, epoch: typeof EPOCH): ReplicaBench {
    const bench = new ReplicaBench();
    const other = newProducer({ epoch });
    for (let n = random.below(9); n >= 0; n--) other.set(`other ${n}`, { key: `other ${n}`, n });
    bench.rig.restart(other);
    return bench;
  }

  /** A message or frame of another writer, to a copy of the first. */
  function strange(random: SeededRandom, epoch: typeof EPOCH): string {
    const own = DiffCache.producer<Value>({ epoch: EPOCH });
    const other = DiffCache.producer<Value>({ epoch });
    const consumer = DiffCache.consumer<Value>();
    for (let i = 0; i < 3; i++) {
      own.set(`k${i}`, i);
      other.set(`k${i}`, -1 - i);
    }
    consumer.apply(own.frame(0).encode());
    const head = consumer.head();
    const late = random.chance(0.5)
      ? (): unknown => consumer.update(other.retran(`k${random.below(3)}`).encode())
      : (): unknown => consumer.apply(other.frame(random.below(3)).encode());
    const { code } = errorOf(late);
    expect(consumer.head()).toEqual(head);
    return code;
  }

  it('BI-81 what an older epoch still says is refused, and changes nothing', () => {
    const outcomes = underLaw(
      'BI-81',
      (random, n) => {
        if (n % 2 === 1) return () => strange(random, OLDER);
        return () => {
          const { rig, bad } = replaced(random, OLDER);
          const held = stateOf(bad.cache);
          rig.pass(2000);
          return stateOf(bad.cache) === held ? bad.codes.at(-1) : 'taken over';
        };
      },
      HEALING,
    );
    expect(outcomes).toEqual({ 'stale-epoch': VARIANTS });
  });

  it('BI-82 a newer epoch is believed only when its content has been checked', () => {
    const outcomes = underLaw(
      'BI-82',
      (random) => () => {
        const { rig, bad } = replaced(random, NEWER);
        const held = stateOf(bad.cache);
        let answers = 0;
        rig.tamper = ({ way, bytes }) => {
          if (way === 'up') return [bytes];
          // The answer alone arrives: it announces, and proves nothing.
          if (bytes[0] === MESSAGE.answer) answers++;
          return bytes[0] === MESSAGE.answer ? [bytes] : [];
        };
        rig.pass(1500);
        expect(answers).toBeGreaterThan(0);
        const shown = `${bad.subscriber.status} ${stateOf(bad.cache) === held}`;
        rig.tamper = ({ bytes }) => [bytes];
        for (let i = 0; i < 9 && bad.subscriber.status !== 'live'; i++) rig.pass(5000);
        expect(stateOf(bad.cache)).toBe(stateOf(rig.producer));
        return shown;
      },
      HEALING,
    );
    expect(outcomes).toEqual({ 'stale true': VARIANTS });
  });

  it('BI-83 a second writer with an equal term is a conflict; the copy stays as it was', () => {
    const outcomes = underLaw(
      'BI-83',
      (random, n) => {
        if (n % 2 === 1) return () => strange(random, EQUAL);
        return () => {
          const { rig, bad } = replaced(random, EQUAL);
          const held = stateOf(bad.cache);
          rig.pass(2000);
          expect(bad.subscriber.status).toBe('conflict');
          return stateOf(bad.cache) === held ? bad.codes.at(-1) : 'taken over';
        };
      },
      HEALING,
    );
    expect(outcomes).toEqual({ 'epoch-conflict': VARIANTS });
  });

  it('BI-84 a consumer cannot write: neither by a claimed epoch nor by a hub’s messages', () => {
    const hub = new HubBench();
    const head = hub.rig.producer.head();
    const outcomes = underLaw('BI-84', (random, n) => {
      const epoch = {
        term: EPOCH.term + random.below(random.pick([1, 1e6])),
        incarnation: 'd'.repeat(16),
      };
      const position = { epoch, version: 1 + random.below(99), digest: [1, 2, 3, 4] };
      if (n % 3 === 0) return () => hub.attack([encodeMessage({ ...HELLO, position })]);
      if (n % 3 === 1) {
        const resume = { kind: 'resume', nonce: [1, 1], position, trust: 'position' } as const;
        return () => hub.attack([encodeMessage(resume)], { greet: true });
      }
      const other = newProducer({ epoch: { ...epoch, term: epoch.term + 1 } });
      other.set('forged', { key: 'forged', n: 1 });
      const own = random.pick([
        encodeMessage({ kind: 'frame', body: other.frame(0).body() }),
        headOf(hub.rig, {}),
        other.frame(0).encode(),
        other.retran('forged').encode(),
      ]);
      return () => hub.attack([own], { greet: random.chance(0.5) });
    });
    const { '1002 malformed': written, ...claimed } = outcomes;
    expect(written).toBe(333);
    expect(Object.keys(claimed).toSorted()).toEqual(['4000 epoch-conflict', '4000 stale-epoch']);
    expect(hub.rig.producer.head()).toEqual(head);
    hub.expectUnharmed();
  });
});

describe('replays', () => {
  /** What a hub sent in an earlier session, and the copy in a new one. */
  function recorded(random: SeededRandom): { bench: ReplicaBench; old: Uint8Array[] } {
    const bench = new ReplicaBench();
    const { rig, bad } = bench;
    for (let i = 1 + random.below(4); i > 0; i--) {
      rig.put(`row ${random.below(9)}`, random.next());
      rig.turn();
    }
    rig.pass(1000);
    const old = [...bad.received];
    rig.cut(bad);
    return { bench, old };
  }

  it('BI-85 a recorded session is of no use in another, nor are recorded requests', () => {
    const hub = new HubBench();
    const outcomes = underLaw(
      'BI-85',
      (random, n) => {
        if (n % 4 === 0) {
          const ack = encodeMessage({ kind: 'ack', bytes: 9000 + random.below(1e6), version: 5 });
          return () => hub.attack([ack], { greet: true });
        }
        const { bench, old } = recorded(random);
        const { rig, bad } = bench;
        return () => {
          rig.tamper = ({ way, bytes }) => (way === 'up' ? [] : [bytes]);
          rig.pass(250);
          if (bad.subscriber.state !== 'greeting') return 'not asked yet';
          const held = bad.cache.version;
          for (const bytes of old) rig.injectDown(bad, bytes);
          expect([bad.subscriber.state, bad.cache.version]).toEqual(['greeting', held]);
          rig.tamper = ({ bytes }) => [bytes];
          bench.expectHealed(20_000);
          return bad.codes.filter((code) => !/^(unreachable|timeout)$/.test(code)).join();
        };
      },
      HEALING,
    );
    const {
      '1002 unexpected-message': requests,
      '': dropped = 0,
      'not asked yet': rest = 0,
    } = outcomes;
    expect([requests, dropped + rest]).toEqual([250, 750]);
    expect(dropped).toBeGreaterThan(700);
    hub.expectUnharmed();
  });

  it('BI-86 an old snapshot, sent again, takes nothing back', () => {
    const outcomes = underLaw(
      'BI-86',
      (random) => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        const snapshot = encodeMessage({ kind: 'frame', body: rig.producer.frame(0).body() });
        for (let i = 1 + random.below(4); i > 0; i--) {
          if (random.chance(0.3)) rig.commit((producer) => producer.delete(`row ${i}`));
          else rig.put(`row ${random.below(9)}`, random.next());
          rig.turn();
        }
        const events = bad.events.length;
        return () => {
          const outcome = bench.throwAt(
            ...Array.from({ length: 1 + random.below(3) }, () => snapshot),
          );
          return bad.events.length === events ? outcome : 'told';
        };
      },
      HEALING,
    );
    expect(outcomes).toEqual({ ignored: VARIANTS });
  });
});

/** The messages that a hub answers a hello with. */
function answersTo(rig: Rig, hello: Partial<Hello>): ReturnType<typeof decodeHubMessage>[] {
  rig.publisher.open(7, rig.nowMs);
  const outputs = rig.publisher.receive(7, encodeMessage({ ...HELLO, ...hello }), rig.nowMs);
  rig.publisher.closed(7);
  return outputs.flatMap((output) =>
    output.kind === 'send' ? [decodeHubMessage(output.bytes)] : [],
  );
}

function rigOf(random: SeededRandom, journalEntriesMax = 1000): Rig {
  const limits = { journalEntriesMax, tombstonesMax: journalEntriesMax };
  const rig = new Rig({}, newProducer({ limits }));
  for (let n = 0; n < 40; n++) {
    if (n % 7 === 6) rig.commit((producer) => producer.delete(`row ${n - 1}`));
    else rig.put(`row ${n}`, random.next(), 'x'.repeat(150));
  }
  return rig;
}

describe('where a consumer says it stands', () => {
  const at = (version: number, digest: readonly number[] = [1, 2, 3, 4]): Partial<Hello> => ({
    position: { epoch: EPOCH, version, digest },
  });

  it('BI-87 from the future nothing of the past is served', () => {
    const rig = rigOf(new SeededRandom('rows of 87'));
    const outcomes = underLaw('BI-87', (random) => {
      const version = rig.producer.version + 1 + random.below(random.pick([1, 99, 2 ** 32]));
      const trust = random.pick(['position', 'compare', 'nothing'] as const);
      return () => {
        const [first, ...rest] = answersTo(rig, { ...at(version), trust });
        expect(rest).toEqual([]);
        return first?.kind === 'refusal' ? first.code : 'served';
      };
    });
    expect(outcomes).toEqual({ ahead: VARIANTS });
  });

  it('BI-88 from before what is remembered everything is sent, or what differs', () => {
    const rig = rigOf(new SeededRandom('rows of 88'), 2);
    expect(rig.producer.floor).toBeGreaterThan(20);
    const outcomes = underLaw('BI-88', (random) => {
      const version = 1 + random.below(rig.producer.floor - 1);
      return () => {
        const [answer, ...rest] = answersTo(rig, at(version));
        expect(answer?.kind).toBe('answer');
        const { comparison, from } = answer as Answer;
        expect([from, rest.length]).toEqual([0, comparison === undefined ? 1 : 0]);
        return 'handled';
      };
    });
    expect(outcomes).toEqual(handled);
  });

  it('BI-89 with the right version but another content a copy is mended, never called live', () => {
    const outcomes = underLaw(
      'BI-89',
      (random) => () => {
        const rig = rigOf(random);
        const consumer = rig.join();
        rig.turn();
        const fork = newProducer();
        const changed = random.below(5);
        for (let n = 0; n < 40; n++) {
          const row = rig.producer.get(`row ${n}`) ?? { key: `row ${n}`, n };
          fork.set(`row ${n}`, n % 5 === changed ? { ...row, n: random.next() } : row);
        }
        expect(fork.version).toBe(consumer.cache.version);
        rig.restart(fork);
        for (let i = 0; i < 60; i++) {
          rig.pass(100);
          const live = consumer.subscriber.status === 'live';
          if (live) return stateOf(consumer.cache) === stateOf(fork) ? 'handled' : 'wrongly live';
        }
        return consumer.subscriber.status;
      },
      { ...HEALING, frameBytes: 1024 * 1024 },
    );
    expect(outcomes).toEqual(handled);
  });
});

describe('heads', () => {
  it('BI-90 a head below what is held is passed over, one with another digest refused', () => {
    const outcomes = underLaw(
      'BI-90',
      (random, n) => {
        const bench = new ReplicaBench();
        const { rig, bad } = bench;
        const { version } = bad.cache;
        const digest = Array.from({ length: 4 }, () => random.next());
        const lower = headOf(rig, { version: 1 + random.below(version - 1) });
        const other = headOf(rig, random.chance(0.5) ? { digest } : { check: random.next() });
        return () => {
          const outcome = bench.throwAt(n % 2 === 0 ? lower : other);
          expect(bad.subscriber.stats.resumes).toBe(n % 2);
          return outcome;
        };
      },
      HEALING,
    );
    expect(outcomes).toEqual({ ignored: 500, 'digest-mismatch': 500 });
  });
});
