import { describe, expect, it, vi } from 'vitest';
import { ProducerCache } from '../../src/cache/producer.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import type { SessionStanding } from '../../src/protocol/publisher-status.ts';
import { resolveSessionLimits } from '../../src/protocol/session-limits.ts';
import { HubAccount, pageLimits } from '../../src/server/hub-account.ts';
import { SessionChoice } from '../../src/server/session-choice.ts';

const live = (id: number, cursor: number): SessionStanding => ({ id, state: 'serving', cursor });
const greeting = (id: number): SessionStanding => ({ id, state: 'greeting', cursor: 0 });
const many = (count: number, of: (id: number) => SessionStanding): SessionStanding[] =>
  Array.from({ length: count }, (_, index) => of(index + 1));

function chosenOf(
  max: number,
  sessions: SessionStanding[],
  versions = [90, 90] as const,
): number[] {
  const choice = new SessionChoice(max);
  choice.look('rows', sessions, versions);
  return choice.chosen().map(({ id }) => id);
}

describe('the sessions that are shown', () => {
  it('are those that are not live and those most behind, before all others', () => {
    const sessions = many(1000, (id) => live(id, 90));
    sessions[499] = live(500, 10);
    sessions[699] = live(700, 60);
    sessions[899] = greeting(900);
    sessions[998] = { id: 999, state: 'comparing', cursor: 90 };
    expect(chosenOf(5, sessions)).toEqual([1, 500, 700, 900, 999]);
    expect(chosenOf(3, sessions)).toEqual([500, 900, 999]);
  });

  it('are of both kinds, however many there are of one', () => {
    const flood = [...many(1000, greeting), live(2000, 10), live(2001, 20), live(2002, 90)];
    expect(chosenOf(6, flood)).toEqual([1, 2, 3, 4, 2000, 2001]);
    const slow = [...many(1000, (id) => live(id, 1)), greeting(2000), greeting(2001)];
    expect(chosenOf(6, slow)).toEqual([1, 2, 3, 4, 2000, 2001]);
  });

  it('do not change with what this very turn has brought', () => {
    const choice = new SessionChoice(2);
    const sessions = [live(1, 80), live(2, 80), live(3, 90), live(4, 79)];
    choice.look('rows', sessions, [90, 80]);
    expect(choice.chosen().map(({ id }) => id)).toEqual([1, 4]);
    expect(choice).toMatchObject({ notLiveCount: 0, behindCount: 1, lagVersionsMax: 11 });
  });

  it('are counted whether they are shown or not, and one without a state has no lag', () => {
    const sessions = [...many(400, (id) => live(id, id)), ...many(300, greeting), live(999, 0)];
    const choice = new SessionChoice(1);
    choice.look('rows', sessions, [400, 300]);
    choice.look('others', [live(1001, 5), greeting(1002)], [500, 500]);
    expect(choice).toMatchObject({ notLiveCount: 302, behindCount: 300, lagVersionsMax: 495 });
  });

  it('are the only ones that are described', () => {
    const producer = new ProducerCache({ epoch: '1.9f3c2a1b00d4e5f6' });
    producer.set('a', 1);
    const publisher = new Publisher(producer, resolveSessionLimits());
    const one = vi.spyOn(publisher, 'describeOne');
    const all = vi.spyOn(publisher, 'describe');
    const sessions = 10 * pageLimits.sessionsMax;
    for (let id = 1; id <= sessions; id++) publisher.open(id, 0);
    const account = new HubAccount({ nowMs: 0, wallMs: 1e12 }, () => '');
    account.watch({ name: 'rows', producer, publisher });
    const rows = account.rows({ nowMs: 500, wallMs: 1e12 + 500 });
    expect(one).toHaveBeenCalledTimes(pageLimits.sessionsMax);
    expect(all).not.toHaveBeenCalled();
    const counts = { sessions, notLive: sessions, behind: 0, lagVersionsMax: 0 };
    expect(rows.get('hub')).toMatchObject({ upMs: 500, ...counts });
    expect([...rows.keys()].filter((key) => String(key).startsWith('session/'))).toHaveLength(
      pageLimits.sessionsMax,
    );
  });
});
