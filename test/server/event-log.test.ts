import { describe, expect, it } from 'vitest';
import { EventLog, eventLimits } from '../../src/server/event-log.ts';
import type { EventReport } from '../../src/server/event-log.ts';

const report = (part: Partial<EventReport>): EventReport => ({
  ...{ atMs: 1e12 + (part.upMs ?? 0), upMs: 0, stream: 'rows', who: 'session 1' },
  ...{ what: 'error', from: 0, to: 0, cause: 'malformed: 1 byte', ...part },
});

describe('the log of events', () => {
  it('counts what repeats, and tells when first, when last, and the last words', () => {
    const log = new EventLog();
    for (let n = 1; n <= 5000; n++) {
      const cause = `malformed: byte ${n} of nothing`;
      log.add(report({ upMs: n, who: `session ${n}`, cause }), 'malformed');
    }
    expect(log.rows()).toEqual([
      {
        ...report({ upMs: 5000, who: 'session 5000', cause: 'malformed: byte 5000 of nothing' }),
        ...{ kind: 'event', number: 1, count: 5000, sinceMs: 1e12 + 1 },
      },
    ]);
  });

  it('begins a new event after a minute of quiet, and for another stream or fault', () => {
    const log = new EventLog();
    log.add(report({ upMs: 0 }), 'malformed');
    log.add(report({ upMs: eventLimits.repeatMs }), 'malformed');
    log.add(report({ upMs: 2 * eventLimits.repeatMs + 1 }), 'malformed');
    log.add(report({ upMs: 2 * eventLimits.repeatMs + 1, stream: 'others' }), 'malformed');
    log.add(report({ upMs: 2 * eventLimits.repeatMs + 1 }), 'timeout');
    expect(log.rows().map(({ count }) => count)).toEqual([2, 1, 1, 1]);
  });

  it('keeps repairs and what was told, whatever floods come of the other kinds', () => {
    const log = new EventLog();
    log.add(report({ what: 'changes', from: 5, cause: '' }));
    log.add(report({ what: 'fault', cause: 'cut, by hand' }));
    for (let n = 0; n < 1000; n++) {
      log.add(report({ cause: `another ${n}` }));
      log.add(report({ what: 'everything', who: `session ${n}`, cause: '' }));
    }
    const counts: Record<string, number> = {};
    for (const { what } of log.rows()) counts[what] = (counts[what] ?? 0) + 1;
    const { errorsMax: error, joinsMax: everything } = eventLimits;
    expect(counts).toEqual({ error, everything, changes: 1, fault: 1 });
  });

  it('tells twice what a person did twice, and once what a session asked in a burst', () => {
    const log = new EventLog();
    log.add(report({ what: 'fault', cause: 'cut, by hand' }));
    log.add(report({ what: 'fault', cause: 'cut, by hand' }));
    for (let n = 0; n < 100; n++)
      log.add(report({ what: 'compared', from: n + 1, cause: '' }), 's1');
    log.add(report({ what: 'compared', from: 1, upMs: 1001, cause: '' }), 's1');
    const counts = log.rows().map(({ what, count }) => [what, count]);
    expect(counts).toEqual([
      ['compared', 100],
      ['compared', 1],
      ['fault', 1],
      ['fault', 1],
    ]);
  });

  it('keeps a flood of repairs away from what was told', () => {
    const log = new EventLog();
    log.add(report({ what: 'trouble', cause: 'digest-mismatch' }));
    for (let n = 0; n < 1000; n++) {
      log.add(report({ what: 'compared', from: 7, cause: '', who: `session ${n}` }));
    }
    expect(log.rows()).toHaveLength(eventLimits.repairsMax + 1);
    expect(log.rows().some(({ what }) => what === 'trouble')).toBe(true);
  });
});
