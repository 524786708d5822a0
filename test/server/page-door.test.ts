import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { describe, expect, it } from 'vitest';
import { PageDoor } from '../../src/server/page-door.ts';
import { until } from '../network/wait.ts';

/** Somebody who asks for the page and reads nothing of it. */
class Idler extends EventEmitter {
  bytes = 0;
  isGivenUp = false;

  setTimeout(): void {}

  writeHead(): this {
    return this;
  }

  end(text: string): void {
    this.bytes = text.length;
  }

  destroy(): void {
    this.isGivenUp = true;
    this.emit('close');
  }
}

describe('the door of the page', () => {
  it('holds a page for a bounded number of those who never read, and for the latest', async () => {
    const door = new PageDoor({ hosts: [], origins: [], act: undefined });
    const request = { url: '/', method: 'GET', headers: { host: 'localhost' } };
    const idlers = Array.from({ length: 100 }, () => new Idler());
    const ask = (idler: Idler): boolean =>
      door.answer(request as IncomingMessage, idler as unknown as ServerResponse);
    for (const idler of idlers) expect(ask(idler)).toBe(true);
    await until(() => idlers.every(({ bytes }) => bytes > 0));
    const held = idlers.filter(({ isGivenUp }) => !isGivenUp);
    expect(held).toEqual(idlers.slice(-32));
    // Who has read is not counted any more.
    for (const idler of held) idler.emit('close');
    const next = new Idler();
    ask(next);
    await until(() => next.bytes > 0);
    expect(next.isGivenUp).toBe(false);
  });
});
