import { MESSAGE } from '../../protocol/message.ts';

/** Messages of a session by what they are for, as tables show them. */
export const messageKinds = Object.keys(MESSAGE) as MessageKind[];
export type MessageKind = keyof typeof MESSAGE;

const kindOfByte = new Map<number, MessageKind>(messageKinds.map((kind) => [MESSAGE[kind], kind]));

/** Undefined for bytes that begin no message. */
export function kindOf(bytes: Uint8Array): MessageKind | undefined {
  return kindOfByte.get(bytes[0] ?? 0);
}

/** How many there were, and their bytes. */
export type MessageCounts = Partial<Record<MessageKind, { count: number; bytes: number }>>;

export function countMessage(counts: MessageCounts, bytes: Uint8Array, onLine: number): void {
  const kind = kindOf(bytes);
  if (kind === undefined) return;
  const entry = (counts[kind] ??= { count: 0, bytes: 0 });
  entry.count++;
  entry.bytes += onLine;
}

/** Adds what was counted elsewhere. */
export function addCounts(counts: MessageCounts, more: MessageCounts): void {
  for (const kind of messageKinds) {
    const added = more[kind];
    if (added === undefined) continue;
    const entry = (counts[kind] ??= { count: 0, bytes: 0 });
    entry.count += added.count;
    entry.bytes += added.bytes;
  }
}
