// A page's program, as a user writes it: compiled by `test/doors.test.ts`, never run.
import { DiffCache } from 'diffstream';
import type { Key } from 'diffstream';
import type { Replica, Status } from 'diffstream/client';
import { connect, DiffStreamError } from 'diffstream/client';

interface Van {
  readonly id: string;
  readonly speed: number;
  readonly note?: string;
}

/** What the platform takes bytes for: an `ArrayBuffer`, and none that is shared. */
export function send(socket: WebSocket, van: Van): Blob {
  const producer = DiffCache.producer<Van>({ keyName: 'id' });
  socket.send(producer.update(van).encode());
  return new Blob([producer.frame(0).encode()]);
}

export function follow(key: Key, show: (van: Van | undefined, status: Status) => void): () => void {
  const replica: Replica<Van> = connect('wss://hub.example/fleet', { token: () => 'secret' });
  replica.on('error', (error) => {
    if (error instanceof DiffStreamError && error.recovery === 'give-up') show(undefined, 'closed');
  });
  const stop = replica.subscribe(key, ([command, , van]) => {
    show(command === 'delete' ? undefined : van, replica.status);
  });
  for (const [other, { speed, note = '' }] of replica)
    show({ id: `${other}`, speed, note }, 'live');
  return stop;
}
