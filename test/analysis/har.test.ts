import { describe, expect, it } from 'vitest';

import { isHar, readHar } from '../../src/analysis/har.ts';

interface Content {
  readonly text?: string;
  readonly encoding?: string;
}

function entry(
  url: string,
  content: Content,
  startedDateTime = '2026-01-01T00:00:00.000Z',
): object {
  return { startedDateTime, request: { method: 'GET', url }, response: { status: 200, content } };
}

const har = (...entries: unknown[]): unknown => ({ log: { version: '1.2', entries } });

describe('a HAR', () => {
  it('is an object with entries in its log', () => {
    expect(isHar(har())).toBe(true);
    for (const other of [{ log: {} }, { entries: [] }, [], null, 'log']) {
      expect(isHar(other)).toBe(false);
    }
  });

  it('gives answers by method and address, without what only keeps caches away', () => {
    const { responses, others } = readHar(
      har(
        entry(
          'https://a.example/list?page=2&_=123#top',
          { text: '{"n":2}' },
          '2026-01-01T00:00:02Z',
        ),
        entry('https://a.example/list?ts=5&page=2', { text: '{"n":1}' }, '2026-01-01T00:00:01Z'),
        entry('https://a.example/style.css', { text: 'body {}' }),
        entry('https://a.example/none', {}),
        null,
      ),
    );
    expect(responses.map(({ key, value }) => [key, value])).toEqual([
      ['GET https://a.example/list?page=2', { n: 1 }],
      ['GET https://a.example/list?page=2', { n: 2 }],
    ]);
    expect(others).toBe(3);
  });

  it('unpacks bodies in base64', () => {
    const text = Buffer.from('[1,{"a":"ä"}]').toString('base64');
    const { responses } = readHar(har(entry('https://a.example/', { text, encoding: 'base64' })));
    expect(responses.map(({ value }) => value)).toEqual([[1, { a: 'ä' }]]);
  });

  it('gives messages that came by WebSockets, not those that were sent', () => {
    const messages = [
      { type: 'send', time: 1_700_000_000, opcode: 1, data: '{"subscribe":true}' },
      { type: 'receive', time: 1_700_000_001.5, opcode: 1, data: '{"p":1}' },
      { type: 'receive', time: 1_700_000_002, opcode: 1, data: 'ping' },
      { type: 'receive', time: 1_700_000_003, opcode: 2, data: 'AAEC' },
      { type: 'receive', data: 5 },
    ];
    const found = readHar(har({ ...entry('wss://a.example/', {}), _webSocketMessages: messages }));
    expect(found).toMatchObject({
      messages: [{ value: { p: 1 }, t: 1_700_000_001_500, place: 'entry 1, message 2' }],
      responses: [],
      others: 0,
    });
  });
});
