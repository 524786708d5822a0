/** What every transport has to keep to; run by the tests of each. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { DiffStreamError } from '../../src/core/errors.ts';
import type { Accept, Connection, ConnectionEvents, Dial } from '../../src/transport/connection.ts';

/** A transport under test: one place to listen at, and a way there. */
export interface Ground {
  readonly dial: Dial;
  /** Begins to listen; connections come to `accept`. */
  listen(accept: Accept): Promise<{ url: string; close(): Promise<void> }>;
  /** A URL where nobody listens. */
  readonly nowhere: string;
  /** The largest message a dialled connection takes, in bytes. */
  readonly messageBytesMax: number;
}

export async function until(condition: () => boolean): Promise<void> {
  const deadlineMs = performance.now() + 8000;
  while (!condition()) {
    if (performance.now() > deadlineMs) throw new Error(`never: ${condition.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
}

/** One end of a connection, and everything it was told. */
class End implements ConnectionEvents {
  readonly told: string[] = [];
  readonly messages: Uint8Array[] = [];
  connection: Connection | undefined;
  why: DiffStreamError | undefined;

  opened(): void {
    this.told.push('opened');
  }

  received(bytes: Uint8Array): void {
    this.told.push('received');
    this.messages.push(bytes);
  }

  receivedText(): void {
    this.told.push('text');
  }

  closed(why: DiffStreamError | undefined): void {
    this.told.push('closed');
    this.why = why;
  }

  get isOpen(): boolean {
    return this.told.includes('opened') && !this.isClosed;
  }

  get isClosed(): boolean {
    return this.told.includes('closed');
  }

  send(...bytes: number[]): void {
    this.connection?.send(Uint8Array.from(bytes));
  }
}

export function runTransportTests(name: string, open: () => Ground): void {
  describe(`the transport contract: ${name}`, () => {
    let ground: Ground;
    let url: string;
    let close: () => Promise<void>;
    let accepted: End[];
    let paths: string[];

    beforeEach(async () => {
      ground = open();
      accepted = [];
      paths = [];
      const place = await ground.listen((path, connection) => {
        const end = new End();
        end.connection = connection;
        accepted.push(end);
        paths.push(path);
        return end;
      });
      ({ url } = place);
      close = () => place.close();
    });

    afterEach(async () => {
      for (const { connection } of accepted) connection?.close(1001, 'over');
      await close();
    });

    function dial(to: string): End {
      const end = new End();
      end.connection = ground.dial(to, end);
      expect(end.told).toEqual([]);
      return end;
    }

    async function pair(): Promise<[End, End]> {
      const count = accepted.length;
      const near = dial(`${url}/stream`);
      await until(() => near.isOpen && accepted.length > count);
      return [near, accepted[count] as End];
    }

    it('T1 a connection opens after the call, and the listener sees the path', async () => {
      await pair();
      expect(paths).toEqual(['/stream']);
      const other = dial(`${url}/a.b~c?token=1`);
      await until(() => other.isOpen);
      expect(paths[1]?.replace(/\?.*/, '')).toBe('/a.b~c');
    });

    it('T1 messages arrive whole and in order, both ways, the empty one too', async () => {
      const [near, far] = await pair();
      for (let i = 0; i < 500; i++) {
        near.send(i & 255, i >> 8);
        far.send(...Array.from({ length: i % 7 }, () => i & 255));
      }
      await until(() => near.messages.length === 500 && far.messages.length === 500);
      expect(far.messages.map(([low, high]) => Number(low) + Number(high) * 256)).toEqual(
        Array.from({ length: 500 }, (_, i) => i),
      );
      expect(near.messages.map(({ length }) => length)).toEqual(
        Array.from({ length: 500 }, (_, i) => i % 7),
      );
    });

    it('T1 a message of the largest size passes', async () => {
      const [near, far] = await pair();
      const big = new Uint8Array(ground.messageBytesMax);
      for (let i = 0; i < big.length; i++) big[i] = (i * 31) >> 3;
      far.connection?.send(big);
      await until(() => near.messages.length === 1);
      expect(Buffer.compare(near.messages[0] as Uint8Array, big)).toBe(0);
    });

    it('T1 connections are independent of each other', async () => {
      const pairs = Array.from({ length: 20 }, () => dial(`${url}/x`));
      await until(() => pairs.every((end) => end.isOpen) && accepted.length === 20);
      for (const [i, end] of accepted.entries()) end.send(i);
      await until(() => pairs.every(({ messages }) => messages.length === 1));
      const seen = new Set(pairs.map(({ messages }) => messages[0]?.[0]));
      expect(seen.size).toBe(20);
      pairs[3]?.connection?.close(1000, 'done');
      await until(() => accepted.filter(({ isClosed }) => isClosed).length === 1);
      expect(pairs.filter((end) => end.isOpen)).toHaveLength(19);
    });

    it('T2 after a close by this side it is told so once, and nothing else', async () => {
      const [near, far] = await pair();
      far.send(1);
      near.connection?.close(1000, 'done');
      near.connection?.close(1000, 'again');
      near.send(2);
      await until(() => near.isClosed && far.isClosed);
      far.send(3);
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(near.told).toEqual(['opened', 'closed']);
      expect(near.why).toBeUndefined();
      expect(far.told).toEqual(['closed']);
    });

    it('T1 what was sent before a close arrives before it', async () => {
      const [near, far] = await pair();
      for (let i = 0; i < 50; i++) far.send(i);
      far.connection?.close(1001, 'over');
      await until(() => near.isClosed && far.isClosed);
      expect(near.messages).toHaveLength(50);
      expect(near.told.at(-1)).toBe('closed');
      expect(near.why).toBeUndefined();
    });

    it('T1 messages that leave in one write arrive as they would alone', async () => {
      const [near, far] = await pair();
      for (const isLast of [false, true]) {
        near.messages.length = 0;
        for (let i = 0; i < 5; i++) far.connection?.send(Uint8Array.of(i), isLast || i < 4);
        if (isLast) far.connection?.close(1001, 'over');
        await until(() => near.messages.length === 5);
        expect(near.messages.map(([i]) => i)).toEqual([0, 1, 2, 3, 4]);
      }
      await until(() => near.isClosed && far.isClosed);
    });

    it('T2 close codes of every kind end the connection', async () => {
      for (const code of [1000, 1001, 1002, 1003, 1008, 1009, 4000]) {
        const [one, farOne] = await pair();
        one.connection?.close(code, 'from the dialling side');
        const [two, farTwo] = await pair();
        farTwo.connection?.close(code, 'é'.repeat(100));
        const ends = [one, farOne, two, farTwo];
        await until(() => ends.every(({ isClosed }) => isClosed));
        expect(ends.map(({ told }) => told.at(-1))).toEqual(ends.map(() => 'closed'));
      }
    });

    it('T2 a close before it has opened is answered by closed alone', async () => {
      const near = dial(`${url}/stream`);
      near.connection?.close(1000, 'changed my mind');
      await until(() => near.isClosed);
      expect(near.told).toEqual(['closed']);
      expect(near.why).toBeUndefined();
      await until(() => accepted.every(({ isClosed }) => isClosed));
    });

    it('T2 where nobody listens closed tells unreachable', async () => {
      const near = dial(ground.nowhere);
      near.send(1);
      await until(() => near.isClosed);
      expect(near.told).toEqual(['closed']);
      expect(near.why).toMatchObject({ code: 'unreachable', recovery: 'reconnect' });
    });

    it('T1 bytes that are sent are not copied late, nor shared with the other end', async () => {
      const [near, far] = await pair();
      far.send(1, 2, 3);
      far.send(4, 5, 6);
      await until(() => near.messages.length === 2);
      expect(near.messages.map((bytes) => Array.from(bytes).join())).toEqual(['1,2,3', '4,5,6']);
    });
  });
}
