import { joined } from '../../core/bytes.ts';
import type { ProducerCache } from '../../cache/producer.ts';
import { epochText } from '../../cache/epoch.ts';
import type { DiffStreamError } from '../../core/errors.ts';
import { decodeHubMessage } from '../../protocol/hub-message-reader.ts';
import type { Manifest } from '../../protocol/chunk.ts';
import { decodeConsumerMessage } from '../../protocol/consumer-message-reader.ts';
import type { ConsumerMessage, HubMessage } from '../../protocol/message.ts';
import type { Publisher } from '../../protocol/publisher.ts';
import { Violation } from './history.ts';
import { HubSilence } from './hub-silence.ts';
import { TYPE, varint } from './onlooker.ts';
import type { Branch } from './branches.ts';
import type { World } from './world.ts';

/** A session as an onlooker sees it, by the bytes that pass. */
interface Watched {
  sentBytes: number;
  ackedBytes: number;
  /** The version that everything sent so far leads to. */
  sentVersion: number;
  /** What has been sent of a body that comes in parts, and its first message: all share that. */
  readonly parts: Uint8Array[];
  first: Uint8Array | undefined;
  /** Bytes of a packed snapshot that are still to come. */
  snapshotBytes: number;
  /** The snapshot that its chunks are of; undefined until that shows. */
  manifest: Manifest | undefined;
  /** The check of the snapshot that the consumer, by its last request, holds a part of. */
  partial: number | undefined;
  readonly silence: HubSilence;
}

const data = new Set<number>([
  TYPE.frame,
  TYPE.dense,
  TYPE.part,
  TYPE.mended,
  TYPE.snapshot,
  TYPE.chunk,
]);

/** Bytes of a frame beside its changes, and of a change beside its key and value. */
const FRAME_BYTES = 40;
const CHANGE_BYTES = 24;
/** A text in UTF-8 against its UTF-16 units. */
const BYTES_PER_CHAR = 3;

/** Holds a hub against the promises, by what it sends and by what it keeps. */
export class HubChecks {
  private readonly world: World;
  private readonly producer: ProducerCache;
  private readonly sessions = new Map<number, Watched>();
  /** Frames are shared: each is looked at once. */
  private readonly seen = new WeakSet<Uint8Array>();
  private deferrals = 0;
  private putOff = 0;
  private tooSlow = 0;

  constructor(world: World, producer: ProducerCache) {
    this.world = world;
    this.producer = producer;
  }

  opened(session: number): void {
    this.sessions.set(session, {
      sentBytes: 0,
      ackedBytes: 0,
      sentVersion: 0,
      parts: [],
      first: undefined,
      snapshotBytes: 0,
      manifest: undefined,
      partial: undefined,
      silence: new HubSilence(),
    });
  }

  closed(session: number): void {
    this.sessions.delete(session);
  }

  closing(session: number, error: DiffStreamError | undefined): void {
    const { branches } = this.world;
    if (error?.code === 'timeout') branches.reach('hub gave up on silence');
    else if (error !== undefined) branches.reach('protocol error at the hub');
    if (error?.code === 'unexpected-message') branches.reach('message out of place at the hub');
    this.closed(session);
  }

  received(session: number, bytes: Uint8Array): void {
    const watched = this.sessions.get(session);
    if (watched === undefined) return;
    const [type] = bytes;
    if (type !== TYPE.ack) {
      const message = decoded(bytes);
      if (type === TYPE.hello || type === TYPE.resume) watched.partial = partialIn(message);
      if (message !== undefined) watched.silence.received(message, this.world.nowMs);
      return;
    }
    const [acked] = varint(bytes);
    // What claims more than was sent ends the session; damage ends it too.
    if (acked <= watched.sentBytes) watched.ackedBytes = Math.max(watched.ackedBytes, acked);
    this.flow(watched);
  }

  /** A message is about to be sent. */
  sending(session: number, bytes: Uint8Array): void {
    const watched = this.sessions.get(session);
    if (watched === undefined) return;
    const type = bytes[0] as number;
    const inFlight = watched.sentBytes - watched.ackedBytes;
    const { windowBytes } = this.world.session;
    if (data.has(type) && inFlight >= windowBytes) {
      this.fail('P14', `sends data with ${inFlight} bytes under way, the window is ${windowBytes}`);
    }
    watched.sentBytes += bytes.length;
    if (inFlight + bytes.length >= windowBytes) this.world.branches.reach('window full');
    watched.silence.sent(type, this.world.nowMs);
    this.flow(watched);
    this.follow(watched, type, bytes);
  }

