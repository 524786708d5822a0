/** Bugs in what a hub does. */
import { Feed } from '../../src/protocol/feed.ts';
import { headMessage } from '../../src/protocol/head.ts';
import { OpenTransfers } from '../../src/protocol/open-transfers.ts';
import { Publisher } from '../../src/protocol/publisher.ts';
import { Session } from '../../src/protocol/session.ts';
import { ChunkTransfer } from '../../src/protocol/transfer.ts';
import { Transfers } from '../../src/protocol/transfers.ts';
import type { PlantedBug } from './plant.ts';
import { bug, instead } from './plant.ts';

export const bugsInHubs: PlantedBug[] = [
  bug(
    'a head overtakes the data before it',
    'replicas resume for nothing',
    instead(
      Publisher,
      'sendHeads',
      () =>
        function () {
          for (const session of this.sessions.values()) {
            if (session.state === 'serving') this.send(session, headMessage(this.producer));
          }
        },
    ),
  ),
  bug(
    'version 0 is served',
    'a hub that has not loaded yet is taken for one with nothing',
    instead(
      Publisher,
      'start',
      () =>
        function (session, request) {
          session.request = request;
          session.endTransfer();
          this.answer(session);
        },
    ),
  ),
  bug(
    'the window is ignored',
    'a consumer that stalls costs memory without bound',
    instead(
      Session,
      'restart',
      (own) =>
        function (cursor, head) {
          own.call(this, cursor, head);
          Object.defineProperty(this, 'bytesInFlight', { get: () => 0, configurable: true });
        },
    ),
  ),
  bug(
    'acknowledgements of what was never sent are believed',
    'a confused consumer opens the window for ever',
    instead(
      Publisher,
      'acknowledge',
      (own) =>
        function (session, ack) {
          const { sentBytes } = session;
          session.sentBytes = Number.MAX_SAFE_INTEGER;
          own.call(this, session, { ...ack, version: 0 });
          session.sentBytes = sentBytes;
        },
    ),
  ),
  bug(
    'sessions outlive their connections',
    'the hub grows with every reconnection',
    instead(Publisher, 'closed', () => () => {}),
  ),
  bug(
    'a session begins one version too late',
    'replicas miss what they came back for',
    instead(
      Session,
      'restart',
      (own) =>
        function (cursor, head) {
          own.call(
            this,
            cursor !== undefined && cursor > 0 && cursor < head ? cursor + 1 : cursor,
            head,
          );
        },
    ),
  ),
  bug(
    'catch-ups that were put off are forgotten',
    'replicas that are behind stay behind',
    instead(
      Feed,
      'takeWaiting',
      (own) =>
        function () {
          own.call(this);
          return undefined;
        },
    ),
  ),
  bug(
    'consumers that read slowly may keep any number of frames',
    'the hub runs out of memory',
    instead(OpenTransfers, 'hasRoom', () => () => true),
  ),
  bug(
    'who waits for room is told nothing',
    'replicas that were put off take the hub for dead',
    instead(
      Feed,
      'isWaiting',
      (own) =>
        function (session) {
          return !session.isPutOff && own.call(this, session);
        },
    ),
  ),
  bug(
    'a frame that was cut off goes on after a resume',
    'the end of one frame is taken for another',
    instead(
      Publisher,
      'start',
      (own) =>
        function (session, request) {
          const { transfer, transferred } = session;
          own.call(this, session, request);
          const isCut = transfer !== undefined && transferred > 0 && session.state === 'serving';
          if (!isCut) return;
          session.beginTransfer(transfer, session.transferMs);
          session.transferred = transferred;
        },
    ),
  ),
  bug(
    'any snapshot that was begun is gone on with',
    'two snapshots are mixed',
    instead(
      ChunkTransfer,
      'alreadySent',
      () =>
        function (held) {
          if (held === undefined || held.bytes % this.partBytes !== 0) return 0;
          return Math.min(this.count - 1, 1 + held.bytes / this.partBytes);
        },
    ),
  ),
  bug(
    'an old snapshot is used however old it is',
    'joiners get a frame from before the journal',
    instead(Transfers, 'isUsable', () => () => true),
  ),
  bug(
    'frames are kept beyond their version',
    'who comes later is told of an older present',
    instead(
      Transfers,
      'next',
      (own) =>
        function (needs) {
          this.madeAt = this.producer.version;
          return own.call(this, needs);
        },
    ),
  ),
  bug(
    'the bridge is used from anywhere',
    'frames do not fit where they are sent',
    instead(
      Transfers,
      'bridgeFrom',
      () =>
        function (_cursor, knownHead) {
          return this.bridge?.to < knownHead ? this.bridge : undefined;
        },
    ),
  ),
];
