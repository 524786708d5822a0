import { constants, openSync } from 'node:fs';
import { stat } from 'node:fs/promises';
import { Socket } from 'node:net';
import type { Readable } from 'node:stream';

/** Whether a path is a named pipe (FIFO); false where there is nothing. */
export async function isPipeFile(path: string): Promise<boolean> {
  const there = await stat(path).catch(() => undefined);
  return there?.isFIFO() === true;
}

/**
 * What comes through a named pipe. Opened as a file it would hold up a thread of the process until
 * a writer comes, and with it the end of the process; a socket waits without one.
 */
export function readPipeFile(path: string): Readable {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return new Socket({ fd, readable: true, writable: false });
}