  private flow({ sentBytes, ackedBytes, silence }: Watched): void {
    const { session, nowMs } = this.world;
    silence.flow(sentBytes - ackedBytes < session.windowBytes, nowMs);
  }

  /** P6: the hub has done what was due, and nobody who waits for it takes it for dead. */
  ticked(): void {
    const { session, nowMs } = this.world;
    for (const [id, { silence }] of this.sessions) {
      if (!silence.isTooLong(session.heartbeatMs, nowMs)) continue;
      this.fail('P6', `leaves session ${id} without a word`);
    }
  }

  /** Outputs have been carried out. */
  settled(publisher: Publisher): void {
    const { size } = this.sessions;
    const held = publisher.sessionCount;
    const { deferrals, putOff, tooSlow } = publisher.counters;
    if (deferrals > this.deferrals) this.world.branches.reach('late for the turn');
    if (putOff > this.putOff) this.world.branches.reach('put off for want of room');
    if (tooSlow > this.tooSlow) this.world.branches.reach('too slow, while others wait');
    this.deferrals = deferrals;
    this.putOff = putOff;
    this.tooSlow = tooSlow;
    if (held !== size) this.fail('P14', `keeps ${held} sessions, ${size} are open`);
  }

  private follow(watched: Watched, type: number, bytes: Uint8Array): void {
    switch (type) {
      case TYPE.part:
        if (watched.parts.length === 0) this.begins(watched, bytes);
        watched.parts.push(pieceIn(bytes));
        this.world.branches.reach('frame in parts');
        return;
      case TYPE.frame:
      case TYPE.mended: {
        const body = joined([...watched.parts, bytes.subarray(1)]);
        watched.parts.length = 0;
        this.followBody(watched, type, body, bytes);
        return;
      }
      case TYPE.dense: {
        const body = joined([...watched.parts, bytes.subarray(1)]);
        watched.parts.length = 0;
        this.followDense(watched, body);
        return;
      }
      case TYPE.snapshot: {
        const message = this.read(bytes);
        if (message.kind !== 'snapshot') return;
        watched.manifest = message.manifest;
        watched.snapshotBytes = message.manifest.packedBytes;
        this.world.snapshots.set(message.manifest.check, message.manifest);
        return;
      }
      case TYPE.chunk: {
        const [offset, at] = varint(bytes);
        if (watched.snapshotBytes === 0) this.world.branches.reach('snapshot gone on with');
        watched.manifest ??= this.world.snapshots.get(watched.partial ?? 0);
        if (watched.manifest === undefined) this.fail('P11', 'sends chunks of no snapshot');
        const { to, packedBytes } = watched.manifest;
        watched.snapshotBytes = packedBytes - offset - (bytes.length - at - 4);
        if (watched.snapshotBytes > 0) return;
        this.reachSnapshot(watched, 'packed snapshot');
        watched.sentVersion = to;
        return;
      }
      case TYPE.head: {
        const [version] = varint(bytes);
        if (version > watched.sentVersion) {
          this.fail('P11', `sends a head at ${version} after data to ${watched.sentVersion}`);
        }
        return;
      }
      default:
        this.followAnswer(watched, bytes);
    }
  }

  /** P14: of what other consumers are in the middle of a hub keeps no more than it may. */
  private begins(watched: Watched, first: Uint8Array): void {
    watched.first = first;
    const open = new Map<Uint8Array, number>();
    for (const other of this.sessions.values()) {
      if (other === watched || other.parts.length === 0 || other.first === undefined) continue;
      // The newest snapshot is kept anyway.
      if (isOfSnapshot(other.first)) continue;
      const bytes = other.parts.reduce((sum, { length }) => sum + length, 0);
      open.set(other.first, Math.max(bytes, open.get(other.first) ?? 0));
    }
    if (open.has(first) || isOfSnapshot(first)) return;
    const bytes = [...open.values()].reduce((sum, one) => sum + one, 0);
    const { openTransferBytesMax } = this.world.session;
    if (bytes < openTransferBytesMax) return;
    this.fail('P14', `begins a frame with ${bytes} bytes of others under way`);
  }

  private followBody(watched: Watched, type: number, body: Uint8Array, message: Uint8Array): void {
    const isMended = type === TYPE.mended;
    let at = isMended ? 8 : 0;
    if (isMended) {
      let [count, next] = varint(body, at);
      for (; count > 0; count--) [, next] = varint(body, next);
      at = next;
      this.world.branches.reach('mended');
    }
    const [from, next] = varint(body, at);
    const [span] = varint(body, next);
    const to = from + span;
    if (from === 0) this.reachSnapshot(watched, 'small snapshot');
    watched.sentVersion = to;
    if (isMended || from === 0 || this.seen.has(message)) return;
    this.seen.add(message);
    this.checkCost(from, to, body.length);
  }

  /** Of a dense frame an onlooker sees only where it leads. */
  private followDense(watched: Watched, body: Uint8Array): void {
    const [, atIndex] = varint(body, 0);
    const [index, atSpan] = varint(body, atIndex);
    const [span] = varint(body, atSpan);
    watched.sentVersion += span;
    this.world.branches.reach(index === 0 ? 'group of dense frames begun' : 'dense frame');
  }

  private reachSnapshot(watched: Watched, kind: Branch): void {
    this.world.branches.reach(kind);
    if (watched.sentVersion > 0) this.world.branches.reach('below the floor');
  }

  /** P10: a frame costs what has changed between its versions. */
  private checkCost(from: number, to: number, bytes: number): void {
    const epoch = epochText(this.producer.epoch);
    const { history } = this.world;
    // The newest life of an epoch is the one of this producer.
    const before = history.at(epoch, from).at(-1);
    const after = history.at(epoch, to).at(-1);
    if (before === undefined || after === undefined) {
      return this.fail('P1', `sends a frame from ${from} to ${to}, which never were`);
    }
    const { keys, chars } = history.difference(before, after);
    const most = FRAME_BYTES + CHANGE_BYTES * keys + BYTES_PER_CHAR * chars;
    // By versions and tombstones whole values go, of all that was touched meanwhile.
    const isByVersions = from < this.producer.journalFloor;
    if (bytes > most && !isByVersions) {
      this.fail('P10', `a frame of ${bytes} bytes for ${keys} keys of ${chars} characters`);
    }
  }

  private followAnswer(watched: Watched, bytes: Uint8Array): void {
    const { branches } = this.world;
    const message = this.read(bytes);
    if (message.kind === 'wait' && this.producer.version === 0) {
      branches.reach('wait for the first commit');
    }
    if (message.kind === 'sums' && message.level > 0) branches.reach('comparison below the root');
    if (message.kind !== 'answer') return;
    watched.parts.length = 0;
    watched.snapshotBytes = 0;
    watched.manifest = undefined;
    const { from, head, comparison } = message;
    watched.sentVersion = from;
    watched.silence.answered(comparison !== undefined);
    const { journalFloor, floor } = this.producer;
    if (comparison !== undefined) branches.reach('comparison');
    else if (from === 0) return;
    else if (from === head.version) branches.reach('equal content adopted');
    else if (from >= journalFloor) branches.reach('resume by the journal');
    else if (from >= floor) branches.reach('resume by versions and tombstones');
  }

  private read(bytes: Uint8Array): HubMessage {
    try {
      return decodeHubMessage(bytes);
    } catch (error) {
      return this.fail('P6', `sends what nobody can read: ${(error as Error).message}`);
    }
  }

  private fail(promise: ConstructorParameters<typeof Violation>[0], what: string): never {
    throw new Violation(promise, `the hub ${what}`);
  }
}

/** What a part brings, behind its place. */
function pieceIn(part: Uint8Array): Uint8Array {
  return part.subarray(varint(part)[1]);
}

/** Whether the frame that begins so starts from 0. */
function isOfSnapshot(first: Uint8Array): boolean {
  return varint(pieceIn(first), 0)[0] === 0;
}

/** What a consumer says; nothing where it is damaged. */
function decoded(bytes: Uint8Array): ConsumerMessage | undefined {
  try {
    return decodeConsumerMessage(bytes);
  } catch {
    return undefined;
  }
}

/** What a request says is held of a snapshot. */
function partialIn(message: ConsumerMessage | undefined): number | undefined {
  return message !== undefined && 'partial' in message ? message.partial?.check : undefined;
}
